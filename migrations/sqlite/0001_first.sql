-- Everything apicall keeps. Times are epoch milliseconds, numbers E.164 with a plus sign.
-- `doc` holds the whole object as JSON, the columns beside it what is searched and guarded; `rest` what has no column.

CREATE TABLE sequences (name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO sequences VALUES ('project', 0), ('trunk', 0), ('campaign', 0), ('import', 0), ('settling', 0);

CREATE TABLE projects (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, doc TEXT NOT NULL);
CREATE TABLE trunks (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, doc TEXT NOT NULL);
CREATE TABLE campaigns (
    id INTEGER PRIMARY KEY,
    project INTEGER NOT NULL REFERENCES projects (id),
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    doc TEXT NOT NULL,
    UNIQUE (project, name)
);

CREATE TABLE contacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    campaign INTEGER NOT NULL REFERENCES campaigns (id),
    number TEXT NOT NULL,
    variables TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('staged', 'pending', 'claimed', 'done')),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at INTEGER NOT NULL DEFAULT 0,
    last_outcome TEXT,
    import INTEGER NOT NULL,
    UNIQUE (campaign, number)
);
CREATE INDEX contacts_by_campaign ON contacts (campaign, id);
CREATE INDEX contacts_due ON contacts (campaign, next_attempt_at, id) WHERE state = 'pending';
-- Numbers of contacts that are gone and were called: their calls are found by them still.
CREATE TABLE former_contacts (number TEXT NOT NULL, contact INTEGER NOT NULL, PRIMARY KEY (number, contact)) WITHOUT ROWID;

-- Calls that have not ended: few, small, and changed often.
CREATE TABLE live_calls (
    id TEXT PRIMARY KEY,
    project INTEGER NOT NULL,
    campaign INTEGER,
    -- A contact is never in two live calls.
    contact INTEGER UNIQUE,
    origin TEXT NOT NULL,
    number TEXT,
    switch TEXT,
    trunk INTEGER,
    state TEXT NOT NULL CHECK (state IN ('queued', 'dialing', 'ringing', 'up')),
    created_at INTEGER NOT NULL,
    dialed_at INTEGER,
    answered_at INTEGER,
    answered_by TEXT,
    result TEXT,
    -- Whose it is, where several engines share a database.
    engine TEXT NOT NULL,
    rest TEXT NOT NULL
) WITHOUT ROWID;
-- Calls that have ended, each with its outcome. Nothing changes them.
CREATE TABLE calls (
    id TEXT PRIMARY KEY,
    project INTEGER NOT NULL,
    campaign INTEGER,
    contact INTEGER,
    origin TEXT NOT NULL,
    number TEXT,
    switch TEXT,
    trunk INTEGER,
    created_at INTEGER NOT NULL,
    dialed_at INTEGER,
    answered_at INTEGER,
    ended_at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    answered_by TEXT,
    result TEXT,
    engine TEXT NOT NULL,
    rest TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX calls_by_project ON calls (project, id);
CREATE INDEX calls_by_campaign ON calls (campaign, id) WHERE campaign IS NOT NULL;
CREATE INDEX calls_by_contact ON calls (contact, id) WHERE contact IS NOT NULL;
-- A contact's calls are found by the contact: an index by number alone would be written all over.
CREATE INDEX calls_by_number ON calls (number, id) WHERE contact IS NULL;
CREATE INDEX calls_by_ended ON calls (ended_at);
CREATE TRIGGER calls_final BEFORE UPDATE ON calls
BEGIN
    SELECT RAISE(ABORT, 'the record of an ended call is final');
END;

-- Timelines: what was told of a call at once is one piece, an array of moments.
CREATE TABLE moments (
    call_id TEXT NOT NULL,
    piece INTEGER NOT NULL,
    events TEXT NOT NULL,
    PRIMARY KEY (call_id, piece)
) WITHOUT ROWID;

-- Counts, kept in the transactions that change what they count; each engine has rows of its own.
CREATE TABLE campaign_tallies (
    campaign INTEGER NOT NULL,
    what TEXT NOT NULL,
    engine TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (campaign, what, engine)
) WITHOUT ROWID;
-- Calls that ended within `span_ms` from `at`: an hour, or a minute.
CREATE TABLE outcome_tallies (
    span_ms INTEGER NOT NULL,
    at INTEGER NOT NULL,
    project INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    engine TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (span_ms, at, project, outcome, engine)
) WITHOUT ROWID;

CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'committed', 'done')),
    engine TEXT NOT NULL,
    -- Its contacts have higher ids than this.
    after_contact INTEGER NOT NULL
);
CREATE TABLE rejects (
    id INTEGER PRIMARY KEY,
    import INTEGER NOT NULL,
    line INTEGER NOT NULL,
    value TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX rejects_by_import ON rejects (import, id);

CREATE TABLE users (
    username TEXT PRIMARY KEY,
    full_name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    token_version INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Only where several engines share a database: which live (a run is one epoch, a transaction of it one batch), and who may use
-- how much of a limit that spans them.
CREATE TABLE engines (
    name TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    buried INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE portions (
    id INTEGER PRIMARY KEY,
    resource TEXT NOT NULL,
    engine TEXT NOT NULL,
    amount INTEGER NOT NULL,
    wanted INTEGER NOT NULL,
    window_ms INTEGER NOT NULL,
    free_at INTEGER NOT NULL
);
