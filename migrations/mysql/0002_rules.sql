-- What lets somebody prove afterwards that limits were kept.

-- What calls had to keep to, and since when: limits, and of projects also the retries, as JSON in `doc`.
CREATE TABLE rules (
    id BIGINT PRIMARY KEY AUTO_INCREMENT,
    at BIGINT NOT NULL,
    scope VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    doc LONGTEXT NOT NULL,
    INDEX rules_by_scope (scope, id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The starts of engines, and the newest originate that each found: it lies after the start when the machine's clock went back.
CREATE TABLE runs (
    id BIGINT PRIMARY KEY AUTO_INCREMENT,
    engine VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    began_at BIGINT NOT NULL,
    newest BIGINT
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Whose calls were that another engine took over from a dead one.
CREATE TABLE takeovers (
    call_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
    engine VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
