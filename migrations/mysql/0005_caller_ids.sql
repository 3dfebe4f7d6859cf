-- The numbers that projects show.

-- What each number's calls came to, by engine: `used DAY` counts those it was chosen for on a day of the project's, `tried` and
-- `answered` those of late that reached a telephone, and of these those that a person took.
CREATE TABLE caller_id_tallies (
    project BIGINT NOT NULL,
    what VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    caller_id VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    engine VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (project, what, caller_id, engine)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The place of a number's last use among all uses of the project's numbers, and until when it rests.
CREATE TABLE caller_ids (
    project BIGINT NOT NULL,
    caller_id VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    turn BIGINT NOT NULL,
    rests_until BIGINT NOT NULL,
    PRIMARY KEY (project, caller_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
