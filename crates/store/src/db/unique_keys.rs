//! The unique keys of every table by the names of their constraints, because `PostgreSQL` speaks of
//! columns in the server's own language, and not at all to roles without rights on them.

/// Name of the constraint or index, and its columns as `SQLite` spells them.
const UNIQUE_KEYS: &[(&str, &str)] = &[
    ("audit_log_entries_pkey", "audit_log_entries.id"),
    ("credit_entries_pkey", "credit_entries.id"),
    (
        "credit_entries_user_id_reference_key",
        "credit_entries.user_id, credit_entries.reference",
    ),
    (
        "custom_oauth_providers_identifier_key",
        "custom_oauth_providers.identifier",
    ),
    ("custom_oauth_providers_pkey", "custom_oauth_providers.id"),
    ("emergency_accesses_pkey", "emergency_accesses.id"),
    ("events_pkey", "events.id"),
    ("flow_state_pkey", "flow_state.id"),
    ("identities_pkey", "identities.id"),
    (
        "identities_provider_id_provider_unique",
        "identities.provider_id, identities.provider",
    ),
    ("instances_pkey", "instances.id"),
    ("amr_id_pk", "mfa_amr_claims.id"),
    (
        "mfa_amr_claims_session_id_authentication_method_pkey",
        "mfa_amr_claims.session_id, mfa_amr_claims.authentication_method",
    ),
    ("mfa_challenges_pkey", "mfa_challenges.id"),
    (
        "mfa_factors_last_challenged_at_key",
        "mfa_factors.last_challenged_at",
    ),
    ("mfa_factors_pkey", "mfa_factors.id"),
    (
        "mfa_factors_user_friendly_name_unique",
        "mfa_factors.friendly_name, mfa_factors.user_id",
    ),
    (
        "unique_phone_factor_per_user",
        "mfa_factors.user_id, mfa_factors.phone",
    ),
    ("migrations_pkey", "migrations.number"),
    (
        "oauth_authorizations_authorization_code_key",
        "oauth_authorizations.authorization_code",
    ),
    (
        "oauth_authorizations_authorization_id_key",
        "oauth_authorizations.authorization_id",
    ),
    ("oauth_authorizations_pkey", "oauth_authorizations.id"),
    ("oauth_client_states_pkey", "oauth_client_states.id"),
    ("oauth_clients_pkey", "oauth_clients.id"),
    ("oauth_consents_pkey", "oauth_consents.id"),
    (
        "oauth_consents_user_client_unique",
        "oauth_consents.user_id, oauth_consents.client_id",
    ),
    ("one_time_tokens_pkey", "one_time_tokens.id"),
    (
        "one_time_tokens_user_id_token_type_key",
        "one_time_tokens.user_id, one_time_tokens.token_type",
    ),
    ("outbox_pkey", "outbox.id"),
    ("profiles_pkey", "profiles.user_id"),
    ("refresh_tokens_pkey", "refresh_tokens.id"),
    ("refresh_tokens_token_unique", "refresh_tokens.token"),
    ("saml_providers_entity_id_key", "saml_providers.entity_id"),
    ("saml_providers_pkey", "saml_providers.id"),
    ("saml_relay_states_pkey", "saml_relay_states.id"),
    ("schema_migrations_pkey", "schema_migrations.version"),
    ("secrets_pkey", "secrets.name"),
    ("sessions_pkey", "sessions.id"),
    ("sso_domains_pkey", "sso_domains.id"),
    ("sso_providers_pkey", "sso_providers.id"),
    (
        "store_assertions_pkey",
        "store_assertions.store, store_assertions.model",
    ),
    (
        "store_changes_pkey",
        "store_changes.store, store_changes.version, store_changes.item",
    ),
    ("store_models_pkey", "store_models.store, store_models.id"),
    (
        "store_tuples_pkey",
        "store_tuples.store, store_tuples.object_type, store_tuples.object_id, \
         store_tuples.relation, store_tuples.subject_type, store_tuples.subject_id, \
         store_tuples.subject_relation",
    ),
    ("stores_id_key", "stores.id"),
    ("stores_pkey", "stores.number"),
    (
        "team_invitations_pending_key",
        "team_invitations.team_id, team_invitations.email",
    ),
    ("team_invitations_pkey", "team_invitations.id"),
    ("team_invitations_token_key", "team_invitations.token_hash"),
    ("teams_code_key", "teams.code"),
    ("teams_pkey", "teams.id"),
    ("totp_uses_pkey", "totp_uses.factor_id, totp_uses.step"),
    ("confirmation_token_idx", "users.confirmation_token"),
    (
        "email_change_token_current_idx",
        "users.email_change_token_current",
    ),
    ("email_change_token_new_idx", "users.email_change_token_new"),
    ("reauthentication_token_idx", "users.reauthentication_token"),
    ("recovery_token_idx", "users.recovery_token"),
    ("users_email_partial_key", "users.email"),
    ("users_phone_key", "users.phone"),
    ("users_pkey", "users.id"),
    ("webauthn_challenges_pkey", "webauthn_challenges.id"),
    (
        "webauthn_credentials_credential_id_key",
        "webauthn_credentials.credential_id",
    ),
    ("webauthn_credentials_pkey", "webauthn_credentials.id"),
];

/// Every unique key, for the test that compares the list with the catalog.
pub fn unique_keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    UNIQUE_KEYS.iter().copied()
}

/// The columns behind a constraint, as `table.column` joined by `, `.
pub(super) fn find(constraint: &str) -> Option<&'static str> {
    UNIQUE_KEYS
        .iter()
        .find(|(name, _)| *name == constraint)
        .map(|(_, key)| *key)
}
