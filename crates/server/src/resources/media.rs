//! `/api/v1/media`: links to files signed, opened, taken back; and asked about by proxies.

use super::body::{body, permission, query, uuid, uuid_if_any};
use super::error::Failure;
use super::who::who;
use super::wire;
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use authz::access::{MediaRequest, MediaToken, Opened, Permission, Refusal};
use axum::http::StatusCode;
use axum::http::header::HeaderName;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use types::UserId;

/// Life of a token where nothing is said, in seconds.
const EXPIRES_IN_DEFAULT: u64 = 3_600;
/// The header in which a proxy hands a token over.
const TOKEN_HEADER: &str = "claviger-media-token";
/// The header in which a proxy hands over what its client asked for.
const URI_HEADERS: [&str; 2] = ["x-original-uri", "x-forwarded-uri"];
/// What a proxy is told.
const MEDIA_HEADER: HeaderName = HeaderName::from_static("claviger-media");
const USER_HEADER: HeaderName = HeaderName::from_static("claviger-user");
const PERMISSION_HEADER: HeaderName = HeaderName::from_static("claviger-permission");
const EMERGENCY_HEADER: HeaderName = HeaderName::from_static("claviger-emergency");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignBody {
    media_id: String,
    user_id: Option<String>,
    permission: Option<String>,
    expires_in: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokeBody {
    token: String,
}

#[derive(Debug, Serialize)]
struct TokenBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    token_id: String,
    media_id: String,
    user_id: String,
    permission: &'static str,
    issued_at: String,
    expires_at: String,
    emergency: bool,
}

/// A link that is good.
struct Good {
    token: MediaToken,
    is_emergency: bool,
}

/// Signs a link.
pub(super) async fn sign(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let body = body::<SignBody>(exchange)?;
    let wanted = body.permission.as_deref().map(permission).transpose()?;
    let request = MediaRequest {
        media: uuid("media_id", &body.media_id)?,
        user: uuid_if_any("user_id", body.user_id.as_deref())?.map(UserId),
        permission: wanted.unwrap_or(Permission::Download),
        span: Duration::from_secs(body.expires_in.unwrap_or(EXPIRES_IN_DEFAULT)),
    };
    let (access, call) = (&exchange.app.access, &exchange.call);
    let signed = access.sign_media(call, asker, request).await?;
    let good = Good {
        token: signed.token,
        is_emergency: signed.is_emergency,
    };
    let body = told(&good, Some(signed.text));
    Ok(wire::json(StatusCode::CREATED, &body))
}

/// Takes a token back.
pub(super) async fn revoke(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let body = body::<RevokeBody>(exchange)?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    Ok(wire::done(
        access.revoke_media(call, asker, &body.token).await?,
    ))
}

/// What a token is good for. Whoever holds it may ask: it is all that it takes.
pub(super) async fn open(exchange: &Exchange) -> Result<Reply, Failure> {
    let good = opened(exchange, exchange.path("token")).await?;
    Ok(wire::json(StatusCode::OK, &told(&good, None)))
}

/// The same for a proxy that asks before it sends a file, which it names as `media_id`: the token
/// in a header, or as `token` in the query of what its client asked for; the answer in headers.
pub(super) async fn verify(exchange: &Exchange) -> Result<Reply, Failure> {
    let token = exchange.header(TOKEN_HEADER).map(str::to_owned);
    let token = token.or_else(|| {
        URI_HEADERS
            .iter()
            .find_map(|name| asked_for(exchange, name))
    });
    let wanted = uuid_if_any("media_id", query(exchange, "media_id"))?;
    let good = opened(exchange, &token.unwrap_or_default()).await?;
    let token = good.token;
    if wanted.is_some_and(|media| media != token.media) {
        let refused = Refusal::NotAllowed("the link is for another file");
        return Err(authz::access::Error::from(refused).into());
    }
    let mut reply = reply::empty(StatusCode::NO_CONTENT);
    reply::set(&mut reply, MEDIA_HEADER, &token.media.to_string());
    reply::set(&mut reply, USER_HEADER, &token.audience.to_string());
    reply::set(&mut reply, PERMISSION_HEADER, token.permission.name());
    if good.is_emergency {
        reply::set(&mut reply, EMERGENCY_HEADER, "true");
    }
    Ok(reply)
}

async fn opened(exchange: &Exchange, token: &str) -> Result<Good, Failure> {
    let (access, call) = (&exchange.app.access, &exchange.call);
    match access.open_media(call, token).await? {
        Opened::Good {
            token,
            is_emergency,
        } => Ok(Good {
            token,
            is_emergency,
        }),
        Opened::Bad => Err(Failure::BadMediaToken),
        Opened::Revoked => {
            let revoked = Refusal::NotAllowed("the link was taken back, or the right behind it");
            Err(authz::access::Error::from(revoked).into())
        }
    }
}

/// The token in the query of a URI that a proxy hands over.
fn asked_for(exchange: &Exchange, header: &str) -> Option<String> {
    let (_, query) = exchange.header(header)?.split_once('?')?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, token) = pairs.find(|(name, _)| name == "token")?;
    Some(token.into_owned())
}

fn told(good: &Good, text: Option<String>) -> TokenBody {
    let token = good.token;
    TokenBody {
        token: text,
        token_id: token.id.to_string(),
        media_id: token.media.to_string(),
        user_id: token.audience.to_string(),
        permission: token.permission.name(),
        issued_at: token.issued_at.to_string(),
        expires_at: token.expires_at.to_string(),
        emergency: good.is_emergency,
    }
}
