//! `/factors`, and the factors of others under `/admin/users/{user_id}/factors`.

use crate::gotrue::admin::admin;
use crate::gotrue::error::Failure;
use crate::gotrue::json::Kind;
use crate::gotrue::request;
use crate::gotrue::user::caller;
use crate::gotrue::wire::{
    ChallengedBody, EnrolledBody, FactorBody, SessionBody, Strength, UnenrolledBody, text,
};
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use authn::admin::{FactorChange, parse_user_id};
use authn::mfa::{Answer, Enrollment, parse_factor_id};
use axum::http::StatusCode;
use types::ChallengeId;

/// `POST /factors`.
pub(super) async fn enroll(exchange: &Exchange) -> Result<Reply, Failure> {
    let caller = caller(exchange).await?;
    let body = request::body(exchange, "EnrollFactorParams")?;
    body.expect(&[
        ("friendly_name", Kind::Text),
        ("factor_type", Kind::Text),
        ("issuer", Kind::Text),
        ("phone", Kind::Text),
    ])?;
    let wanted = Enrollment {
        factor_type: body.text("factor_type")?,
        friendly_name: body.text("friendly_name")?,
        issuer: body.text("issuer")?,
    };
    let (app, call) = (&exchange.app, &exchange.call);
    let enrolled = app.authn.enroll_factor(call, &caller, &wanted).await?;
    let body = EnrolledBody::of(&enrolled);
    Ok(reply::json(StatusCode::OK, text(&body)))
}

/// `POST /factors/{factor_id}/challenge`; a body is not looked at, since codes need no channel.
pub(super) async fn challenge(exchange: &Exchange) -> Result<Reply, Failure> {
    let caller = caller(exchange).await?;
    let id = parse_factor_id(exchange.path("factor_id"))?;
    let (app, call) = (&exchange.app, &exchange.call);
    let challenged = app.authn.challenge_factor(call, &caller, id).await?;
    let body = ChallengedBody::of(&challenged);
    Ok(reply::json(StatusCode::OK, text(&body)))
}

/// `POST /factors/{factor_id}/verify`.
pub(super) async fn verify(exchange: &Exchange) -> Result<Reply, Failure> {
    let caller = caller(exchange).await?;
    let id = parse_factor_id(exchange.path("factor_id"))?;
    let body = request::body(exchange, "VerifyFactorParams")?;
    body.expect(&[("challenge_id", Kind::Uuid), ("code", Kind::Text)])?;
    let answer = Answer {
        challenge: ChallengeId(body.uuid("challenge_id")?),
        code: body.text("code")?,
    };
    let (app, call) = (&exchange.app, &exchange.call);
    let issued = app.authn.verify_factor(call, &caller, id, &answer).await?;
    let body = SessionBody::of(&issued, Strength::NotTold);
    Ok(reply::json(StatusCode::OK, text(&body)))
}

/// `DELETE /factors/{factor_id}`.
pub(super) async fn unenroll(exchange: &Exchange) -> Result<Reply, Failure> {
    let caller = caller(exchange).await?;
    let id = parse_factor_id(exchange.path("factor_id"))?;
    let (app, call) = (&exchange.app, &exchange.call);
    app.authn.unenroll_factor(call, &caller, id).await?;
    let body = UnenrolledBody::of(id);
    Ok(reply::json(StatusCode::OK, text(&body)))
}

/// `GET /admin/users/{user_id}/factors`.
pub(super) async fn list(exchange: &Exchange) -> Result<Reply, Failure> {
    let admin = admin(exchange).await?;
    let user = parse_user_id(exchange.path("user_id"))?;
    let (app, call) = (&exchange.app, &exchange.call);
    let factors = app.authn.list_factors(call, &admin, user).await?;
    let body: Vec<FactorBody<'_>> = factors.iter().map(FactorBody::of).collect();
    Ok(reply::json(StatusCode::OK, text(&body)))
}

/// `PUT /admin/users/{user_id}/factors/{factor_id}`.
pub(super) async fn update(exchange: &Exchange) -> Result<Reply, Failure> {
    let admin = admin(exchange).await?;
    let user = parse_user_id(exchange.path("user_id"))?;
    let factor = parse_factor_id(exchange.path("factor_id"))?;
    let body = request::body(exchange, "adminUserUpdateFactorParams")?;
    body.expect(&[("friendly_name", Kind::Text), ("phone", Kind::Text)])?;
    let change = FactorChange {
        friendly_name: body.text("friendly_name")?,
        phone: body.text("phone")?,
    };
    let (app, call) = (&exchange.app, &exchange.call);
    let changed = app
        .authn
        .update_factor(call, &admin, (user, factor), &change)
        .await?;
    Ok(reply::json(StatusCode::OK, text(&FactorBody::of(&changed))))
}

/// `DELETE /admin/users/{user_id}/factors/{factor_id}`.
pub(super) async fn delete(exchange: &Exchange) -> Result<Reply, Failure> {
    let admin = admin(exchange).await?;
    let user = parse_user_id(exchange.path("user_id"))?;
    let factor = parse_factor_id(exchange.path("factor_id"))?;
    let (app, call) = (&exchange.app, &exchange.call);
    let deleted = app
        .authn
        .delete_factor(call, &admin, (user, factor))
        .await?;
    Ok(reply::json(StatusCode::OK, text(&FactorBody::of(&deleted))))
}
