//! `auth.custom_oauth_providers`: providers that administrators have added at run time. Read only.

use crate::db::{Read, Row, params, statements};
use crate::error::Result;
use serde_json::{Map, Value as Json};
use types::Time;
use uuid::Uuid;

statements! {
    Query FIND = "
        SELECT id, provider_type, identifier, name, client_id, acceptable_client_ids, scopes,
            pkce_enabled, attribute_mapping, authorization_params, enabled, email_optional, issuer,
            discovery_url, skip_nonce_check, cached_discovery, authorization_url, token_url,
            userinfo_url, jwks_uri, created_at, updated_at, custom_claims_allowlist
        FROM custom_oauth_providers WHERE identifier = $1";
    Query LIST scan "an administrator's list of a handful of rows" = "
        SELECT id, provider_type, identifier, name, client_id, acceptable_client_ids, scopes,
            pkce_enabled, attribute_mapping, authorization_params, enabled, email_optional, issuer,
            discovery_url, skip_nonce_check, cached_discovery, authorization_url, token_url,
            userinfo_url, jwks_uri, created_at, updated_at, custom_claims_allowlist
        FROM custom_oauth_providers ORDER BY created_at, id LIMIT $1";
}

/// A provider; its secret stays in the database.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomProvider {
    /// The primary key.
    pub id: Uuid,
    /// `oauth2` or `oidc`.
    pub provider_type: String,
    /// The name in requests: `custom:...`.
    pub identifier: String,
    /// The name for people.
    pub name: String,
    /// Our id at the provider.
    pub client_id: String,
    /// Further audiences of identity tokens.
    pub acceptable_client_ids: Vec<String>,
    /// What is asked for unless the request says otherwise.
    pub scopes: Vec<String>,
    /// The provider wants a challenge of ours (RFC 7636).
    pub pkce_enabled: bool,
    /// Which claim becomes which.
    pub attribute_mapping: Map<String, Json>,
    /// Further parameters of the authorization request.
    pub authorization_params: Map<String, Json>,
    /// The provider can be used.
    pub enabled: bool,
    /// Accounts without an address are accepted.
    pub email_optional: bool,
    /// The issuer of identity tokens.
    pub issuer: Option<String>,
    /// Where its metadata is, if not below the issuer.
    pub discovery_url: Option<String>,
    /// Identity tokens are accepted without a nonce.
    pub skip_nonce_check: bool,
    /// The metadata, as it was last fetched.
    pub cached_discovery: Option<Json>,
    /// Where users are sent to.
    pub authorization_url: Option<String>,
    /// Where codes are exchanged.
    pub token_url: Option<String>,
    /// Where accounts are read.
    pub userinfo_url: Option<String>,
    /// Where the keys of identity tokens are.
    pub jwks_uri: Option<String>,
    /// When it was added.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Claims that are kept as they are.
    pub custom_claims_allowlist: Vec<String>,
}

/// The provider called `identifier`.
pub async fn find(db: &mut impl Read, identifier: &str) -> Result<Option<CustomProvider>> {
    let row = db.row(FIND, params![identifier]).await?;
    row.map(take).transpose()
}

/// Up to `limit` providers, oldest first.
pub async fn list(db: &mut impl Read, limit: i64) -> Result<Vec<CustomProvider>> {
    let rows = db.rows(LIST, params![limit]).await?;
    rows.into_iter().map(take).collect()
}

fn take(mut row: Row) -> Result<CustomProvider> {
    Ok(CustomProvider {
        id: row.take()?,
        provider_type: row.take()?,
        identifier: row.take()?,
        name: row.take()?,
        client_id: row.take()?,
        acceptable_client_ids: row.take()?,
        scopes: row.take()?,
        pkce_enabled: row.take()?,
        attribute_mapping: row.take()?,
        authorization_params: row.take()?,
        enabled: row.take()?,
        email_optional: row.take()?,
        issuer: row.take()?,
        discovery_url: row.take()?,
        skip_nonce_check: row.take()?,
        cached_discovery: row.take()?,
        authorization_url: row.take()?,
        token_url: row.take()?,
        userinfo_url: row.take()?,
        jwks_uri: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
        custom_claims_allowlist: row.take()?,
    })
}
