-- Who may be called, and who is held back.

-- Which rule holds a contact back until `next_attempt_at`.
ALTER TABLE contacts ADD COLUMN held_by TEXT;
CREATE INDEX contacts_held ON contacts (campaign, held_by) WHERE held_by IS NOT NULL;

-- Numbers not to be called: by nobody, where `project` is 0. One that is taken off stays as it was, with the time: so that
-- it can be told of every call whether it was allowed.
CREATE TABLE dnc (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL,
    project INTEGER NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('operator', 'import', 'opt_out')),
    reason TEXT NOT NULL,
    call_id TEXT,
    added_at INTEGER NOT NULL,
    removed_at INTEGER
);
CREATE UNIQUE INDEX dnc_listed ON dnc (number, project) WHERE removed_at IS NULL;
CREATE INDEX dnc_by_project ON dnc (project, id);
