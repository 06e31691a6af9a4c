"""The tables of a modem's outbox."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    outbox_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS messages (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id   TEXT NOT NULL UNIQUE,
    recipient    TEXT NOT NULL,
    text         TEXT NOT NULL,
    parts        INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN
                 ('queued', 'sending', 'accepted', 'delivered', 'failed', 'unknown')),
    reason       TEXT,
    is_permanent INTEGER NOT NULL DEFAULT 0,
    code         INTEGER,
    attempts     INTEGER NOT NULL DEFAULT 0,
    queued_at    TEXT NOT NULL,
    changed_at   TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    not_before   TEXT NOT NULL DEFAULT '',
    CHECK ((reason IS NOT NULL) = (state IN ('failed', 'unknown'))),
    CHECK (state IN ('queued', 'sending') OR text = '')
);
CREATE INDEX IF NOT EXISTS messages_by_state ON messages (state, sequence);
CREATE TABLE IF NOT EXISTS parts (
    message_id  TEXT NOT NULL REFERENCES messages (message_id) ON DELETE CASCADE,
    part        INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN
                ('handed', 'refused', 'accepted', 'delivered', 'failed')),
    reference   INTEGER CHECK (reference BETWEEN 0 AND 255),
    handed_at   TEXT NOT NULL,
    accepted_at TEXT,
    PRIMARY KEY (message_id, part)
);
CREATE INDEX IF NOT EXISTS parts_by_reference ON parts (reference) WHERE state = 'accepted';
CREATE INDEX IF NOT EXISTS parts_by_time ON parts (handed_at);
CREATE TABLE IF NOT EXISTS tried_pins (
    digest   TEXT PRIMARY KEY,
    tried_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS incoming (
    key     TEXT NOT NULL,
    pdu     TEXT NOT NULL,
    length  INTEGER NOT NULL,
    came_at TEXT NOT NULL
);
CREATE VIEW IF NOT EXISTS message_facts AS
    SELECT sequence, message_id, recipient, state, parts,
           (SELECT count(*) FROM parts
             WHERE parts.message_id = messages.message_id
               AND parts.state IN ('accepted', 'delivered', 'failed')) AS accepted_parts,
           attempts, reason, is_permanent, code, queued_at, changed_at, expires_at, not_before
      FROM messages;
PRAGMA foreign_keys = ON;
"""
