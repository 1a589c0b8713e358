//! Which recorded entries are replayed, and what is done instead of those that are not.

use super::subject::Engine;

/// What the replay does with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// It is replayed.
    Replay,
    /// It is left out, for this reason.
    Leave(&'static str),
    /// These statements bring about its effect on the database; see [`super::state_change`].
    Instead(&'static str),
}

/// Recordings that are not replayed at all, each with its reason.
pub(crate) const FILES_LEFT: [(&str, &str); 2] = [
    ("oauth_clients_admin", "the OAuth server is not built yet"),
    ("passkeys", "WebAuthn is not built yet"),
];

const PROVIDER: &str = "a round trip to a provider, which comes with the providers' callback";
const AFTER_PROVIDER: &str = "shows what a round trip to a provider has left";
const ID_TOKEN: &str = "an id_token is verified with keys of its provider";
const TRIGGER: &str = "SQLite has no trigger that raises an SQLSTATE";
const NO_FACTOR: &str = "needs a factor of a kind that is not built yet";

/// Entries that are left out on every engine.
///
/// What remains of `authorize_redirects` is every `/authorize`, the sign-up and the steps.
const LEFT: &[(&str, &[&str], &str)] = &[
    (
        "authorize_redirects",
        &[
            "callback_implicit_new_user",
            "callback_state_reused",
            "callback_existing_user",
            "callback_idp_error",
            "callback_no_code",
            "callback_code_rejected",
            "callback_no_state_old",
            "callback_no_state_2024",
            "callback_garbage_state_old",
            "callback_garbage_state_2024",
            "callback_unknown_state_old",
            "callback_unknown_state_2024",
            "callback_expired_state",
            "callback_links_to_same_verified_email",
            "callback_signup_disabled",
        ],
        PROVIDER,
    ),
    (
        "authorize_redirects",
        &[
            "callback_user",
            "user_after_auto_link",
            "delete_all_users_first",
        ],
        AFTER_PROVIDER,
    ),
    (
        "authorize_redirects",
        &[
            "id_token",
            "id_token_nonce",
            "id_token_nonce_mismatch",
            "id_token_nonce_missing_in_request",
            "id_token_wrong_aud",
            "id_token_expired",
            "id_token_garbage",
            "id_token_bad_signature",
            "id_token_missing",
            "id_token_unknown_provider",
            "id_token_no_provider",
            "id_token_azure_with_google_token",
            "id_token_version_header",
            "id_token_issuer_client_id",
        ],
        ID_TOKEN,
    ),
    (
        "identities",
        &[
            "link_callback_already_linked",
            "other_user_callback_conflict",
        ],
        PROVIDER,
    ),
    ("pkce", &["oauth_callback_pkce", "oauth_exchange"], PROVIDER),
    (
        "mfa_totp",
        &[
            "challenge_webauthn",
            "challenge_phone_without_sms_provider",
            "verify_challenge_id_not_uuid",
        ],
        NO_FACTOR,
    ),
];

/// Entries that are left out on SQLite only.
const LEFT_ON_SQLITE: [(&str, &str); 6] = [
    ("error_shapes", "trigger"),
    ("error_shapes", "trigger_raise_old"),
    ("error_shapes", "trigger_raise_2024"),
    ("error_shapes", "trigger_raise_pt418_old"),
    ("error_shapes", "trigger_raise_pt418_2024"),
    ("error_shapes", "drop_trigger"),
];

/// What is done with `entry` of `file` on `engine`.
pub(crate) fn treatment(file: &str, entry: &str, engine: Engine) -> Treatment {
    if engine == Engine::Sqlite && LEFT_ON_SQLITE.contains(&(file, entry)) {
        return Treatment::Leave(TRIGGER);
    }
    if let Some(instead) = instead(file, entry) {
        return instead;
    }
    let left = LEFT
        .iter()
        .find(|(other, entries, _)| *other == file && entries.contains(&entry));
    left.map_or(Treatment::Replay, |(_, _, reason)| Treatment::Leave(reason))
}

/// Links that a provider's round trip would have made; the stories go on with them.
fn instead(file: &str, entry: &str) -> Option<Treatment> {
    match (file, entry) {
        ("identities", "link_callback") => Some(Treatment::Instead(concat!(
            "INSERT INTO {auth}identities (id, provider_id, user_id, identity_data, provider, ",
            "last_sign_in_at, created_at, updated_at) VALUES ({new_id}, '4242', {id <uuid:2>}, ",
            r#"'{"avatar_url":"https://img.example.test/o.png","email":"octo@example.com","#,
            r#""email_verified":true,"full_name":"Octo Cat","iss":"https://api.github.com","#,
            r#""name":"Octo Cat","phone_verified":false,"preferred_username":"octo","#,
            r#""provider_id":"4242","sub":"4242","user_name":"octo"}', "#,
            "'github', {now}, {now}, {now}); ",
            "UPDATE {auth}users SET updated_at = {now}, raw_app_meta_data = ",
            r#"'{"provider":"email","providers":["email","github"]}' WHERE id = {id <uuid:2>}"#,
        ))),
        ("identities", "link_id_token") => Some(Treatment::Instead(concat!(
            "INSERT INTO {auth}identities (id, provider_id, user_id, identity_data, provider, ",
            "last_sign_in_at, created_at, updated_at) ",
            "VALUES ({new_id}, '109876543210', {id <uuid:2>}, ",
            r#"'{"avatar_url":"https://img.example.test/g.png","email":"grace@example.com","#,
            r#""email_verified":true,"full_name":"Grace Hopper","#,
            r#""iss":"https://accounts.google.com","name":"Grace Hopper","phone_verified":false,"#,
            r#""picture":"https://img.example.test/g.png","provider_id":"109876543210","#,
            r#""sub":"109876543210"}', 'google', {now}, {now}, {now}); "#,
            "UPDATE {auth}users SET updated_at = {now}, raw_app_meta_data = ",
            r#"'{"provider":"email","providers":["email","google"]}' WHERE id = {id <uuid:2>}"#,
        ))),
        _ => None,
    }
}
