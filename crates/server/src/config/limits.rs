//! `[limits]`: how often things may be asked for.

use super::key::{Section, key, later};
use super::kind::Kind::{Boolean, Budget as BudgetText, Rate as RateText, Whole};
use super::rate::{Budget, Rate};
use serde::{Deserialize, Serialize};

pub(crate) const LIMITS: Section = Section {
    name: "limits",
    about: "How often things may be asked for; 0 events let nothing through.",
    keys: &[
        key(
            "limits.mails",
            BudgetText,
            "Mails of the whole server: 30 is so many an hour, 30/5m a bucket refilled over the \
             span.",
        ),
        key(
            "limits.sms",
            BudgetText,
            "Text messages of the whole server.",
        ),
        key(
            "limits.by_peer_address",
            Boolean,
            "The peer's address counts as the client when no header names it; off, only \
             http.rate_limit_header counts.",
        ),
        key(
            "limits.burst",
            Whole(1, 100_000),
            "How many requests in a row one address may make before a rate below slows it down.",
        ),
        key(
            "limits.otp",
            RateText,
            "Sign-ups, codes, links, recoveries and changes of one address, each counted apart.",
        ),
        key(
            "limits.token",
            RateText,
            "Requests for tokens of one address.",
        ),
        key(
            "limits.verify",
            RateText,
            "Verifications of codes and links of one address.",
        ),
        key(
            "limits.anonymous",
            RateText,
            "Anonymous sign-ins of one address; the burst is as large as the rate.",
        ),
        key(
            "limits.mfa",
            RateText,
            "Challenges and verifications of second factors of one address.",
        ),
        later("limits.sso", RateText, "Single sign-ons of one address."),
        later("limits.saml", RateText, "SAML assertions of one address."),
        later("limits.web3", RateText, "Wallet sign-ins of one address."),
        later(
            "limits.passkey",
            RateText,
            "Passkey requests of one address.",
        ),
        later(
            "limits.client_registration",
            RateText,
            "Registrations of OAuth clients of one address.",
        ),
    ],
};

/// How often things may be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Mails of the whole server.
    pub mails: Budget,
    /// Text messages of the whole server.
    pub sms: Budget,
    /// The peer's address (or what a trusted proxy says it is) counts as the client when no header
    /// names it. Off, as in GoTrue, the rates below apply only to requests that have the header
    /// of `http.rate_limit_header`.
    pub by_peer_address: bool,
    /// Requests in a row before a rate below slows an address down.
    pub burst: u32,
    /// Sign-ups, codes, links, recoveries, resends and changes, each counted apart.
    pub otp: Rate,
    /// Requests for tokens.
    pub token: Rate,
    /// Verifications of codes and links.
    pub verify: Rate,
    /// Anonymous sign-ins; the burst is as large as the rate.
    pub anonymous: Rate,
    /// Challenges of second factors, and verifications, counted apart.
    pub mfa: Rate,
    /// Single sign-ons.
    pub sso: Rate,
    /// SAML assertions.
    pub saml: Rate,
    /// Wallet sign-ins.
    pub web3: Rate,
    /// Passkey requests.
    pub passkey: Rate,
    /// Registrations of OAuth clients.
    pub client_registration: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mails: Budget::Hourly(30),
            sms: Budget::Hourly(30),
            by_peer_address: true,
            burst: 30,
            otp: Rate::per(30, 300),
            token: Rate::per(150, 300),
            verify: Rate::per(30, 300),
            anonymous: Rate::per(30, 3600),
            mfa: Rate::per(15, 60),
            sso: Rate::per(30, 300),
            saml: Rate::per(15, 300),
            web3: Rate::per(30, 300),
            passkey: Rate::per(30, 300),
            client_registration: Rate::per(10, 300),
        }
    }
}
