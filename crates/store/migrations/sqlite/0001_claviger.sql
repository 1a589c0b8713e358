-- Claviger's own tables for SQLite, beside those of auth/sqlite.sql and independent of them: none
-- holds a foreign key to those, and no name here may exist there. The same tables, columns,
-- indexes and messages are in postgres/0001_claviger.sql. Text orders by bytes; a uuid is a BLOB of
-- 16 bytes, a time INTEGER microseconds since 1970, JSON is TEXT; a null time means "not yet".

-- Migrations that have run, with the SHA-256 of each file as it was then. WITHOUT ROWID, because a
-- rowid table would make up a number where none is given.

CREATE TABLE migrations (
    number INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    checksum BLOB NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Profiles: what the account API knows of a user beyond `users`. The primary key is the only way
-- in; the use case that deletes a user deletes both rows.

CREATE TABLE profiles (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    full_name TEXT,
    avatar_url TEXT,
    role TEXT NOT NULL,
    plan TEXT NOT NULL,
    suspended_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Credit entries: the ledger of every user's credits; the last entry holds the balance. A reference
-- names the cause that may be booked only once per user, such as 'opening'. What is written stays
-- as it was written; INSERT OR REPLACE deletes without a trigger unless recursive_triggers is on.

CREATE TABLE credit_entries (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL CHECK (length(user_id) = 16),
    amount INTEGER NOT NULL,
    balance_after INTEGER NOT NULL,
    reason TEXT NOT NULL,
    reference TEXT,
    actor TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT credit_entries_balance_after_check CHECK (balance_after >= 0)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX credit_entries_user_id_reference_key
    ON credit_entries (user_id, reference);
CREATE INDEX credit_entries_user_id_created_at_idx
    ON credit_entries (user_id, created_at, id);

CREATE TRIGGER credit_entries_refuse_update BEFORE UPDATE ON credit_entries
BEGIN
    SELECT RAISE(ABORT, 'credit_entries is append-only: UPDATE is refused');
END;
CREATE TRIGGER credit_entries_refuse_delete BEFORE DELETE ON credit_entries
BEGIN
    SELECT RAISE(ABORT, 'credit_entries is append-only: DELETE is refused');
END;

-- Events: the audit trail of what `audit_log_entries` has no word for; `actor_id` did it,
-- `subject_id` is the user it concerns.

CREATE TABLE events (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    actor_id BLOB CHECK (length(actor_id) = 16),
    subject_id BLOB CHECK (length(subject_id) = 16),
    request_id TEXT NOT NULL,
    ip TEXT,
    detail TEXT NOT NULL CHECK (json_valid(detail))
) STRICT;

CREATE INDEX events_at_idx ON events (at, id);
CREATE INDEX events_subject_id_at_idx ON events (subject_id, at, id);

CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events is append-only: UPDATE is refused');
END;
CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events is append-only: DELETE is refused');
END;

-- Outbox: messages written in the transaction of their cause and sent after it. A message is due
-- from `not_before` until it is sent or dead; a claim by a sender lapses at `claimed_until`.

CREATE TABLE outbox (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body_text TEXT NOT NULL,
    body_html TEXT NOT NULL,
    headers TEXT CHECK (headers IS NULL OR json_valid(headers)),
    user_id BLOB CHECK (length(user_id) = 16),
    created_at INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    claimed_by TEXT,
    claimed_until INTEGER,
    sent_at INTEGER,
    dead_at INTEGER,
    last_error TEXT,
    CONSTRAINT outbox_attempts_check CHECK (attempts >= 0),
    CONSTRAINT outbox_claim_check CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)),
    CONSTRAINT outbox_end_check CHECK (sent_at IS NULL OR dead_at IS NULL)
) STRICT;

CREATE INDEX outbox_due_idx ON outbox (not_before, id)
    WHERE sent_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_created_at_idx ON outbox (created_at DESC, id);

-- TOTP uses: the time steps whose code a factor has accepted, so that no code is accepted twice.

CREATE TABLE totp_uses (
    factor_id BLOB NOT NULL CHECK (length(factor_id) = 16),
    step INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    PRIMARY KEY (factor_id, step)
) STRICT, WITHOUT ROWID;

CREATE INDEX totp_uses_used_at_idx ON totp_uses (used_at);
