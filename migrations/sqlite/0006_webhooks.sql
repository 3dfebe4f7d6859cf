-- Who is told of calls and campaigns, and what each is told.

-- Addresses of projects. `events` are the words of those it wants, between commas; the secret stands in no other object.
CREATE TABLE webhooks (
    id INTEGER PRIMARY KEY,
    project INTEGER NOT NULL,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    events TEXT NOT NULL,
    secret TEXT NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX webhooks_by_project ON webhooks (project, active);

-- What they are told, written with what it is about. One that waits is nobody's until `next_attempt_at`: whoever sends it moves
-- that time ahead of itself first, and should it die, another finds it due.
CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    webhook INTEGER NOT NULL,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
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
CREATE INDEX deliveries_by_webhook ON deliveries (webhook, id);
CREATE INDEX deliveries_by_state ON deliveries (webhook, state, id);
CREATE INDEX deliveries_due ON deliveries (webhook, next_attempt_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_late ON deliveries (give_up_at) WHERE state = 'waiting';
CREATE INDEX deliveries_by_end ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

INSERT INTO sequences VALUES ('webhook', 0);
