-- What lets somebody prove afterwards that limits were kept.

-- What calls had to keep to, and since when: limits, and of projects also the retries, as JSON in `doc`.
CREATE TABLE rules (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, scope TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX rules_by_scope ON rules (scope, id);

-- The starts of engines, and the newest originate that each found: it lies after the start when the machine's clock went back.
CREATE TABLE runs (id INTEGER PRIMARY KEY, engine TEXT NOT NULL, began_at INTEGER NOT NULL, newest INTEGER);

-- Whose calls were that another engine took over from a dead one.
CREATE TABLE takeovers (call_id TEXT PRIMARY KEY, engine TEXT NOT NULL) WITHOUT ROWID;
