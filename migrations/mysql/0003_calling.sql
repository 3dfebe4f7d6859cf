-- Who may be called, and who is held back.

-- Which rule holds a contact back until `next_attempt_at`.
ALTER TABLE contacts ADD COLUMN held_by VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin;
CREATE INDEX contacts_held ON contacts (campaign, held_by);

-- Numbers not to be called: by nobody, where `project` is 0. One that is taken off stays as it was, with the time: so that
-- it can be told of every call whether it was allowed.
CREATE TABLE dnc (
    id BIGINT PRIMARY KEY AUTO_INCREMENT,
    number VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    project BIGINT NOT NULL,
    origin VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason VARCHAR(255) NOT NULL,
    call_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    added_at BIGINT NOT NULL,
    removed_at BIGINT,
    listed VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin
        GENERATED ALWAYS AS (CASE WHEN removed_at IS NULL THEN number END) VIRTUAL,
    CONSTRAINT dnc_origins CHECK (origin IN ('operator', 'import', 'opt_out')),
    UNIQUE INDEX dnc_listed (listed, project),
    INDEX dnc_by_number (number, project),
    INDEX dnc_by_project (project, id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
