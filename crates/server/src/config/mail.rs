//! `[mail]` and `[smtp]`: where mails go.

use super::key::{Section, key};
use super::kind::Kind::{Choice, ListMap, Secret as SecretText, Text, Whole};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use types::Secret;

pub(crate) const MAIL: Section = Section {
    name: "mail",
    about: "Where mails go.",
    keys: &[key(
        "mail.delivery",
        Choice(&["auto", "inbox", "smtp"]),
        "Over SMTP, or kept in the inbox page, which is there in development mode only; auto is \
         SMTP when it has a host, and else the inbox in development mode.",
    )],
};

pub(crate) const SMTP: Section = Section {
    name: "smtp",
    about: "The mail server.",
    keys: &[
        key(
            "smtp.host",
            Text,
            "The mail server; empty means that there is none.",
        ),
        key(
            "smtp.port",
            Whole(1, 65_535),
            "Its port: 587 for submission, 465 for implicit TLS.",
        ),
        key("smtp.user", Text, "The user name; empty means no login."),
        key("smtp.password", SecretText, "The password."),
        key("smtp.admin_email", Text, "The address that mails are from."),
        key("smtp.sender_name", Text, "The name that mails are from."),
        key(
            "smtp.security",
            Choice(&["auto", "implicit", "starttls", "opportunistic", "none"]),
            "TLS: auto is implicit on port 465 and STARTTLS otherwise; opportunistic uses \
             STARTTLS when offered, and insists on it where a password would go to another \
             machine.",
        ),
        key("smtp.headers", ListMap, "Further headers of every mail."),
    ],
};

/// Where mails go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailDelivery {
    /// Kept for the inbox page.
    Inbox,
    /// Sent over SMTP.
    Smtp,
    /// No mail server is configured: mails wait in the outbox and end in the dead letter list.
    Nowhere,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// Implicit on port 465 and STARTTLS otherwise; [`Smtp`] never holds this, it is decided.
    #[default]
    Auto,
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// STARTTLS is required (RFC 3207).
    Starttls,
    /// STARTTLS when the server offers it; required where a login goes to another machine.
    Opportunistic,
    /// Never TLS.
    None,
}

/// The mail server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Smtp {
    /// Its name; empty when there is none.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The user name; empty: no login.
    pub user: String,
    /// The password.
    #[serde(skip)]
    pub password: Option<Secret<String>>,
    /// The address that mails are from.
    pub admin_email: String,
    /// The name that mails are from.
    pub sender_name: String,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// Further headers of every mail.
    pub headers: BTreeMap<String, Vec<String>>,
}

/// `[mail]` as it is written.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MailSection {
    pub(crate) delivery: DeliveryChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeliveryChoice {
    #[default]
    Auto,
    Inbox,
    Smtp,
}

impl Default for Smtp {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 587,
            user: String::new(),
            password: None,
            admin_email: String::new(),
            sender_name: String::new(),
            security: SmtpSecurity::default(),
            headers: BTreeMap::new(),
        }
    }
}

impl Smtp {
    /// What is said to the mail server stays on this machine.
    pub(crate) fn is_on_this_machine(&self) -> bool {
        is_this_machine(&self.host)
    }

    /// Decides `auto`.
    pub(crate) fn decide_security(&mut self) {
        if self.security == SmtpSecurity::Auto {
            self.security = match self.port {
                465 => SmtpSecurity::Implicit,
                _ => SmtpSecurity::Starttls,
            };
        }
    }
}

/// The host of a mail server is this machine.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let is_loopback = host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    is_loopback || host.eq_ignore_ascii_case("localhost")
}
