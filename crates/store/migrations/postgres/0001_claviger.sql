-- Claviger's own tables for PostgreSQL, beside schema `auth` and independent of it: whether `auth`
-- was made here or adopted, nothing in it points here and nothing here holds a foreign key to it.
-- Statements name tables bare (search_path = auth, claviger), so no name here may exist in `auth`.
-- The same tables, columns, indexes and messages are in sqlite/0001_claviger.sql. Text that is
-- compared or ordered is COLLATE "C"; times come from the caller, and a null time means "not yet".

-- IF NOT EXISTS would ask for CREATE on the database even where an administrator made the schema.

DO $$
BEGIN
    IF to_regnamespace('claviger') IS NULL THEN
        CREATE SCHEMA claviger;
    END IF;
END
$$;

-- Migrations that have run, with the SHA-256 of each file as it was then.

CREATE TABLE claviger.migrations (
    number bigint NOT NULL PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamptz NOT NULL
);

-- Profiles: what the account API knows of a user beyond `auth.users`. The primary key is the only
-- way in; the use case that deletes a user deletes both rows.

CREATE TABLE claviger.profiles (
    user_id uuid NOT NULL PRIMARY KEY,
    full_name text,
    avatar_url text,
    role text COLLATE "C" NOT NULL,
    plan text COLLATE "C" NOT NULL,
    suspended_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- What is written to a ledger or an audit trail stays as it was written. TRUNCATE fires no row
-- trigger, so it has one of its own.

CREATE FUNCTION claviger.refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;

-- Credit entries: the ledger of every user's credits; the last entry holds the balance. A reference
-- names the cause that may be booked only once per user, such as 'opening'.

CREATE TABLE claviger.credit_entries (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL,
    amount bigint NOT NULL,
    balance_after bigint NOT NULL,
    reason text COLLATE "C" NOT NULL,
    reference text COLLATE "C",
    actor text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT credit_entries_balance_after_check CHECK (balance_after >= 0)
);

CREATE UNIQUE INDEX credit_entries_user_id_reference_key
    ON claviger.credit_entries (user_id, reference);
CREATE INDEX credit_entries_user_id_created_at_idx
    ON claviger.credit_entries (user_id, created_at, id);

CREATE TRIGGER credit_entries_refuse_update BEFORE UPDATE ON claviger.credit_entries
    FOR EACH ROW EXECUTE FUNCTION claviger.refuse_change();
CREATE TRIGGER credit_entries_refuse_delete BEFORE DELETE ON claviger.credit_entries
    FOR EACH ROW EXECUTE FUNCTION claviger.refuse_change();
CREATE TRIGGER credit_entries_refuse_truncate BEFORE TRUNCATE ON claviger.credit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION claviger.refuse_change();

-- Events: the audit trail of what `auth.audit_log_entries` has no word for; `actor_id` did it,
-- `subject_id` is the user it concerns.

CREATE TABLE claviger.events (
    id uuid NOT NULL PRIMARY KEY,
    at timestamptz NOT NULL,
    event text COLLATE "C" NOT NULL,
    actor_id uuid,
    subject_id uuid,
    request_id text COLLATE "C" NOT NULL,
    ip text COLLATE "C",
    detail json NOT NULL
);

CREATE INDEX events_at_idx ON claviger.events (at, id);
CREATE INDEX events_subject_id_at_idx ON claviger.events (subject_id, at, id);

CREATE TRIGGER events_refuse_update BEFORE UPDATE ON claviger.events
    FOR EACH ROW EXECUTE FUNCTION claviger.refuse_change();
CREATE TRIGGER events_refuse_delete BEFORE DELETE ON claviger.events
    FOR EACH ROW EXECUTE FUNCTION claviger.refuse_change();
CREATE TRIGGER events_refuse_truncate BEFORE TRUNCATE ON claviger.events
    FOR EACH STATEMENT EXECUTE FUNCTION claviger.refuse_change();

-- Outbox: messages written in the transaction of their cause and sent after it. A message is due
-- from `not_before` until it is sent or dead; a claim by a sender lapses at `claimed_until`.

CREATE TABLE claviger.outbox (
    id uuid NOT NULL PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    body_text text NOT NULL,
    body_html text NOT NULL,
    headers json,
    user_id uuid,
    created_at timestamptz NOT NULL,
    not_before timestamptz NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    claimed_by text COLLATE "C",
    claimed_until timestamptz,
    sent_at timestamptz,
    dead_at timestamptz,
    last_error text,
    CONSTRAINT outbox_attempts_check CHECK (attempts >= 0),
    CONSTRAINT outbox_claim_check CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)),
    CONSTRAINT outbox_end_check CHECK (sent_at IS NULL OR dead_at IS NULL)
);

CREATE INDEX outbox_due_idx ON claviger.outbox (not_before, id)
    WHERE sent_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_created_at_idx ON claviger.outbox (created_at DESC, id);

-- TOTP uses: the time steps whose code a factor has accepted, so that no code is accepted twice.

CREATE TABLE claviger.totp_uses (
    factor_id uuid NOT NULL,
    step bigint NOT NULL,
    used_at timestamptz NOT NULL,
    PRIMARY KEY (factor_id, step)
);

CREATE INDEX totp_uses_used_at_idx ON claviger.totp_uses (used_at);
