-- Everything apicall keeps. Times are epoch milliseconds, numbers E.164 with a plus sign.
-- `record` and `doc` hold the whole object as JSON; the columns beside them are what is searched and guarded.
-- The same tables as SQLite's. Texts are compared byte by byte; a partial index of SQLite is one on a column that is
-- NULL where the index has no entry.

CREATE TABLE sequences (name VARCHAR(64) PRIMARY KEY, last BIGINT NOT NULL)
    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO sequences VALUES ('project', 0), ('trunk', 0), ('campaign', 0), ('import', 0), ('settling', 0);

CREATE TABLE projects (id BIGINT PRIMARY KEY, name VARCHAR(255) NOT NULL UNIQUE, doc LONGTEXT NOT NULL)
    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE trunks (id BIGINT PRIMARY KEY, name VARCHAR(255) NOT NULL UNIQUE, doc LONGTEXT NOT NULL)
    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE campaigns (
    id BIGINT PRIMARY KEY,
    project BIGINT NOT NULL,
    name VARCHAR(255) NOT NULL,
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    doc LONGTEXT NOT NULL,
    UNIQUE (project, name),
    FOREIGN KEY (project) REFERENCES projects (id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE contacts (
    id BIGINT PRIMARY KEY AUTO_INCREMENT,
    campaign BIGINT NOT NULL,
    number VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    variables LONGTEXT NOT NULL,
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_attempt_at BIGINT NOT NULL DEFAULT 0,
    last_outcome VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin,
    import BIGINT NOT NULL,
    staged BIGINT GENERATED ALWAYS AS (CASE WHEN state = 'staged' THEN import END) VIRTUAL,
    UNIQUE (campaign, number),
    FOREIGN KEY (campaign) REFERENCES campaigns (id),
    CONSTRAINT contacts_states CHECK (state IN ('staged', 'pending', 'claimed', 'done')),
    CONSTRAINT contacts_attempts CHECK (attempts >= 0),
    INDEX contacts_due (campaign, state, next_attempt_at, id),
    INDEX contacts_staged (staged)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE calls (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
    project BIGINT NOT NULL,
    campaign BIGINT,
    contact BIGINT,
    origin VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    number VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin,
    switch VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    trunk BIGINT,
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at BIGINT NOT NULL,
    dialed_at BIGINT,
    answered_at BIGINT,
    ended_at BIGINT,
    outcome VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin,
    answered_by VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin,
    result VARCHAR(255),
    -- Whose it is.
    engine VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    record LONGTEXT NOT NULL,
    is_open BIGINT GENERATED ALWAYS AS (CASE WHEN state <> 'ended' THEN 1 END) VIRTUAL,
    open_contact BIGINT GENERATED ALWAYS AS (CASE WHEN state <> 'ended' THEN contact END) VIRTUAL,
    -- A call has ended exactly when it has an outcome.
    CONSTRAINT calls_ended_with_outcome CHECK ((state = 'ended') = (outcome IS NOT NULL)),
    -- A contact is never in two live calls.
    UNIQUE INDEX calls_one_open (open_contact),
    INDEX calls_open (is_open, engine),
    INDEX calls_by_project (project, id),
    INDEX calls_by_campaign (campaign, id),
    INDEX calls_by_contact (contact, id),
    INDEX calls_by_number (number, id),
    INDEX calls_by_dialed (dialed_at),
    INDEX calls_by_ended (ended_at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- An ended record is final.
CREATE TRIGGER calls_ended_final BEFORE UPDATE ON calls FOR EACH ROW
BEGIN
    IF OLD.state = 'ended' THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the record of an ended call is final';
    END IF;
END;

CREATE TABLE moments (
    id BIGINT PRIMARY KEY AUTO_INCREMENT,
    call_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    at BIGINT NOT NULL,
    event LONGTEXT NOT NULL,
    INDEX moments_by_call (call_id, id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE imports (
    id BIGINT PRIMARY KEY,
    campaign BIGINT NOT NULL,
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    engine VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT imports_states CHECK (state IN ('open', 'done'))
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE rejects (
    id BIGINT PRIMARY KEY AUTO_INCREMENT,
    import BIGINT NOT NULL,
    line BIGINT NOT NULL,
    value LONGTEXT NOT NULL,
    reason LONGTEXT NOT NULL,
    INDEX rejects_by_import (import, id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE users (
    username VARCHAR(255) PRIMARY KEY,
    full_name VARCHAR(255) NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    token_version BIGINT NOT NULL DEFAULT 1
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE settings (name VARCHAR(64) PRIMARY KEY, value LONGTEXT NOT NULL)
    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Which engines live: a run is one epoch, a transaction of it one batch. A dead one is buried when nothing of it is left.
CREATE TABLE engines (
    name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
    epoch BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    batch BIGINT NOT NULL,
    buried BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- Who may use how much of a limit that spans engines. What was given up is nobody's until `free_at`.
CREATE TABLE portions (
    id BIGINT PRIMARY KEY AUTO_INCREMENT,
    resource VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    engine VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    amount BIGINT NOT NULL,
    wanted BIGINT NOT NULL,
    window_ms BIGINT NOT NULL,
    free_at BIGINT NOT NULL,
    INDEX portions_by_engine (engine)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
