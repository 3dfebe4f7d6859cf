-- Everything apicall keeps. Times are epoch milliseconds, numbers E.164 with a plus sign.
-- `record` and `doc` hold the whole object as JSON; the columns beside them are what is searched and guarded.

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
CREATE INDEX contacts_due ON contacts (campaign, state, next_attempt_at, id);
CREATE INDEX contacts_staged ON contacts (import) WHERE state = 'staged';

CREATE TABLE calls (
    id TEXT PRIMARY KEY,
    project INTEGER NOT NULL,
    campaign INTEGER,
    contact INTEGER,
    origin TEXT NOT NULL,
    number TEXT,
    switch TEXT,
    trunk INTEGER,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    dialed_at INTEGER,
    answered_at INTEGER,
    ended_at INTEGER,
    outcome TEXT,
    answered_by TEXT,
    result TEXT,
    -- Whose it is, where several engines share a database.
    engine TEXT NOT NULL,
    record TEXT NOT NULL,
    -- A call has ended exactly when it has an outcome.
    CHECK ((state = 'ended') = (outcome IS NOT NULL))
) WITHOUT ROWID;
-- A contact is never in two live calls.
CREATE UNIQUE INDEX calls_one_open ON calls (contact) WHERE contact IS NOT NULL AND state <> 'ended';
CREATE INDEX calls_open ON calls (state) WHERE state <> 'ended';
CREATE INDEX calls_by_project ON calls (project, id);
CREATE INDEX calls_by_campaign ON calls (campaign, id) WHERE campaign IS NOT NULL;
CREATE INDEX calls_by_contact ON calls (contact, id) WHERE contact IS NOT NULL;
CREATE INDEX calls_by_number ON calls (number, id);
CREATE INDEX calls_by_dialed ON calls (dialed_at);
CREATE INDEX calls_by_ended ON calls (ended_at);
-- An ended record is final.
CREATE TRIGGER calls_ended_final BEFORE UPDATE ON calls WHEN OLD.state = 'ended'
BEGIN
    SELECT RAISE(ABORT, 'the record of an ended call is final');
END;

CREATE TABLE moments (
    id INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    event TEXT NOT NULL
);
CREATE INDEX moments_by_call ON moments (call_id, id);

CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done')),
    engine TEXT NOT NULL
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
