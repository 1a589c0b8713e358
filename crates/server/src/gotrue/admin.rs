//! `/admin/users` and `/admin/audit`.

use crate::gotrue::error::Failure;
use crate::gotrue::json::{self, Kind};
use crate::gotrue::wire::{AuditBody, UserBody, UsersBody, text};
use crate::gotrue::{paging, request};
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use authn::Admin;
use authn::admin::{Deletion, UserFields, UserQuery, parse_user_id};
use axum::http::StatusCode;
use types::Secret;

/// The fields of GoTrue's `AdminUserParams`.
const USER_FIELDS: &[(&str, Kind)] = &[
    ("id", Kind::Text),
    ("aud", Kind::Text),
    ("role", Kind::Text),
    ("email", Kind::Text),
    ("phone", Kind::Text),
    ("password", Kind::Text),
    ("password_hash", Kind::Text),
    ("email_confirm", Kind::Bool),
    ("phone_confirm", Kind::Bool),
    ("user_metadata", Kind::Object),
    ("app_metadata", Kind::Object),
    ("ban_duration", Kind::Text),
];

/// The administrator whose token the request bears.
pub(super) async fn admin(exchange: &Exchange) -> Result<Admin, Failure> {
    Ok(exchange
        .app
        .authn
        .authenticate_admin(&exchange.call, exchange.bearer())
        .await?)
}

/// `GET /admin/users`.
pub(super) async fn list(exchange: &Exchange) -> Result<Reply, Failure> {
    let admin = admin(exchange).await?;
    let query = UserQuery {
        audience: request::audience(exchange),
        paging: paging::asked(exchange)?,
        filter: exchange.query("filter").to_owned(),
        sort: exchange.query("sort").to_owned(),
    };
    let (app, call) = (&exchange.app, &exchange.call);
    let page = app.authn.list_users(call, &admin, &query).await?;
    let body = UsersBody {
        users: page.users.iter().map(UserBody::listed).collect(),
        aud: &query.audience,
    };
    let mut reply = reply::json(StatusCode::OK, text(&body));
    paging::describe(&mut reply, exchange, query.paging, page.total);
    Ok(reply)
}

/// `POST /admin/users`.
pub(super) async fn create(exchange: &Exchange) -> Result<Reply, Failure> {
    let admin = admin(exchange).await?;
    let fields = fields(exchange)?;
    let audience = request::audience(exchange);
    let (app, call) = (&exchange.app, &exchange.call);
    let account = app
        .authn
        .create_user(call, &admin, &audience, fields)
        .await?;
    Ok(reply::json(StatusCode::OK, text(&UserBody::of(&account))))
}

/// `GET /admin/users/{user_id}`.
pub(super) async fn get(exchange: &Exchange) -> Result<Reply, Failure> {
    let admin = admin(exchange).await?;
    let id = parse_user_id(exchange.path("user_id"))?;
    let (app, call) = (&exchange.app, &exchange.call);
    let account = app.authn.get_user(call, &admin, id).await?;
    Ok(reply::json(StatusCode::OK, text(&UserBody::of(&account))))
}

/// `PUT /admin/users/{user_id}`.
pub(super) async fn update(exchange: &Exchange) -> Result<Reply, Failure> {
    let admin = admin(exchange).await?;
    let id = parse_user_id(exchange.path("user_id"))?;
    let fields = fields(exchange)?;
    let (app, call) = (&exchange.app, &exchange.call);
    let account = app.authn.change_user(call, &admin, id, fields).await?;
    Ok(reply::json(StatusCode::OK, text(&UserBody::of(&account))))
}

/// `DELETE /admin/users/{user_id}`; without a body the row is removed.
pub(super) async fn delete(exchange: &Exchange) -> Result<Reply, Failure> {
    let admin = admin(exchange).await?;
    let id = parse_user_id(exchange.path("user_id"))?;
    let mut deletion = Deletion::Hard;
    if !exchange.body.is_empty() {
        let body = json::parse(&exchange.body, "adminUserDeleteParams")?;
        if body.bool("should_soft_delete")? {
            deletion = Deletion::Soft;
        }
    }
    let (app, call) = (&exchange.app, &exchange.call);
    app.authn.delete_user(call, &admin, id, deletion).await?;
    Ok(reply::json(StatusCode::OK, "{}".to_owned()))
}

/// `GET /admin/audit`.
pub(super) async fn audit(exchange: &Exchange) -> Result<Reply, Failure> {
    let admin = admin(exchange).await?;
    let paging = paging::asked(exchange)?;
    let query = exchange.query("query");
    let (app, call) = (&exchange.app, &exchange.call);
    let page = app.authn.list_audit(call, &admin, paging, query).await?;
    let body: Vec<AuditBody<'_>> = page.entries.iter().map(AuditBody::of).collect();
    let mut reply = reply::json(StatusCode::OK, text(&body));
    paging::describe(&mut reply, exchange, paging, page.total);
    Ok(reply)
}

fn fields(exchange: &Exchange) -> Result<UserFields, Failure> {
    let body = request::body(exchange, "AdminUserParams")?;
    body.expect(USER_FIELDS)?;
    Ok(UserFields {
        id: body.text("id")?,
        audience: body.text("aud")?,
        role: body.text("role")?,
        email: body.text("email")?,
        phone: body.text("phone")?,
        password: body.opt_text("password")?.map(Secret::new),
        password_hash: body.text("password_hash")?,
        email_confirm: body.bool("email_confirm")?,
        phone_confirm: body.bool("phone_confirm")?,
        user_metadata: body.object("user_metadata")?,
        app_metadata: body.object("app_metadata")?,
        ban_duration: body.text("ban_duration")?,
    })
}
