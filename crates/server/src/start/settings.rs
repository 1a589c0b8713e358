//! What the flows, the limits and the border get of the configuration, with what only the server
//! knows filled in.

use crate::app::BorderSettings;
use crate::config::{Budget, Config, Rate as RateSetting};
use crate::http::limits::LimitRates;
use authn::settings::Settings;
use resilience::rate::Rate;
use std::time::Duration;

/// Where this server verifies links, below its external URL's host.
const VERIFY_PATH: &str = "/auth/v1/verify";
/// The period of a budget that is given as a bare number.
const HOUR: Duration = Duration::from_hours(1);

/// What the flows obey. Links in mails lead to where this server answers, unless the operator has
/// given another path, behind a gateway for example.
pub(super) fn flows(config: &Config) -> Settings {
    let mut settings = config.authn.clone();
    let templates = &mut settings.email.templates;
    for template in [
        &mut templates.invite,
        &mut templates.confirmation,
        &mut templates.recovery,
        &mut templates.magic_link,
        &mut templates.email_change,
        &mut templates.reauthentication,
    ] {
        if template.url_path.is_empty() {
            VERIFY_PATH.clone_into(&mut template.url_path);
        }
    }
    settings
}

/// A budget as it is configured.
pub(super) fn budget(setting: Budget) -> Rate {
    match setting {
        Budget::Hourly(events) => Rate::per(events, HOUR),
        Budget::Bucket(rate) => Rate::per(rate.events, rate.span.0),
    }
}

/// The limits per address.
pub(super) fn limit_rates(config: &Config) -> LimitRates {
    let limits = &config.limits;
    let with_burst = |rate: RateSetting| Rate {
        burst: limits.burst,
        amount: rate.events,
        period: rate.span.0,
    };
    LimitRates {
        otp: with_burst(limits.otp),
        token: with_burst(limits.token),
        verify: with_burst(limits.verify),
        anonymous: Rate::per(limits.anonymous.events, limits.anonymous.span.0),
        factor: with_burst(limits.mfa),
    }
}

/// How the border behaves.
pub(super) fn border(config: &Config) -> BorderSettings {
    let http = &config.http;
    let lower = |name: &String| name.to_ascii_lowercase();
    BorderSettings {
        request_span: http.request_deadline.0,
        deletion_span: http.deletion_deadline.0,
        check_span: config.openfga.check_deadline.0,
        list_span: config.openfga.list_deadline.0,
        cors_allowed_headers: http.cors_allowed_headers.iter().map(lower).collect(),
        trusted_proxies: http.trusted_proxies.clone(),
        rate_limit_header: http.rate_limit_header.to_ascii_lowercase(),
        sb_forwarded_for: http.sb_forwarded_for_enabled,
        count_peers: config.limits.by_peer_address,
        request_id_header: http.request_id_header.to_ascii_lowercase(),
        also_at_root: http.also_at_root,
    }
}
