-- The library: what flows may play. What was uploaded has its files in the directory of audio; the rest is said to be on the switches.
CREATE TABLE audios (
    id BIGINT PRIMARY KEY,
    name VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    doc LONGTEXT NOT NULL,
    UNIQUE INDEX audios_by_name (name)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO sequences VALUES ('audio', 0);
