-- What detection said of answered calls, and what spoke against it.

-- Calls that ended within the hour from `at`: `human` and `machine` by their verdict, and by how they contradicted it.
CREATE TABLE detection_tallies (
    at BIGINT NOT NULL,
    project BIGINT NOT NULL,
    what VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    engine VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (at, project, what, engine)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
