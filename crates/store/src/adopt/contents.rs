//! What an adopted database holds: how much, and in which of the forms that GoTrue writes.

use crate::db::{Read, params, statements};
use crate::error::Result;

statements! {
    Query COUNTS scan "an administrator counts every row once" = "
        SELECT
            (SELECT count(*) FROM users),
            (SELECT count(*) FROM users WHERE deleted_at IS NOT NULL),
            (SELECT count(*) FROM users
                WHERE confirmation_token IS NULL OR recovery_token IS NULL
                    OR email_change_token_new IS NULL OR email_change_token_current IS NULL
                    OR email_change IS NULL OR phone_change IS NULL
                    OR phone_change_token IS NULL OR reauthentication_token IS NULL),
            (SELECT count(*) FROM identities),
            (SELECT count(*) FROM sessions),
            (SELECT count(*) FROM refresh_tokens WHERE revoked = FALSE),
            (SELECT count(*) FROM sessions WHERE refresh_token_hmac_key IS NOT NULL),
            (SELECT count(*) FROM mfa_factors),
            (SELECT count(*) FROM mfa_factors WHERE status = 'verified'),
            (SELECT count(*) FROM one_time_tokens)";
    Query PASSWORDS scan "an administrator counts every row once" = "
        SELECT kind, count(*) FROM (
            SELECT CASE
                WHEN encrypted_password IS NULL OR encrypted_password = '' THEN 'none'
                WHEN substr(encrypted_password, 1, 2) = '$2'
                    THEN 'bcrypt cost ' || substr(encrypted_password, 5, 2)
                WHEN substr(encrypted_password, 1, 10) = '$argon2id$' THEN 'argon2id'
                WHEN substr(encrypted_password, 1, 9) = '$argon2i$' THEN 'argon2i'
                WHEN substr(encrypted_password, 1, 10) = '$fbscrypt$' THEN 'fbscrypt'
                WHEN substr(encrypted_password, 1, 1) = '{' THEN 'encrypted'
                ELSE 'unknown'
            END AS kind
            FROM users) AS kinds
        GROUP BY kind ORDER BY count(*) DESC, kind LIMIT 100";
    Query ENCRYPTED scan "an administrator counts every row once" = {
        sqlite: "
            SELECT place, CASE WHEN json_valid(value) THEN json_extract(value, '$.key_id') END,
                count(*)
            FROM (
                SELECT 'users.encrypted_password' AS place, encrypted_password AS value FROM users
                UNION ALL
                SELECT 'mfa_factors.secret', secret FROM mfa_factors
                UNION ALL
                SELECT 'sessions.refresh_token_hmac_key', refresh_token_hmac_key FROM sessions
                UNION ALL
                SELECT 'custom_oauth_providers.client_secret', client_secret
                FROM custom_oauth_providers) AS places
            WHERE substr(value, 1, 1) = '{'
            GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 1000",
        postgres: "
            SELECT place, substring(value FROM '\"key_id\"\\s*:\\s*\"([^\"]*)\"'), count(*)
            FROM (
                SELECT 'users.encrypted_password' AS place, encrypted_password AS value FROM users
                UNION ALL
                SELECT 'mfa_factors.secret', secret FROM mfa_factors
                UNION ALL
                SELECT 'sessions.refresh_token_hmac_key', refresh_token_hmac_key FROM sessions
                UNION ALL
                SELECT 'custom_oauth_providers.client_secret', client_secret
                FROM custom_oauth_providers) AS places
            WHERE substr(value, 1, 1) = '{'
            GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 1000",
    };
}

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Rows of `users`.
    pub users: i64,
    /// Those that were soft-deleted.
    pub deleted_users: i64,
    /// Those with `NULL` in a column where GoTrue writes `''`: made by hand; it cannot read them.
    pub users_with_null_tokens: i64,
    /// Rows of `identities`.
    pub identities: i64,
    /// Rows of `sessions`.
    pub sessions: i64,
    /// Refresh tokens of the first generation that were not exchanged.
    pub live_refresh_tokens: i64,
    /// Sessions with refresh tokens of the second generation.
    pub sessions_with_hmac_key: i64,
    /// Rows of `mfa_factors`.
    pub factors: i64,
    /// Those that count for `aal2`.
    pub verified_factors: i64,
    /// Links and codes that are on their way.
    pub one_time_tokens: i64,
}

/// Users whose password is stored in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordKind {
    /// `bcrypt cost 10`, `argon2id`, `argon2i`, `fbscrypt`, `encrypted`, `none` or `unknown`.
    pub kind: String,
    /// How many users.
    pub users: i64,
}

/// Values of one column that are encrypted with one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedColumn {
    /// `table.column`.
    pub column: String,
    /// The id of the key; empty where the value does not name one.
    pub key_id: String,
    /// How many values.
    pub values: i64,
}

pub(super) async fn counts(db: &mut impl Read) -> Result<Counts> {
    let row = db.row(COUNTS, params![]).await?;
    let mut row = row.unwrap_or_default();
    Ok(Counts {
        users: row.take()?,
        deleted_users: row.take()?,
        users_with_null_tokens: row.take()?,
        identities: row.take()?,
        sessions: row.take()?,
        live_refresh_tokens: row.take()?,
        sessions_with_hmac_key: row.take()?,
        factors: row.take()?,
        verified_factors: row.take()?,
        one_time_tokens: row.take()?,
    })
}

pub(super) async fn passwords(db: &mut impl Read) -> Result<Vec<PasswordKind>> {
    let rows = db.rows(PASSWORDS, params![]).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(PasswordKind {
                kind: row.take()?,
                users: row.take()?,
            })
        })
        .collect()
}

pub(super) async fn encrypted(db: &mut impl Read) -> Result<Vec<EncryptedColumn>> {
    let rows = db.rows(ENCRYPTED, params![]).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(EncryptedColumn {
                column: row.take()?,
                key_id: row.take::<Option<_>>()?.unwrap_or_default(),
                values: row.take()?,
            })
        })
        .collect()
}
