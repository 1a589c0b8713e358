//! Routes of features that are not built, where more than a closed door is known: empty lists, and
//! answers among other routes.

use crate::gotrue::error::Failure;
use crate::gotrue::wire::{Stamp, text};
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use store::custom_providers::CustomProvider;

/// No provider of single sign-on, since none can be added.
pub(super) async fn sso_providers(exchange: &Exchange) -> Result<Reply, Failure> {
    let authn = &exchange.app.authn;
    authn
        .authenticate_admin(&exchange.call, exchange.bearer())
        .await?;
    Ok(reply::json(StatusCode::OK, r#"{"items":[]}"#.to_owned()))
}

/// The custom providers that GoTrue's administrators have added to this database.
pub(super) async fn custom_providers(exchange: &Exchange) -> Result<Reply, Failure> {
    let authn = &exchange.app.authn;
    let providers = authn
        .list_custom_providers(&exchange.call, exchange.bearer())
        .await?;
    let providers = providers.iter().map(ProviderBody::of).collect();
    Ok(reply::json(
        StatusCode::OK,
        text(&ProviderList { providers }),
    ))
}

/// `POST /token?grant_type=id_token`.
pub(super) const fn id_token() -> Failure {
    let text = "Sign-in with an ID token is disabled";
    Failure::Disabled(422, "provider_disabled", text)
}

/// `POST /token?grant_type=web3`.
pub(super) const fn web3() -> Failure {
    Failure::Disabled(422, "web3_provider_disabled", "Web3 provider is disabled")
}

/// `/callback`: what the provider said cannot be looked at yet.
pub(super) async fn callback(_: &Exchange) -> Result<Reply, Failure> {
    let text = "Sign-in through a provider cannot be completed on this server";
    Err(Failure::Disabled(422, "provider_disabled", text))
}

#[derive(Serialize)]
struct ProviderList<'a> {
    providers: Vec<ProviderBody<'a>>,
}

#[derive(Serialize)]
struct ProviderBody<'a> {
    id: String,
    provider_type: &'a str,
    identifier: &'a str,
    name: &'a str,
    client_id: &'a str,
    acceptable_client_ids: &'a [String],
    scopes: &'a [String],
    pkce_enabled: bool,
    attribute_mapping: &'a Map<String, Json>,
    custom_claims_allowlist: &'a [String],
    authorization_params: &'a Map<String, Json>,
    enabled: bool,
    email_optional: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discovery_url: Option<&'a str>,
    skip_nonce_check: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    userinfo_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<&'a str>,
    created_at: Stamp,
    updated_at: Stamp,
}

impl<'a> ProviderBody<'a> {
    fn of(provider: &'a CustomProvider) -> Self {
        Self {
            id: provider.id.to_string(),
            provider_type: &provider.provider_type,
            identifier: &provider.identifier,
            name: &provider.name,
            client_id: &provider.client_id,
            acceptable_client_ids: &provider.acceptable_client_ids,
            scopes: &provider.scopes,
            pkce_enabled: provider.pkce_enabled,
            attribute_mapping: &provider.attribute_mapping,
            custom_claims_allowlist: &provider.custom_claims_allowlist,
            authorization_params: &provider.authorization_params,
            enabled: provider.enabled,
            email_optional: provider.email_optional,
            issuer: provider.issuer.as_deref(),
            discovery_url: provider.discovery_url.as_deref(),
            skip_nonce_check: provider.skip_nonce_check,
            authorization_url: provider.authorization_url.as_deref(),
            token_url: provider.token_url.as_deref(),
            userinfo_url: provider.userinfo_url.as_deref(),
            jwks_uri: provider.jwks_uri.as_deref(),
            created_at: Stamp(provider.created_at),
            updated_at: Stamp(provider.updated_at),
        }
    }
}
