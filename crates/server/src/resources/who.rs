//! Who asks: a user who has signed in, or the application with a service key.

use super::error::Failure;
use crate::http::exchange::Exchange;
use authn::Refusal;
use authz::access::Asker;

/// Whoever the access token is of, or a service. A token without a session could never be taken
/// back: it is nobody's here.
pub(super) async fn who(exchange: &Exchange) -> Result<Asker, Failure> {
    let (app, call) = (&exchange.app, &exchange.call);
    let bearer = exchange.bearer();
    if let Some(key) = bearer
        && app.api_keys.is_service(app.authn.keys(), call.now, key)
    {
        return Ok(Asker::Service);
    }
    let caller = app.authn.authenticate(call, bearer).await?;
    if caller.account.session.is_none() {
        return Err(authn::Error::from(Refusal::TokenSessionNotFound).into());
    }
    Ok(Asker::User(caller.account.user.id))
}
