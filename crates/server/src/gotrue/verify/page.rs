//! The page behind a mailed link: a button, because mail scanners open links and press no buttons.

use super::Opened;
use crate::gotrue::error::Failure;
use crate::http::reply::{self, Reply};
use askama::Template;
use authn::Error;
use aws_lc_rs::digest;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use data_encoding::BASE64;
use std::sync::LazyLock;

/// Part of the page and, by its hash, of the policy.
const STYLE: &str = include_str!("../../../templates/verify.css");

/// Nothing is loaded, run or framed. There is no `form-action`: browsers apply it to the redirect
/// that follows, whose target may be any that the operator allows.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = BASE64.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()).as_ref());
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'"
    )
});

#[derive(Template)]
#[template(path = "verify.html")]
struct Page<'a> {
    style: &'static str,
    heading: &'static str,
    explanation: &'static str,
    button: &'static str,
    token: &'a str,
    kind: &'a str,
    redirect_to: &'a str,
}

/// Shows the page. It says the same whether the token is good or not, and spends nothing.
pub(super) fn reply(opened: &Opened<'_>) -> Result<Reply, Failure> {
    let (heading, explanation, button) = words(opened.kind);
    let page = Page {
        style: STYLE,
        heading,
        explanation,
        button,
        token: opened.token,
        kind: opened.kind,
        redirect_to: &opened.redirect_to,
    };
    let page = page.render().map_err(|e| Error::Internal(Box::new(e)))?;
    let mut reply = reply::html(StatusCode::OK, page);
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY.as_str()),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        reply::set(&mut reply, name, value);
    }
    Ok(reply)
}

/// Heading, explanation and button for a kind of link.
fn words(kind: &str) -> (&'static str, &'static str, &'static str) {
    match kind {
        "signup" => (
            "Confirm your email address",
            "Press the button to confirm your address and finish signing up.",
            "Confirm",
        ),
        "invite" => (
            "Accept your invitation",
            "Press the button to accept the invitation and open your account.",
            "Accept",
        ),
        "recovery" => (
            "Reset your password",
            "Press the button to sign in and choose another password.",
            "Continue",
        ),
        "email_change" => (
            "Confirm your new email address",
            "Press the button to confirm the change of your address.",
            "Confirm",
        ),
        _ => (
            "Sign in",
            "Press the button to sign in with this link. It works once.",
            "Sign in",
        ),
    }
}
