-- The numbers that projects show.

-- What each number's calls came to, by engine: `used DAY` counts those it was chosen for on a day of the project's, `tried` and
-- `answered` those of late that reached a telephone, and of these those that a person took.
CREATE TABLE caller_id_tallies (
    project INTEGER NOT NULL,
    what TEXT NOT NULL,
    caller_id TEXT NOT NULL,
    engine TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (project, what, caller_id, engine)
) WITHOUT ROWID;

-- The place of a number's last use among all uses of the project's numbers, and until when it rests.
CREATE TABLE caller_ids (
    project INTEGER NOT NULL,
    caller_id TEXT NOT NULL,
    turn INTEGER NOT NULL,
    rests_until INTEGER NOT NULL,
    PRIMARY KEY (project, caller_id)
) WITHOUT ROWID;
