//! `GET /security-info`: the rules and limits that are in force, read from where they are enforced.

use crate::account::error::Failure;
use crate::account::wire;
use crate::http::exchange::Exchange;
use crate::http::limits::Limiter;
use crate::http::reply::Reply;
use axum::http::StatusCode;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use types::limits::{PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MAX};

/// The limits that are told, by the name of what they limit.
const LIMITERS: [(&str, Limiter); 5] = [
    ("login", Limiter::AccountLogin),
    ("register", Limiter::AccountRegister),
    ("refresh", Limiter::AccountRefresh),
    ("password_reset", Limiter::AccountReset),
    ("password_reset_confirm", Limiter::AccountResetConfirm),
];

#[derive(Debug, Serialize)]
struct SecurityBody<'a> {
    password: PasswordBody<'a>,
    rate_limits: RatesBody,
    sessions: SessionsBody,
    password_reset: ResetBody,
}

#[derive(Debug, Serialize)]
struct PasswordBody<'a> {
    characters_min: usize,
    characters_max: usize,
    bytes_max: usize,
    requires: [&'static str; 2],
    required_characters: &'a [String],
}

/// Requests of one address; none where addresses are not counted.
#[derive(Debug, Serialize)]
struct RatesBody {
    enforced: bool,
    per_address: BTreeMap<&'static str, RateBody>,
}

#[derive(Debug, Serialize)]
struct RateBody {
    requests: u32,
    seconds: u64,
}

/// Spans in seconds; `null` where there is no limit.
#[derive(Debug, Serialize)]
struct SessionsBody {
    access_token_seconds: u64,
    unremembered_seconds: u64,
    longest_seconds: Option<u64>,
    inactivity_seconds: Option<u64>,
}

#[derive(Debug, Serialize)]
struct ResetBody {
    link_seconds: u64,
    ends_sessions: bool,
}

/// Tells the rules.
pub(super) async fn tell(exchange: &Exchange) -> Result<Reply, Failure> {
    let app = &exchange.app;
    let settings = app.authn.settings();
    let rules = app.authn.password_rules();
    let limit = |span: Duration| (!span.is_zero()).then_some(span.as_secs());
    let body = SecurityBody {
        password: PasswordBody {
            characters_min: rules.characters_min(),
            characters_max: PASSWORD_CHARACTERS_MAX,
            bytes_max: PASSWORD_BYTES_MAX,
            requires: ["letter", "digit"],
            required_characters: rules.required_characters(),
        },
        rate_limits: rates(exchange),
        sessions: SessionsBody {
            access_token_seconds: settings.jwt.access_span.0.as_secs(),
            unremembered_seconds: settings.account.unremembered_session_span.0.as_secs(),
            longest_seconds: limit(settings.sessions.timebox.0),
            inactivity_seconds: limit(settings.sessions.inactivity_timeout.0),
        },
        password_reset: ResetBody {
            link_seconds: settings.email.otp_span.0.as_secs(),
            ends_sessions: true,
        },
    };
    Ok(wire::json(StatusCode::OK, &body))
}

fn rates(exchange: &Exchange) -> RatesBody {
    let app = &exchange.app;
    let enforced = app.border.counts_clients();
    let told = LIMITERS.into_iter().filter(|_| enforced);
    let per_address = told.filter_map(|(name, limiter)| {
        let rate = app.limiters.rate(limiter)?;
        let rate = RateBody {
            requests: rate.amount,
            seconds: rate.period.as_secs(),
        };
        Some((name, rate))
    });
    RatesBody {
        enforced,
        per_address: per_address.collect(),
    }
}
