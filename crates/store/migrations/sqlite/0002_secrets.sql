-- Secrets that all servers over this database share, such as keys that decide how an answer to
-- somebody unknown looks. Whoever can read this table can read the users as well.

CREATE TABLE secrets (
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
