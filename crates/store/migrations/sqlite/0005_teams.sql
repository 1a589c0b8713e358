-- Teams: their names, the invitations to them, and emergency accesses. Who is a member of a team,
-- and what belongs to whom, are tuples of a store, and stand nowhere else. As everywhere here, no
-- table points at another: the use case that deletes something deletes what hangs on it. The same
-- tables, columns and indexes are in postgres/0005_teams.sql.

CREATE TABLE teams (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    code TEXT NOT NULL,
    members_max INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX teams_code_key ON teams (code);

-- An invitation is good for one address, once. Only the SHA-256 of its token is kept.

CREATE TABLE team_invitations (
    id BLOB NOT NULL PRIMARY KEY,
    team_id BLOB NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    token_hash BLOB NOT NULL,
    invited_by BLOB,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    settled_at INTEGER
) STRICT;

CREATE UNIQUE INDEX team_invitations_token_key ON team_invitations (token_hash);
CREATE UNIQUE INDEX team_invitations_pending_key ON team_invitations (team_id, email)
    WHERE status = 'pending';
CREATE INDEX team_invitations_team_idx ON team_invitations (team_id, created_at, id);
CREATE INDEX team_invitations_email_idx ON team_invitations (email, created_at)
    WHERE status = 'pending';

-- Emergency accesses: who asked that somebody may read something, why, and who approved it.

CREATE TABLE emergency_accesses (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id BLOB NOT NULL,
    reason TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    requested_by BLOB NOT NULL,
    requested_at INTEGER NOT NULL,
    approved_by BLOB,
    approved_at INTEGER,
    expires_at INTEGER,
    ended_by BLOB,
    ended_at INTEGER
) STRICT;

CREATE INDEX emergency_accesses_requested_idx ON emergency_accesses (requested_at, id);
CREATE INDEX emergency_accesses_user_idx ON emergency_accesses (user_id);
