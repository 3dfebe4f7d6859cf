-- Who may ask for what, and what they did.

-- Whoever there is may do everything, as before.
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'viewer' CHECK (role = 'viewer' OR role = 'supervisor' OR role = 'admin');
ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1));
ALTER TABLE users ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
UPDATE users SET role = 'admin';

CREATE TABLE user_projects (
    username TEXT NOT NULL REFERENCES users (username),
    project INTEGER NOT NULL REFERENCES projects (id),
    PRIMARY KEY (username, project)
) WITHOUT ROWID;
CREATE INDEX user_projects_by_project ON user_projects (project);

-- Tokens for programs. `hash` is what is kept of the token itself; `projects` are ids between commas, NULL for all of the user's.
CREATE TABLE api_tokens (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL REFERENCES users (username),
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    access TEXT NOT NULL CHECK (access IN ('read', 'full')),
    projects TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    UNIQUE (username, name)
);
INSERT INTO sequences VALUES ('api_token', 0);
-- Rises with every change of users, tokens and keys: engines look whether it did. Versions of users' tokens are drawn from it, so
-- that none comes twice, whoever was deleted and made again.
INSERT INTO sequences SELECT 'accounts', coalesce(max(token_version), 0) FROM users;

-- What accounts did. Nothing changes or removes it.
CREATE TABLE account_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    username TEXT,
    via TEXT NOT NULL,
    address TEXT,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    was TEXT,
    became TEXT
);
CREATE INDEX account_log_by_user ON account_log (username, id);
CREATE INDEX account_log_by_subject ON account_log (subject, id);
CREATE TRIGGER account_log_stays BEFORE UPDATE ON account_log
BEGIN
    SELECT RAISE(ABORT, 'the log of accounts is only added to');
END;
CREATE TRIGGER account_log_is_kept BEFORE DELETE ON account_log
BEGIN
    SELECT RAISE(ABORT, 'the log of accounts is only added to');
END;
