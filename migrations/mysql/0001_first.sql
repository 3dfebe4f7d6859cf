-- Everything apicall keeps. Times are epoch milliseconds, numbers E.164 with a plus sign.
-- `doc` holds the whole object as JSON, the columns beside it what is searched and guarded; `rest` what has no column.
-- The same tables as SQLite's. Texts are compared byte by byte; a partial index of SQLite is one of all rows here, or on a column
-- that is NULL where the other has no entry.

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
    UNIQUE (campaign, number),
    FOREIGN KEY (campaign) REFERENCES campaigns (id),
    CONSTRAINT contacts_states CHECK (state IN ('staged', 'pending', 'claimed', 'done')),
    CONSTRAINT contacts_attempts CHECK (attempts >= 0),
    INDEX contacts_by_campaign (campaign, id),
    INDEX contacts_due (campaign, state, next_attempt_at, id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- Numbers of contacts that are gone and were called: their calls are found by them still.
CREATE TABLE former_contacts (
    number VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    contact BIGINT NOT NULL,
    PRIMARY KEY (number, contact)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Calls that have not ended: few, small, and changed often.
CREATE TABLE live_calls (
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
    answered_by VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin,
    result VARCHAR(255),
    -- Whose it is.
    engine VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    rest LONGTEXT NOT NULL,
    CONSTRAINT live_calls_states CHECK (state IN ('queued', 'dialing', 'ringing', 'up')),
    -- A contact is never in two live calls.
    UNIQUE INDEX live_calls_by_contact (contact)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- Calls that have ended, each with its outcome. Nothing changes them.
CREATE TABLE calls (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
    project BIGINT NOT NULL,
    campaign BIGINT,
    contact BIGINT,
    origin VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    number VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin,
    switch VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    trunk BIGINT,
    created_at BIGINT NOT NULL,
    dialed_at BIGINT,
    answered_at BIGINT,
    ended_at BIGINT NOT NULL,
    outcome VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    answered_by VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin,
    result VARCHAR(255),
    engine VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    rest LONGTEXT NOT NULL,
    -- A contact's calls are found by the contact: an index by number alone would be written all over.
    loose_number VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin GENERATED ALWAYS AS (CASE WHEN contact IS NULL THEN number END) VIRTUAL,
    INDEX calls_by_project (project, id),
    INDEX calls_by_campaign (campaign, id),
    INDEX calls_by_contact (contact, id),
    INDEX calls_by_number (loose_number, id),
    INDEX calls_by_ended (ended_at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TRIGGER calls_final BEFORE UPDATE ON calls FOR EACH ROW
BEGIN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the record of an ended call is final';
END;

-- Timelines: what was told of a call at once is one piece, an array of moments.
CREATE TABLE moments (
    call_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    piece BIGINT NOT NULL,
    events LONGTEXT NOT NULL,
    PRIMARY KEY (call_id, piece)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Counts, kept in the transactions that change what they count; each engine has rows of its own.
CREATE TABLE campaign_tallies (
    campaign BIGINT NOT NULL,
    what VARCHAR(300) NOT NULL,
    engine VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (campaign, what, engine)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- Calls that ended within `span_ms` from `at`: an hour, or a minute.
CREATE TABLE outcome_tallies (
    span_ms BIGINT NOT NULL,
    at BIGINT NOT NULL,
    project BIGINT NOT NULL,
    outcome VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    engine VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (span_ms, at, project, outcome, engine)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE imports (
    id BIGINT PRIMARY KEY,
    campaign BIGINT NOT NULL,
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    engine VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Its contacts have higher ids than this.
    after_contact BIGINT NOT NULL,
    CONSTRAINT imports_states CHECK (state IN ('open', 'committed', 'done'))
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
