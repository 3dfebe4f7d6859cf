-- What detection said of answered calls, and what spoke against it.

-- Calls that ended within the hour from `at`: `human` and `machine` by their verdict, and by how they contradicted it.
CREATE TABLE detection_tallies (
    at INTEGER NOT NULL,
    project INTEGER NOT NULL,
    what TEXT NOT NULL,
    engine TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (at, project, what, engine)
) WITHOUT ROWID;
