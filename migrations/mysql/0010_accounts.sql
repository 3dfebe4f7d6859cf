-- Who may ask for what, and what they did.

-- Whoever there is may do everything, as before.
ALTER TABLE users
    ADD COLUMN role VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'viewer',
    ADD COLUMN disabled BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT users_roles CHECK (role IN ('viewer', 'supervisor', 'admin')),
    ADD CONSTRAINT users_disabled CHECK (disabled IN (0, 1));
UPDATE users SET role = 'admin';

CREATE TABLE user_projects (
    username VARCHAR(255) NOT NULL,
    project BIGINT NOT NULL,
    PRIMARY KEY (username, project),
    INDEX user_projects_by_project (project),
    FOREIGN KEY (username) REFERENCES users (username),
    FOREIGN KEY (project) REFERENCES projects (id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Tokens for programs. `hash` is what is kept of the token itself; `projects` are ids between commas, NULL for all of the user's.
CREATE TABLE api_tokens (
    id BIGINT PRIMARY KEY,
    username VARCHAR(255) NOT NULL,
    name VARCHAR(255) NOT NULL,
    hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
    access VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    projects TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    CONSTRAINT api_tokens_access CHECK (access IN ('read', 'full')),
    UNIQUE (username, name),
    FOREIGN KEY (username) REFERENCES users (username)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO sequences VALUES ('api_token', 0);
-- Rises with every change of users, tokens and keys: engines look whether it did. Versions of users' tokens are drawn from it, so
-- that none comes twice, whoever was deleted and made again.
INSERT INTO sequences SELECT 'accounts', coalesce(max(token_version), 0) FROM users;

-- What accounts did. Nothing changes or removes it.
CREATE TABLE account_log (
    id BIGINT PRIMARY KEY AUTO_INCREMENT,
    at BIGINT NOT NULL,
    username VARCHAR(255),
    via VARCHAR(255) NOT NULL,
    address VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    what VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject VARCHAR(255) NOT NULL,
    was LONGTEXT,
    became LONGTEXT,
    INDEX account_log_by_user (username, id),
    INDEX account_log_by_subject (subject, id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TRIGGER account_log_stays BEFORE UPDATE ON account_log FOR EACH ROW
BEGIN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the log of accounts is only added to';
END;
CREATE TRIGGER account_log_is_kept BEFORE DELETE ON account_log FOR EACH ROW
BEGIN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the log of accounts is only added to';
END;
