//! `/.well-known`: the public keys, and the metadata that OpenID Connect clients start from.

use crate::gotrue::error::Failure;
use crate::gotrue::wire::text;
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use serde::Serialize;

/// How long clients may keep a document. A new key must be listed for as long before it signs.
const KEPT: &str = "public, max-age=600";

/// OpenID Connect Discovery 1.0 section 3, in the order in which GoTrue writes it.
#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a str,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: String,
    scopes_supported: &'static [&'static str],
    response_types_supported: &'static [&'static str],
    response_modes_supported: &'static [&'static str],
    grant_types_supported: &'static [&'static str],
    subject_types_supported: &'static [&'static str],
    id_token_signing_alg_values_supported: &'static [&'static str],
    token_endpoint_auth_methods_supported: &'static [&'static str],
    claims_supported: &'static [&'static str],
    code_challenge_methods_supported: &'static [&'static str],
}

const CLAIMS: &[&str] = &[
    "sub",
    "aud",
    "iss",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "name",
    "picture",
    "preferred_username",
    "updated_at",
];

/// The public key set (RFC 7517 section 5).
pub(super) async fn jwks(exchange: &Exchange) -> Result<Reply, Failure> {
    Ok(document(text(&exchange.app.authn.keys().public_jwks())))
}

/// The metadata that GoTrue publishes whether its OAuth server is on or not.
pub(super) async fn openid_configuration(exchange: &Exchange) -> Result<Reply, Failure> {
    let issuer = exchange.app.authn.settings().jwt.issuer.as_str();
    let below = |path: &str| format!("{issuer}{path}");
    let metadata = Metadata {
        issuer,
        authorization_endpoint: below("/oauth/authorize"),
        token_endpoint: below("/oauth/token"),
        jwks_uri: below("/.well-known/jwks.json"),
        userinfo_endpoint: below("/oauth/userinfo"),
        scopes_supported: &["openid", "profile", "email", "phone", "offline_access"],
        response_types_supported: &["code"],
        response_modes_supported: &["query"],
        grant_types_supported: &["authorization_code", "refresh_token"],
        subject_types_supported: &["public"],
        id_token_signing_alg_values_supported: &["RS256", "HS256", "ES256"],
        token_endpoint_auth_methods_supported: &[
            "client_secret_basic",
            "client_secret_post",
            "none",
        ],
        claims_supported: CLAIMS,
        code_challenge_methods_supported: &["S256", "plain"],
    };
    Ok(document(text(&metadata)))
}

/// RFC 8414 metadata would say that there is an OAuth server.
pub(super) async fn oauth_authorization_server(_: &Exchange) -> Result<Reply, Failure> {
    Err(Failure::Disabled(
        404,
        "feature_disabled",
        "OAuth server is disabled",
    ))
}

fn document(body: String) -> Reply {
    let mut reply = reply::json(StatusCode::OK, body);
    reply::set(&mut reply, CACHE_CONTROL, KEPT);
    reply
}
