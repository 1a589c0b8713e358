//! What the account API answers: accounts, tokens and messages.

use crate::http::reply::{self, Reply};
use authn::account::{SignedIn, Standing};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use serde::Serialize;
use store::users::User;
use types::Time;

/// An account as its owner sees it.
#[derive(Debug, Serialize)]
pub(super) struct UserBody<'a> {
    id: String,
    email: Option<&'a str>,
    display_name: String,
    full_name: Option<&'a str>,
    avatar_url: Option<&'a str>,
    credits_balance: i64,
    role: &'a str,
    plan: &'a str,
    created_at: String,
    updated_at: String,
    email_confirmed_at: Option<String>,
    phone: Option<&'a str>,
    phone_confirmed_at: Option<String>,
}

/// What a signed-in client receives.
#[derive(Debug, Serialize)]
struct TokenBody<'a> {
    access_token: &'a str,
    refresh_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    user: UserBody<'a>,
}

/// A sentence for people.
#[derive(Debug, Serialize)]
struct MessageBody {
    message: &'static str,
}

impl<'a> UserBody<'a> {
    pub(super) fn of(user: &'a User, standing: &'a Standing) -> Self {
        let profile = &standing.profile;
        let stamp = |time: Option<Time>| time.map(|time| time.to_string());
        Self {
            id: user.id.to_string(),
            email: given(user.email.as_deref()),
            display_name: display_name(user, profile.full_name.as_deref()),
            full_name: profile.full_name.as_deref(),
            avatar_url: profile.avatar_url.as_deref(),
            credits_balance: standing.credits,
            role: &profile.role,
            plan: &profile.plan,
            created_at: user.created_at.to_string(),
            updated_at: user.updated_at.max(profile.updated_at).to_string(),
            email_confirmed_at: stamp(user.email_confirmed_at),
            phone: given(user.phone.as_deref()),
            phone_confirmed_at: stamp(user.phone_confirmed_at),
        }
    }
}

/// The full name or, without one, what stands before the `@` of the address.
fn display_name(user: &User, full_name: Option<&str>) -> String {
    let email = user.email.as_deref().unwrap_or_default();
    let local = email.split_once('@').map_or("", |(local, _)| local);
    full_name.unwrap_or(local).to_owned()
}

/// Contacts that are not there may be stored as an empty text.
fn given(contact: Option<&str>) -> Option<&str> {
    contact.filter(|contact| !contact.is_empty())
}

/// An account.
pub(super) fn user(user: &User, standing: &Standing) -> Reply {
    json(StatusCode::OK, &UserBody::of(user, standing))
}

/// Tokens and the account.
pub(super) fn tokens(status: StatusCode, signed_in: &SignedIn) -> Reply {
    let issued = &signed_in.issued;
    let body = TokenBody {
        access_token: &issued.access_token,
        refresh_token: &issued.refresh_token,
        token_type: "Bearer",
        expires_in: issued.expires_in,
        user: UserBody::of(&issued.account.user, &signed_in.standing),
    };
    json(status, &body)
}

/// A sentence.
pub(super) fn message(status: StatusCode, message: &'static str) -> Reply {
    json(status, &MessageBody { message })
}

/// Any body. Nothing that this API answers may be kept by a cache.
#[expect(
    clippy::expect_used,
    reason = "the bodies of this API have only text as keys, so each of them is JSON"
)]
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Reply {
    let text = serde_json::to_string(body).expect("keys are text");
    let mut reply = reply::json(status, text);
    reply::set(&mut reply, CACHE_CONTROL, "no-store");
    reply
}
