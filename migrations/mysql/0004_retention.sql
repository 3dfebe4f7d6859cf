-- What was removed because it is old.

-- How far, in the order in which calls ended: the last call that was removed (`calls`), or whose timeline was (`timelines`).
CREATE TABLE pruned (
    what VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
    ended_at BIGINT NOT NULL,
    call_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
