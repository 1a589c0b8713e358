-- Teams: their names, the invitations to them, and emergency accesses. Who is a member of a team,
-- and what belongs to whom, are tuples of a store, and stand nowhere else. As everywhere here, no
-- table points at another: the use case that deletes something deletes what hangs on it.

CREATE TABLE claviger.teams (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    description text,
    code text COLLATE "C" NOT NULL,
    members_max bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX teams_code_key ON claviger.teams (code);

-- An invitation is good for one address, once. Only the SHA-256 of its token is kept.

CREATE TABLE claviger.team_invitations (
    id uuid NOT NULL PRIMARY KEY,
    team_id uuid NOT NULL,
    email text COLLATE "C" NOT NULL,
    role text COLLATE "C" NOT NULL,
    token_hash bytea NOT NULL,
    invited_by uuid,
    status text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    settled_at timestamptz
);

CREATE UNIQUE INDEX team_invitations_token_key ON claviger.team_invitations (token_hash);
CREATE UNIQUE INDEX team_invitations_pending_key ON claviger.team_invitations (team_id, email)
    WHERE status = 'pending';
CREATE INDEX team_invitations_team_idx ON claviger.team_invitations (team_id, created_at, id);
CREATE INDEX team_invitations_email_idx ON claviger.team_invitations (email, created_at)
    WHERE status = 'pending';

-- Emergency accesses: who asked that somebody may read something, why, and who approved it.

CREATE TABLE claviger.emergency_accesses (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL,
    resource_type text COLLATE "C" NOT NULL,
    resource_id uuid NOT NULL,
    reason text NOT NULL,
    minutes bigint NOT NULL,
    requested_by uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    approved_by uuid,
    approved_at timestamptz,
    expires_at timestamptz,
    ended_by uuid,
    ended_at timestamptz
);

CREATE INDEX emergency_accesses_requested_idx ON claviger.emergency_accesses (requested_at, id);
CREATE INDEX emergency_accesses_user_idx ON claviger.emergency_accesses (user_id);
