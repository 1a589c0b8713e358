//! `[email]`: sign-in by e-mail, and what the mails look like.

use serde::{Deserialize, Serialize};
use types::Span;

/// `[email]`: sign-in by e-mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailSettings {
    /// E-mail addresses can be used at all.
    pub enabled: bool,
    /// Sign-in by a mailed link or code is possible.
    pub magic_link_enabled: bool,
    /// Addresses count as confirmed without a mail.
    pub autoconfirm: bool,
    /// Users may sign in before they have confirmed their address.
    pub allow_unverified_sign_ins: bool,
    /// A change of address must be confirmed from both addresses.
    pub secure_change_enabled: bool,
    /// How long a mailed link or code is good for.
    pub otp_span: Span,
    /// Digits of a code, 6 to 10.
    pub otp_length: u8,
    /// Shortest span between two mails to one user.
    pub max_frequency: Span,
    /// When not empty, mails go to these addresses only.
    pub authorized_addresses: Vec<String>,
    /// Subjects, bodies and link paths, by kind of mail.
    pub templates: MailTemplates,
}

/// The kinds of mail, by GoTrue's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MailKind {
    /// An administrator's invitation.
    Invite,
    /// Confirmation of a new account.
    Confirmation,
    /// Recovery of an account.
    Recovery,
    /// Sign-in by link or code.
    MagicLink,
    /// Change of address.
    EmailChange,
    /// A code for re-authentication.
    Reauthentication,
}

/// One template per kind of mail.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailTemplates {
    /// See [`MailKind::Invite`].
    pub invite: MailTemplate,
    /// See [`MailKind::Confirmation`].
    pub confirmation: MailTemplate,
    /// See [`MailKind::Recovery`].
    pub recovery: MailTemplate,
    /// See [`MailKind::MagicLink`].
    pub magic_link: MailTemplate,
    /// See [`MailKind::EmailChange`].
    pub email_change: MailTemplate,
    /// See [`MailKind::Reauthentication`].
    pub reauthentication: MailTemplate,
}

/// One kind of mail; an empty field means the built-in one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailTemplate {
    /// The subject, a template.
    pub subject: String,
    /// The HTML body, a template with GoTrue's variables (`{{ .ConfirmationURL }}`, ...).
    pub html: String,
    /// The plain text body, a template; empty: made from the HTML.
    pub text: String,
    /// The path of the link, below the external URL.
    pub url_path: String,
}

impl MailTemplates {
    /// The template of one kind of mail.
    pub const fn of(&self, kind: MailKind) -> &MailTemplate {
        match kind {
            MailKind::Invite => &self.invite,
            MailKind::Confirmation => &self.confirmation,
            MailKind::Recovery => &self.recovery,
            MailKind::MagicLink => &self.magic_link,
            MailKind::EmailChange => &self.email_change,
            MailKind::Reauthentication => &self.reauthentication,
        }
    }
}

impl Default for EmailSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            magic_link_enabled: true,
            autoconfirm: false,
            allow_unverified_sign_ins: false,
            secure_change_enabled: true,
            otp_span: Span::seconds(3600),
            otp_length: 6,
            max_frequency: Span::seconds(60),
            authorized_addresses: Vec::new(),
            templates: MailTemplates::default(),
        }
    }
}

impl MailKind {
    /// GoTrue's name of the kind, in the outbox and in logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Confirmation => "confirmation",
            Self::Recovery => "recovery",
            Self::MagicLink => "magic_link",
            Self::EmailChange => "email_change",
            Self::Reauthentication => "reauthentication",
        }
    }
}
