//! `/user/identities`.

use crate::gotrue::error::Failure;
use crate::gotrue::request;
use crate::gotrue::user::caller;
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use authn::Refusal;
use authn::identities::parse_identity_id;
use axum::http::StatusCode;

/// `DELETE /user/identities/{identity_id}`.
pub(super) async fn unlink(exchange: &Exchange) -> Result<Reply, Failure> {
    let caller = caller(exchange).await?;
    let (app, call) = (&exchange.app, &exchange.call);
    app.authn.require_manual_linking()?;
    let id = parse_identity_id(exchange.path("identity_id"))?;
    let asked = request::named_audience(exchange);
    if asked.is_some_and(|asked| !caller.claims.aud.iter().any(|aud| aud == asked)) {
        return Err(Refusal::AudienceUnexpected.into());
    }
    app.authn.unlink_identity(call, &caller, id).await?;
    Ok(reply::json(StatusCode::OK, "{}".to_owned()))
}
