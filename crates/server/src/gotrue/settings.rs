//! `GET /health` and `GET /settings`: what anybody may know about this server.

use crate::gotrue::error::Failure;
use crate::gotrue::wire::text;
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use authn::settings::Settings;
use axum::http::StatusCode;
use serde::Serialize;

/// The version of GoTrue whose behaviour this is: clients decide by it what they may ask for.
const VERSION: &str = "v2.196.0";

#[derive(Serialize)]
struct Health {
    version: &'static str,
    name: &'static str,
    description: &'static str,
}

/// The public settings, in the order in which GoTrue writes them.
#[derive(Serialize)]
struct Public<'a> {
    external: External,
    disable_signup: bool,
    mailer_autoconfirm: bool,
    phone_autoconfirm: bool,
    sms_provider: &'a str,
    saml_enabled: bool,
    saml_private_key_next_configured: bool,
    passkeys_enabled: bool,
}

/// Which ways to sign in are open.
#[derive(Serialize)]
struct External {
    anonymous_users: bool,
    apple: bool,
    azure: bool,
    bitbucket: bool,
    discord: bool,
    facebook: bool,
    snapchat: bool,
    figma: bool,
    fly: bool,
    github: bool,
    gitlab: bool,
    google: bool,
    keycloak: bool,
    kakao: bool,
    linkedin: bool,
    linkedin_oidc: bool,
    notion: bool,
    spotify: bool,
    slack: bool,
    slack_oidc: bool,
    workos: bool,
    twitch: bool,
    twitter: bool,
    email: bool,
    phone: bool,
    zoom: bool,
}

/// The server answers.
pub(super) async fn health(_: &Exchange) -> Result<Reply, Failure> {
    let health = Health {
        version: VERSION,
        name: "GoTrue",
        description: "GoTrue is a user registration and authentication API",
    };
    Ok(reply::json(StatusCode::OK, text(&health)))
}

/// What sign-in pages are built from.
pub(super) async fn settings(exchange: &Exchange) -> Result<Reply, Failure> {
    let settings = exchange.app.authn.settings();
    let public = Public {
        external: external(settings),
        disable_signup: settings.signup.disabled,
        mailer_autoconfirm: settings.email.autoconfirm,
        phone_autoconfirm: settings.phone.autoconfirm,
        sms_provider: &settings.phone.provider,
        // Neither is built; GoTrue says so of a next key, too, where it has no SAML.
        saml_enabled: false,
        saml_private_key_next_configured: true,
        passkeys_enabled: false,
    };
    Ok(reply::json(StatusCode::OK, text(&public)))
}

fn external(settings: &Settings) -> External {
    let on = |name: &str| {
        let provider = settings.providers.get(name);
        provider.is_some_and(|provider| provider.enabled)
    };
    External {
        anonymous_users: settings.signup.anonymous_enabled,
        apple: on("apple"),
        azure: on("azure"),
        bitbucket: on("bitbucket"),
        discord: on("discord"),
        facebook: on("facebook"),
        snapchat: on("snapchat"),
        figma: on("figma"),
        fly: on("fly"),
        github: on("github"),
        gitlab: on("gitlab"),
        google: on("google"),
        keycloak: on("keycloak"),
        kakao: on("kakao"),
        linkedin: on("linkedin"),
        linkedin_oidc: on("linkedin_oidc"),
        notion: on("notion"),
        spotify: on("spotify"),
        slack: on("slack"),
        slack_oidc: on("slack_oidc"),
        workos: on("workos"),
        twitch: on("twitch"),
        twitter: on("twitter"),
        email: settings.email.enabled,
        phone: settings.phone.enabled,
        zoom: on("zoom"),
    }
}
