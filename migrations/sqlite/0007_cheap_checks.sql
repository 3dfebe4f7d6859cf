-- Checks of a state that cost nothing. `state IN (…)` of more than two words is looked up in a table that SQLite makes anew for each row
-- that is written; comparisons are not. A check cannot be changed, so the tables are made again; they are otherwise as they were.

CREATE TABLE new_contacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    campaign INTEGER NOT NULL REFERENCES campaigns (id),
    number TEXT NOT NULL,
    variables TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state = 'staged' OR state = 'pending' OR state = 'claimed' OR state = 'done'),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at INTEGER NOT NULL DEFAULT 0,
    last_outcome TEXT,
    import INTEGER NOT NULL,
    held_by TEXT,
    UNIQUE (campaign, number)
);
INSERT INTO new_contacts SELECT * FROM contacts;
-- Ids go on where they were, whoever is gone.
DELETE FROM sqlite_sequence WHERE name = 'new_contacts';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_contacts', seq FROM sqlite_sequence WHERE name = 'contacts';
DROP TABLE contacts;
ALTER TABLE new_contacts RENAME TO contacts;
CREATE INDEX contacts_by_campaign ON contacts (campaign, id);
CREATE INDEX contacts_due ON contacts (campaign, next_attempt_at, id) WHERE state = 'pending';
CREATE INDEX contacts_held ON contacts (campaign, held_by) WHERE held_by IS NOT NULL;

CREATE TABLE new_live_calls (
    id TEXT PRIMARY KEY,
    project INTEGER NOT NULL,
    campaign INTEGER,
    -- A contact is never in two live calls.
    contact INTEGER UNIQUE,
    origin TEXT NOT NULL,
    number TEXT,
    switch TEXT,
    trunk INTEGER,
    state TEXT NOT NULL CHECK (state = 'queued' OR state = 'dialing' OR state = 'ringing' OR state = 'up'),
    created_at INTEGER NOT NULL,
    dialed_at INTEGER,
    answered_at INTEGER,
    answered_by TEXT,
    result TEXT,
    -- Whose it is, where several engines share a database.
    engine TEXT NOT NULL,
    rest TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO new_live_calls SELECT * FROM live_calls;
DROP TABLE live_calls;
ALTER TABLE new_live_calls RENAME TO live_calls;

CREATE TABLE new_deliveries (
    id TEXT PRIMARY KEY,
    webhook INTEGER NOT NULL,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state = 'waiting' OR state = 'delivered' OR state = 'failed'),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    created_at INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    give_up_at INTEGER NOT NULL,
    -- The last attempt: when, the status of its answer or what went wrong, and how long it took.
    attempted_at INTEGER,
    status INTEGER,
    error TEXT,
    took_ms INTEGER,
    ended_at INTEGER
) WITHOUT ROWID;
INSERT INTO new_deliveries SELECT * FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE new_deliveries RENAME TO deliveries;
CREATE INDEX deliveries_by_webhook ON deliveries (webhook, id);
CREATE INDEX deliveries_by_state ON deliveries (webhook, state, id);
CREATE INDEX deliveries_due ON deliveries (webhook, next_attempt_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_late ON deliveries (give_up_at) WHERE state = 'waiting';
CREATE INDEX deliveries_by_end ON deliveries (ended_at) WHERE ended_at IS NOT NULL;
