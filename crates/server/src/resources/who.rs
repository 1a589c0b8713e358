//! Who asks: a user who has signed in, or the application with a service key.

use super::error::Failure;
use crate::http::exchange::Exchange;
use authz::access::Asker;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;

/// Whom a token says that it is of; nobody has looked yet whether it is true.
#[derive(Debug, Deserialize)]
struct Said {
    sub: Option<String>,
}

/// Whoever the access token is of, or a service.
pub(super) async fn who(exchange: &Exchange) -> Result<Asker, Failure> {
    let (app, call) = (&exchange.app, &exchange.call);
    let bearer = exchange.bearer();
    // A signature is verified once: that of a token that names a user is looked at as such a one.
    if let Some(key) = bearer.filter(|key| !names_user(key))
        && app.api_keys.is_service(app.authn.keys(), call.now, key)
    {
        return Ok(Asker::Service);
    }
    Ok(Asker::User(app.authn.signed_in(call, bearer).await?))
}

/// Whether something says that it is the token of a user.
fn names_user(token: &str) -> bool {
    let payload = token.split('.').nth(1);
    let payload = payload.and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok());
    let said = payload.and_then(|json| serde_json::from_slice::<Said>(&json).ok());
    said.is_some_and(|said| said.sub.is_some_and(|sub| !sub.is_empty()))
}
