-- Authorization stores: models, relationship tuples, the log of their changes, assertions. No table
-- points at another: a deleted store's rows go a few at a time. The same tables, columns and
-- indexes are in postgres/0003_stores.sql.

-- Stores. `version` is that of the last write: each writing transaction takes the row first and
-- counts it up, so that versions have no gaps and their order is the order of the commits. A
-- `number` is never given twice, since whoever remembers one must not meet another store.

CREATE TABLE stores (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    version INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE UNIQUE INDEX stores_id_key ON stores (id);
CREATE INDEX stores_name_idx ON stores (name, id);
CREATE INDEX stores_deleted_at_idx ON stores (deleted_at) WHERE deleted_at IS NOT NULL;

-- Models never change. Their ids are ULIDs, so the primary key lists them newest first too. They
-- are large, so that the key is kept apart from them.

CREATE TABLE store_models (
    store INTEGER NOT NULL,
    id TEXT NOT NULL,
    schema_version TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (store, id)
) STRICT;

CREATE TABLE store_assertions (
    store INTEGER NOT NULL,
    model TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (store, model)
) STRICT;

-- Tuples. The subject's relation is empty for an object and for a wildcard, whose id is `*`.

CREATE TABLE store_tuples (
    store INTEGER NOT NULL,
    object_type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    relation TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject_relation TEXT NOT NULL,
    condition_name TEXT,
    condition_context TEXT CHECK (condition_context IS NULL OR json_valid(condition_context)),
    expires_at INTEGER,
    written_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (store, object_type, object_id, relation, subject_type, subject_id,
        subject_relation)
) STRICT, WITHOUT ROWID;

CREATE INDEX store_tuples_subject_idx ON store_tuples
    (store, subject_type, subject_id, subject_relation, object_type, relation, object_id);
CREATE INDEX store_tuples_userset_idx ON store_tuples
    (store, object_type, object_id, relation) WHERE subject_relation <> '';
CREATE INDEX store_tuples_expires_at_idx ON store_tuples (expires_at)
    WHERE expires_at IS NOT NULL;

-- Changes: every tuple that was written (operation 0) or deleted (1), in the order of versions and
-- of the items in each. Only added to, until the store is deleted.

CREATE TABLE store_changes (
    store INTEGER NOT NULL,
    version INTEGER NOT NULL,
    item INTEGER NOT NULL,
    operation INTEGER NOT NULL,
    object_type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    relation TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject_relation TEXT NOT NULL,
    condition_name TEXT,
    condition_context TEXT CHECK (condition_context IS NULL OR json_valid(condition_context)),
    expires_at INTEGER,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (store, version, item)
) STRICT, WITHOUT ROWID;

CREATE INDEX store_changes_type_idx ON store_changes (store, object_type, version, item);
