-- The library: what flows may play. What was uploaded has its files in the directory of audio; the rest is said to be on the switches.
CREATE TABLE audios (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    doc TEXT NOT NULL
);

INSERT INTO sequences VALUES ('audio', 0);
