-- What was removed because it is old.

-- How far, in the order in which calls ended: the last call that was removed (`calls`), or whose timeline was (`timelines`).
CREATE TABLE pruned (what TEXT PRIMARY KEY, ended_at INTEGER NOT NULL, call_id TEXT NOT NULL) WITHOUT ROWID;

-- Numbers that were taken off a list are asked for when it is proved who could be called then.
CREATE INDEX dnc_removed ON dnc (number) WHERE removed_at IS NOT NULL;
