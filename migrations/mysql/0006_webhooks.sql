-- Who is told of calls and campaigns, and what each is told.

-- Addresses of projects. `events` are the words of those it wants, between commas; the secret stands in no other object.
CREATE TABLE webhooks (
    id BIGINT PRIMARY KEY,
    project BIGINT NOT NULL,
    active BIGINT NOT NULL,
    events VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    secret VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    doc LONGTEXT NOT NULL,
    CONSTRAINT webhooks_active CHECK (active IN (0, 1)),
    INDEX webhooks_by_project (project, active)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What they are told, written with what it is about. One that waits is nobody's until `next_attempt_at`: whoever sends it moves
-- that time ahead of itself first, and should it die, another finds it due.
CREATE TABLE deliveries (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
    webhook BIGINT NOT NULL,
    event VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    body LONGTEXT NOT NULL,
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    give_up_at BIGINT NOT NULL,
    -- The last attempt: when, the status of its answer or what went wrong, and how long it took.
    attempted_at BIGINT,
    status BIGINT,
    error VARCHAR(1000),
    took_ms BIGINT,
    ended_at BIGINT,
    CONSTRAINT deliveries_states CHECK (state IN ('waiting', 'delivered', 'failed')),
    CONSTRAINT deliveries_attempts CHECK (attempts >= 0),
    INDEX deliveries_by_webhook (webhook, id),
    INDEX deliveries_by_state (webhook, state, id),
    INDEX deliveries_due (webhook, state, next_attempt_at, id),
    INDEX deliveries_late (state, give_up_at),
    INDEX deliveries_by_end (ended_at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO sequences VALUES ('webhook', 0);
