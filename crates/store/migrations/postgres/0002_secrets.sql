-- Secrets that all servers over this database share, such as keys that decide how an answer to
-- somebody unknown looks. Whoever can read this table can read the users as well.

CREATE TABLE claviger.secrets (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    value bytea NOT NULL,
    created_at timestamptz NOT NULL
);
