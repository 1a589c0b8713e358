-- The tables of Supabase Auth v2.196 for SQLite: the same tables, columns in the same order, checks
-- and index names as auth/postgres.sql, so that one statement serves both engines. There is no
-- schema: names stand alone. What PostgreSQL has as a type is here a type and a check:
--   uuid             BLOB of 16 bytes            boolean   INTEGER, 0 or 1
--   both timestamps  INTEGER, microseconds of    json(b)   TEXT, valid JSON
--                    UTC since 1970              text[]    TEXT, a JSON array
--   enum             TEXT, one of the values     inet      TEXT, as the writer spells it
-- A uuid column is measured unless a foreign key does it. Unique constraints are unique indexes,
-- because SQLite keeps no name for a constraint. Where PostgreSQL makes up a value (an id, the
-- time) there is no default: the writer always binds one. lower() folds ASCII only. JSON that may
-- be null says so in its check, because older versions of SQLite take json_valid(NULL) for 0. Four
-- foreign keys have an index that PostgreSQL has not: deleting a user or a factor looks for their
-- rows while it holds the one write lock of the file.

-- Users: one row per account, with the hashes of the tokens that are on their way to it. The token
-- indexes leave out codes made of digits, which may repeat; the e-mail is unique unless from SSO.
-- `confirmed_at` is the earlier of two times, or the only one; min() alone would be NULL then.

CREATE TABLE users (
    instance_id BLOB CHECK (length(instance_id) = 16),
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    aud TEXT CHECK (length(aud) <= 255),
    role TEXT CHECK (length(role) <= 255),
    email TEXT CHECK (length(email) <= 255),
    encrypted_password TEXT CHECK (length(encrypted_password) <= 255),
    email_confirmed_at INTEGER,
    invited_at INTEGER,
    confirmation_token TEXT CHECK (length(confirmation_token) <= 255),
    confirmation_sent_at INTEGER,
    recovery_token TEXT CHECK (length(recovery_token) <= 255),
    recovery_sent_at INTEGER,
    email_change_token_new TEXT CHECK (length(email_change_token_new) <= 255),
    email_change TEXT CHECK (length(email_change) <= 255),
    email_change_sent_at INTEGER,
    last_sign_in_at INTEGER,
    raw_app_meta_data TEXT CHECK (raw_app_meta_data IS NULL OR json_valid(raw_app_meta_data)),
    raw_user_meta_data TEXT CHECK (raw_user_meta_data IS NULL OR json_valid(raw_user_meta_data)),
    is_super_admin INTEGER CHECK (is_super_admin IN (0, 1)),
    created_at INTEGER,
    updated_at INTEGER,
    phone TEXT DEFAULT NULL,
    phone_confirmed_at INTEGER,
    phone_change TEXT DEFAULT '',
    phone_change_token TEXT DEFAULT '' CHECK (length(phone_change_token) <= 255),
    phone_change_sent_at INTEGER,
    confirmed_at INTEGER GENERATED ALWAYS AS (
        min(
            coalesce(email_confirmed_at, phone_confirmed_at),
            coalesce(phone_confirmed_at, email_confirmed_at)
        )
    ) STORED,
    email_change_token_current TEXT DEFAULT '' CHECK (length(email_change_token_current) <= 255),
    email_change_confirm_status INTEGER DEFAULT 0,
    banned_until INTEGER,
    reauthentication_token TEXT DEFAULT '' CHECK (length(reauthentication_token) <= 255),
    reauthentication_sent_at INTEGER,
    is_sso_user INTEGER NOT NULL DEFAULT 0 CHECK (is_sso_user IN (0, 1)),
    deleted_at INTEGER,
    is_anonymous INTEGER NOT NULL DEFAULT 0 CHECK (is_anonymous IN (0, 1)),
    CONSTRAINT users_email_change_confirm_status_check
        CHECK (email_change_confirm_status BETWEEN 0 AND 2)
) STRICT;

CREATE UNIQUE INDEX users_phone_key ON users (phone);
CREATE UNIQUE INDEX users_email_partial_key ON users (email)
    WHERE is_sso_user = false;
CREATE UNIQUE INDEX confirmation_token_idx ON users (confirmation_token)
    WHERE confirmation_token GLOB '*[^0-9 ]*';
CREATE UNIQUE INDEX recovery_token_idx ON users (recovery_token)
    WHERE recovery_token GLOB '*[^0-9 ]*';
CREATE UNIQUE INDEX email_change_token_new_idx ON users (email_change_token_new)
    WHERE email_change_token_new GLOB '*[^0-9 ]*';
CREATE UNIQUE INDEX email_change_token_current_idx ON users (email_change_token_current)
    WHERE email_change_token_current GLOB '*[^0-9 ]*';
CREATE UNIQUE INDEX reauthentication_token_idx ON users (reauthentication_token)
    WHERE reauthentication_token GLOB '*[^0-9 ]*';
CREATE INDEX users_instance_id_idx ON users (instance_id);
CREATE INDEX users_instance_id_email_idx ON users (instance_id, lower(email));
CREATE INDEX users_is_anonymous_idx ON users (is_anonymous);

-- Identities: how a user is known to each provider that vouches for it, e-mail and phone included.

CREATE TABLE identities (
    provider_id TEXT NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    identity_data TEXT NOT NULL CHECK (json_valid(identity_data)),
    provider TEXT NOT NULL,
    last_sign_in_at INTEGER,
    created_at INTEGER,
    updated_at INTEGER,
    email TEXT GENERATED ALWAYS AS (lower(identity_data ->> 'email')) STORED,
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16)
) STRICT;

CREATE UNIQUE INDEX identities_provider_id_provider_unique ON identities (provider_id, provider);
CREATE INDEX identities_user_id_idx ON identities (user_id);
CREATE INDEX identities_email_idx ON identities (email);

-- OAuth clients, authorizations and consents: the applications that sign users in through this
-- server, their requests that await an answer, and what each user has agreed to.

CREATE TABLE oauth_clients (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    client_secret_hash TEXT,
    registration_type TEXT NOT NULL CHECK (registration_type IN ('dynamic', 'manual')),
    redirect_uris TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    client_name TEXT,
    client_uri TEXT,
    logo_uri TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    client_type TEXT NOT NULL DEFAULT 'confidential'
        CHECK (client_type IN ('public', 'confidential')),
    token_endpoint_auth_method TEXT NOT NULL,
    CONSTRAINT oauth_clients_client_name_length CHECK (length(client_name) <= 1024),
    CONSTRAINT oauth_clients_client_uri_length CHECK (length(client_uri) <= 2048),
    CONSTRAINT oauth_clients_logo_uri_length CHECK (length(logo_uri) <= 2048),
    CONSTRAINT oauth_clients_token_endpoint_auth_method_check CHECK (
        token_endpoint_auth_method IN ('client_secret_basic', 'client_secret_post', 'none')
    )
) STRICT;

CREATE INDEX oauth_clients_deleted_at_idx ON oauth_clients (deleted_at);

CREATE TABLE oauth_authorizations (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    authorization_id TEXT NOT NULL,
    client_id BLOB NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    scope TEXT NOT NULL,
    state TEXT,
    resource TEXT,
    code_challenge TEXT,
    code_challenge_method TEXT CHECK (code_challenge_method IN ('s256', 'plain')),
    response_type TEXT NOT NULL DEFAULT 'code' CHECK (response_type IN ('code')),
    status TEXT NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'approved', 'denied', 'expired')),
    authorization_code TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    approved_at INTEGER,
    nonce TEXT,
    CONSTRAINT oauth_authorizations_authorization_code_length
        CHECK (length(authorization_code) <= 255),
    CONSTRAINT oauth_authorizations_code_challenge_length
        CHECK (length(code_challenge) <= 128),
    CONSTRAINT oauth_authorizations_expires_at_future CHECK (expires_at > created_at),
    CONSTRAINT oauth_authorizations_nonce_length CHECK (length(nonce) <= 255),
    CONSTRAINT oauth_authorizations_redirect_uri_length CHECK (length(redirect_uri) <= 2048),
    CONSTRAINT oauth_authorizations_resource_length CHECK (length(resource) <= 2048),
    CONSTRAINT oauth_authorizations_scope_length CHECK (length(scope) <= 4096),
    CONSTRAINT oauth_authorizations_state_length CHECK (length(state) <= 4096)
) STRICT;

CREATE UNIQUE INDEX oauth_authorizations_authorization_id_key
    ON oauth_authorizations (authorization_id);
CREATE UNIQUE INDEX oauth_authorizations_authorization_code_key
    ON oauth_authorizations (authorization_code);
CREATE INDEX oauth_auth_pending_exp_idx ON oauth_authorizations (expires_at)
    WHERE status = 'pending';
CREATE INDEX oauth_authorizations_client_id_idx ON oauth_authorizations (client_id);
CREATE INDEX oauth_authorizations_user_id_idx ON oauth_authorizations (user_id);

CREATE TABLE oauth_consents (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id BLOB NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    revoked_at INTEGER,
    CONSTRAINT oauth_consents_revoked_after_granted
        CHECK (revoked_at IS NULL OR revoked_at >= granted_at),
    CONSTRAINT oauth_consents_scopes_length CHECK (length(scopes) <= 2048),
    CONSTRAINT oauth_consents_scopes_not_empty CHECK (length(trim(scopes)) > 0)
) STRICT;

CREATE UNIQUE INDEX oauth_consents_user_client_unique ON oauth_consents (user_id, client_id);
CREATE INDEX oauth_consents_active_client_idx ON oauth_consents (client_id)
    WHERE revoked_at IS NULL;
CREATE INDEX oauth_consents_active_user_client_idx ON oauth_consents (user_id, client_id)
    WHERE revoked_at IS NULL;
CREATE INDEX oauth_consents_user_order_idx ON oauth_consents (user_id, granted_at DESC);

-- Sessions, how each was authenticated, and its refresh tokens: a session is what a sign-in opens
-- and a sign-out deletes. `refresh_tokens.user_id` is the uuid as text, so a token reaches its user
-- through its session. Token numbers are never used again (AUTOINCREMENT).

CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER,
    updated_at INTEGER,
    factor_id BLOB CHECK (length(factor_id) = 16),
    aal TEXT CHECK (aal IN ('aal1', 'aal2', 'aal3')),
    not_after INTEGER,
    refreshed_at INTEGER,
    user_agent TEXT,
    ip TEXT,
    tag TEXT,
    oauth_client_id BLOB REFERENCES oauth_clients (id) ON DELETE CASCADE,
    refresh_token_hmac_key TEXT,
    refresh_token_counter INTEGER,
    scopes TEXT,
    CONSTRAINT sessions_scopes_length CHECK (length(scopes) <= 4096)
) STRICT;

CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX user_id_created_at_idx ON sessions (user_id, created_at);
CREATE INDEX sessions_not_after_idx ON sessions (not_after DESC);
CREATE INDEX sessions_oauth_client_id_idx ON sessions (oauth_client_id);

CREATE TABLE mfa_amr_claims (
    session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    authentication_method TEXT NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    CONSTRAINT amr_id_pk PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX mfa_amr_claims_session_id_authentication_method_pkey
    ON mfa_amr_claims (session_id, authentication_method);

CREATE TABLE refresh_tokens (
    instance_id BLOB CHECK (length(instance_id) = 16),
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    token TEXT CHECK (length(token) <= 255),
    user_id TEXT CHECK (length(user_id) <= 255),
    revoked INTEGER CHECK (revoked IN (0, 1)),
    created_at INTEGER,
    updated_at INTEGER,
    parent TEXT CHECK (length(parent) <= 255),
    session_id BLOB REFERENCES sessions (id) ON DELETE CASCADE
) STRICT;

CREATE UNIQUE INDEX refresh_tokens_token_unique ON refresh_tokens (token);
CREATE INDEX refresh_tokens_instance_id_idx ON refresh_tokens (instance_id);
CREATE INDEX refresh_tokens_instance_id_user_id_idx ON refresh_tokens (instance_id, user_id);
CREATE INDEX refresh_tokens_parent_idx ON refresh_tokens (parent);
CREATE INDEX refresh_tokens_session_id_revoked_idx ON refresh_tokens (session_id, revoked);
CREATE INDEX refresh_tokens_updated_at_idx ON refresh_tokens (updated_at DESC);

-- One-time tokens: the hash of each token sent to a user, at most one of a kind.

CREATE TABLE one_time_tokens (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_type TEXT NOT NULL CHECK (
        token_type IN (
            'confirmation_token',
            'reauthentication_token',
            'recovery_token',
            'email_change_token_new',
            'email_change_token_current',
            'phone_change_token'
        )
    ),
    token_hash TEXT NOT NULL,
    relates_to TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT one_time_tokens_token_hash_check CHECK (length(token_hash) > 0)
) STRICT;

CREATE UNIQUE INDEX one_time_tokens_user_id_token_type_key ON one_time_tokens (user_id, token_type);
CREATE INDEX one_time_tokens_token_hash_hash_idx ON one_time_tokens (token_hash);
CREATE INDEX one_time_tokens_relates_to_hash_idx ON one_time_tokens (relates_to);

-- Second factors and the challenges put to them. `last_challenged_at` is unique over all users, so
-- two challenges of one microsecond clash and the writer must step aside.

CREATE TABLE mfa_factors (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    friendly_name TEXT,
    factor_type TEXT NOT NULL CHECK (factor_type IN ('totp', 'webauthn', 'phone')),
    status TEXT NOT NULL CHECK (status IN ('unverified', 'verified')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    secret TEXT,
    phone TEXT,
    last_challenged_at INTEGER,
    web_authn_credential TEXT
        CHECK (web_authn_credential IS NULL OR json_valid(web_authn_credential)),
    web_authn_aaguid BLOB CHECK (length(web_authn_aaguid) = 16),
    last_webauthn_challenge_data TEXT
        CHECK (last_webauthn_challenge_data IS NULL OR json_valid(last_webauthn_challenge_data))
) STRICT;

CREATE UNIQUE INDEX mfa_factors_last_challenged_at_key ON mfa_factors (last_challenged_at);
CREATE UNIQUE INDEX mfa_factors_user_friendly_name_unique
    ON mfa_factors (friendly_name, user_id)
    WHERE trim(friendly_name) <> '';
CREATE UNIQUE INDEX unique_phone_factor_per_user ON mfa_factors (user_id, phone);
CREATE INDEX mfa_factors_user_id_idx ON mfa_factors (user_id);
CREATE INDEX factor_id_created_at_idx ON mfa_factors (user_id, created_at);

CREATE TABLE mfa_challenges (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    factor_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    verified_at INTEGER,
    ip_address TEXT NOT NULL,
    otp_code TEXT,
    web_authn_session_data TEXT
        CHECK (web_authn_session_data IS NULL OR json_valid(web_authn_session_data)),
    CONSTRAINT mfa_challenges_auth_factor_id_fkey
        FOREIGN KEY (factor_id) REFERENCES mfa_factors (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX mfa_challenge_created_at_idx ON mfa_challenges (created_at DESC);
CREATE INDEX mfa_challenges_factor_id_idx ON mfa_challenges (factor_id);

-- Passkeys: the credentials that sign a user in without a password, and the ceremonies under way.

CREATE TABLE webauthn_credentials (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id BLOB NOT NULL,
    public_key BLOB NOT NULL,
    attestation_type TEXT NOT NULL DEFAULT '',
    aaguid BLOB CHECK (length(aaguid) = 16),
    sign_count INTEGER NOT NULL DEFAULT 0,
    transports TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(transports)),
    backup_eligible INTEGER NOT NULL DEFAULT 0 CHECK (backup_eligible IN (0, 1)),
    backed_up INTEGER NOT NULL DEFAULT 0 CHECK (backed_up IN (0, 1)),
    friendly_name TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;

CREATE UNIQUE INDEX webauthn_credentials_credential_id_key ON webauthn_credentials (credential_id);
CREATE INDEX webauthn_credentials_user_id_idx ON webauthn_credentials (user_id);

CREATE TABLE webauthn_challenges (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
    challenge_type TEXT NOT NULL,
    session_data TEXT NOT NULL CHECK (json_valid(session_data)),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    CONSTRAINT webauthn_challenges_challenge_type_check
        CHECK (challenge_type IN ('signup', 'registration', 'authentication'))
) STRICT;

CREATE INDEX webauthn_challenges_user_id_idx ON webauthn_challenges (user_id);
CREATE INDEX webauthn_challenges_expires_at_idx ON webauthn_challenges (expires_at);

-- Flows: sign-ins that leave for a provider or a mailbox and come back with a code.

CREATE TABLE flow_state (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB CHECK (length(user_id) = 16),
    auth_code TEXT,
    code_challenge_method TEXT CHECK (code_challenge_method IN ('s256', 'plain')),
    code_challenge TEXT,
    provider_type TEXT NOT NULL,
    provider_access_token TEXT,
    provider_refresh_token TEXT,
    created_at INTEGER,
    updated_at INTEGER,
    authentication_method TEXT NOT NULL,
    auth_code_issued_at INTEGER,
    invite_token TEXT,
    referrer TEXT,
    oauth_client_state_id BLOB CHECK (length(oauth_client_state_id) = 16),
    linking_target_id BLOB CHECK (length(linking_target_id) = 16),
    email_optional INTEGER NOT NULL DEFAULT 0 CHECK (email_optional IN (0, 1))
) STRICT;

CREATE INDEX idx_auth_code ON flow_state (auth_code);
CREATE INDEX idx_user_id_auth_method ON flow_state (user_id, authentication_method);
CREATE INDEX flow_state_created_at_idx ON flow_state (created_at DESC);

CREATE TABLE oauth_client_states (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    provider_type TEXT NOT NULL,
    code_verifier TEXT,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX idx_oauth_client_states_created_at ON oauth_client_states (created_at);

-- Single sign-on: organisations' identity providers, the mail domains they answer for, their SAML
-- descriptions and the SAML requests under way. Two checks compare with NULL by `=` and so refuse
-- nothing, not even the empty string; they are kept as they are.

CREATE TABLE sso_providers (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    resource_id TEXT,
    created_at INTEGER,
    updated_at INTEGER,
    disabled INTEGER CHECK (disabled IN (0, 1)),
    CONSTRAINT "resource_id not empty" CHECK (resource_id = NULL OR length(resource_id) > 0)
) STRICT;

CREATE UNIQUE INDEX sso_providers_resource_id_idx ON sso_providers (lower(resource_id));
CREATE INDEX sso_providers_resource_id_pattern_idx ON sso_providers (resource_id);

CREATE TABLE sso_domains (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    sso_provider_id BLOB NOT NULL REFERENCES sso_providers (id) ON DELETE CASCADE,
    domain TEXT NOT NULL,
    created_at INTEGER,
    updated_at INTEGER,
    CONSTRAINT "domain not empty" CHECK (length(domain) > 0)
) STRICT;

CREATE UNIQUE INDEX sso_domains_domain_idx ON sso_domains (lower(domain));
CREATE INDEX sso_domains_sso_provider_id_idx ON sso_domains (sso_provider_id);

CREATE TABLE saml_providers (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    sso_provider_id BLOB NOT NULL REFERENCES sso_providers (id) ON DELETE CASCADE,
    entity_id TEXT NOT NULL,
    metadata_xml TEXT NOT NULL,
    metadata_url TEXT,
    attribute_mapping TEXT CHECK (attribute_mapping IS NULL OR json_valid(attribute_mapping)),
    created_at INTEGER,
    updated_at INTEGER,
    name_id_format TEXT,
    CONSTRAINT "entity_id not empty" CHECK (length(entity_id) > 0),
    CONSTRAINT "metadata_url not empty" CHECK (metadata_url = NULL OR length(metadata_url) > 0),
    CONSTRAINT "metadata_xml not empty" CHECK (length(metadata_xml) > 0)
) STRICT;

CREATE UNIQUE INDEX saml_providers_entity_id_key ON saml_providers (entity_id);
CREATE INDEX saml_providers_sso_provider_id_idx ON saml_providers (sso_provider_id);

CREATE TABLE saml_relay_states (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    sso_provider_id BLOB NOT NULL REFERENCES sso_providers (id) ON DELETE CASCADE,
    request_id TEXT NOT NULL,
    for_email TEXT,
    redirect_to TEXT,
    created_at INTEGER,
    updated_at INTEGER,
    flow_state_id BLOB REFERENCES flow_state (id) ON DELETE CASCADE,
    CONSTRAINT "request_id not empty" CHECK (length(request_id) > 0)
) STRICT;

CREATE INDEX saml_relay_states_sso_provider_id_idx ON saml_relay_states (sso_provider_id);
CREATE INDEX saml_relay_states_for_email_idx ON saml_relay_states (for_email);
CREATE INDEX saml_relay_states_created_at_idx ON saml_relay_states (created_at DESC);
CREATE INDEX saml_relay_states_flow_state_id_idx ON saml_relay_states (flow_state_id);

-- Custom providers: OAuth 2 and OpenID Connect providers that an administrator has added.

CREATE TABLE custom_oauth_providers (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    provider_type TEXT NOT NULL,
    identifier TEXT NOT NULL,
    name TEXT NOT NULL,
    client_id TEXT NOT NULL,
    client_secret TEXT NOT NULL,
    acceptable_client_ids TEXT NOT NULL DEFAULT '[]'
        CHECK (json_type(acceptable_client_ids) = 'array'),
    scopes TEXT NOT NULL DEFAULT '[]' CHECK (json_type(scopes) = 'array'),
    pkce_enabled INTEGER NOT NULL DEFAULT 1 CHECK (pkce_enabled IN (0, 1)),
    attribute_mapping TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(attribute_mapping)),
    authorization_params TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(authorization_params)),
    enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    email_optional INTEGER NOT NULL DEFAULT 0 CHECK (email_optional IN (0, 1)),
    issuer TEXT,
    discovery_url TEXT,
    skip_nonce_check INTEGER NOT NULL DEFAULT 0 CHECK (skip_nonce_check IN (0, 1)),
    cached_discovery TEXT CHECK (cached_discovery IS NULL OR json_valid(cached_discovery)),
    discovery_cached_at INTEGER,
    authorization_url TEXT,
    token_url TEXT,
    userinfo_url TEXT,
    jwks_uri TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    custom_claims_allowlist TEXT NOT NULL DEFAULT '[]'
        CHECK (json_type(custom_claims_allowlist) = 'array'),
    CONSTRAINT custom_oauth_providers_provider_type_check
        CHECK (provider_type IN ('oauth2', 'oidc')),
    CONSTRAINT custom_oauth_providers_identifier_format
        CHECK (
            length(identifier) <= 50
            AND identifier NOT GLOB '*[^a-z0-9:-]*'
            AND identifier GLOB '[a-z0-9]*[a-z0-9]'
        ),
    CONSTRAINT custom_oauth_providers_name_length CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT custom_oauth_providers_client_id_length
        CHECK (length(client_id) BETWEEN 1 AND 512),
    CONSTRAINT custom_oauth_providers_oauth2_requires_endpoints CHECK (
        provider_type <> 'oauth2'
        OR (authorization_url IS NOT NULL AND token_url IS NOT NULL AND userinfo_url IS NOT NULL)
    ),
    CONSTRAINT custom_oauth_providers_oidc_requires_issuer
        CHECK (provider_type <> 'oidc' OR issuer IS NOT NULL),
    CONSTRAINT custom_oauth_providers_oidc_issuer_https
        CHECK (provider_type <> 'oidc' OR issuer IS NULL OR issuer GLOB 'https://*'),
    CONSTRAINT custom_oauth_providers_oidc_discovery_url_https
        CHECK (provider_type <> 'oidc' OR discovery_url IS NULL OR discovery_url GLOB 'https://*'),
    CONSTRAINT custom_oauth_providers_authorization_url_https
        CHECK (authorization_url IS NULL OR authorization_url GLOB 'https://*'),
    CONSTRAINT custom_oauth_providers_token_url_https
        CHECK (token_url IS NULL OR token_url GLOB 'https://*'),
    CONSTRAINT custom_oauth_providers_userinfo_url_https
        CHECK (userinfo_url IS NULL OR userinfo_url GLOB 'https://*'),
    CONSTRAINT custom_oauth_providers_jwks_uri_https
        CHECK (jwks_uri IS NULL OR jwks_uri GLOB 'https://*'),
    CONSTRAINT custom_oauth_providers_issuer_length
        CHECK (issuer IS NULL OR length(issuer) BETWEEN 1 AND 2048),
    CONSTRAINT custom_oauth_providers_discovery_url_length
        CHECK (discovery_url IS NULL OR length(discovery_url) <= 2048),
    CONSTRAINT custom_oauth_providers_authorization_url_length
        CHECK (authorization_url IS NULL OR length(authorization_url) <= 2048),
    CONSTRAINT custom_oauth_providers_token_url_length
        CHECK (token_url IS NULL OR length(token_url) <= 2048),
    CONSTRAINT custom_oauth_providers_userinfo_url_length
        CHECK (userinfo_url IS NULL OR length(userinfo_url) <= 2048),
    CONSTRAINT custom_oauth_providers_jwks_uri_length
        CHECK (jwks_uri IS NULL OR length(jwks_uri) <= 2048)
) STRICT;

CREATE UNIQUE INDEX custom_oauth_providers_identifier_key ON custom_oauth_providers (identifier);
CREATE INDEX custom_oauth_providers_identifier_idx ON custom_oauth_providers (identifier);
CREATE INDEX custom_oauth_providers_provider_type_idx ON custom_oauth_providers (provider_type);
CREATE INDEX custom_oauth_providers_enabled_idx ON custom_oauth_providers (enabled);
CREATE INDEX custom_oauth_providers_created_at_idx ON custom_oauth_providers (created_at);

-- The audit trail in the form that Supabase Auth writes, and its table of instances, always empty.

CREATE TABLE audit_log_entries (
    instance_id BLOB CHECK (length(instance_id) = 16),
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    payload TEXT CHECK (payload IS NULL OR json_valid(payload)),
    created_at INTEGER,
    ip_address TEXT NOT NULL DEFAULT '' CHECK (length(ip_address) <= 64)
) STRICT;

CREATE INDEX audit_logs_instance_id_idx ON audit_log_entries (instance_id);

CREATE TABLE instances (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    uuid BLOB CHECK (length(uuid) = 16),
    raw_base_config TEXT,
    created_at INTEGER,
    updated_at INTEGER
) STRICT;

-- Which of Supabase Auth's migrations this shape already contains, so that it would run none.

CREATE TABLE schema_migrations (
    version TEXT NOT NULL PRIMARY KEY CHECK (length(version) <= 14)
) STRICT, WITHOUT ROWID;

INSERT INTO schema_migrations (version) VALUES
    ('00'),
    ('20210710035447'), ('20210722035447'), ('20210730183235'), ('20210909172000'),
    ('20210927181326'), ('20211122151130'), ('20211124214934'), ('20211202183645'),
    ('20220114185221'), ('20220114185340'), ('20220224000811'), ('20220323170000'),
    ('20220429102000'), ('20220531120530'), ('20220614074223'), ('20220811173540'),
    ('20221003041349'), ('20221003041400'), ('20221011041400'), ('20221020193600'),
    ('20221021073300'), ('20221021082433'), ('20221027105023'), ('20221114143122'),
    ('20221114143410'), ('20221125140132'), ('20221208132122'), ('20221215195500'),
    ('20221215195800'), ('20221215195900'), ('20230116124310'), ('20230116124412'),
    ('20230131181311'), ('20230322519590'), ('20230402418590'), ('20230411005111'),
    ('20230508135423'), ('20230523124323'), ('20230818113222'), ('20230914180801'),
    ('20231027141322'), ('20231114161723'), ('20231117164230'), ('20240115144230'),
    ('20240214120130'), ('20240306115329'), ('20240314092811'), ('20240427152123'),
    ('20240612123726'), ('20240729123726'), ('20240802193726'), ('20240806073726'),
    ('20241009103726'), ('20250717082212'), ('20250731150234'), ('20250804100000'),
    ('20250901200500'), ('20250903112500'), ('20250904133000'), ('20250925093508'),
    ('20251007112900'), ('20251104100000'), ('20251111201300'), ('20251201000000'),
    ('20260115000000'), ('20260121000000'), ('20260219120000'), ('20260302000000'),
    ('20260625000000');

