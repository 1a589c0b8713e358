//! What the settings of sign-in are called in the configuration: site, sign-up, contacts.

use super::key::{Section, key, later};
use super::kind::Kind::{Boolean, Choice, Document, List, Map, PositiveSpan, Span, Text, Whole};

/// The names of GoTrue's SMS providers.
const SMS_PROVIDERS: &[&str] = &[
    "",
    "twilio",
    "twilio_verify",
    "messagebird",
    "textlocal",
    "vonage",
];

pub(crate) const SITE: Section = Section {
    name: "site",
    about: "Where users come from and may be sent back to.",
    keys: &[
        key(
            "site.external_url",
            Text,
            "The public URL of this server; links in mails are built on it.",
        ),
        key(
            "site.site_url",
            Text,
            "The application's URL, to which users are sent when nothing else is asked for or \
             allowed.",
        ),
        key(
            "site.redirect_allow_list",
            List,
            "Globs of further redirect targets; `*` stops at `.` and `/`, `**` does not.",
        ),
        key(
            "site.profile",
            Choice(&["compat", "strict"]),
            "How links in mails behave: `compat` spends the token at once as GoTrue does, \
             `strict` asks first.",
        ),
    ],
};

pub(crate) const SIGNUP: Section = Section {
    name: "signup",
    about: "Who may register.",
    keys: &[
        key(
            "signup.disabled",
            Boolean,
            "Nobody may register by themselves; invitations and administrators still create users.",
        ),
        key(
            "signup.anonymous_enabled",
            Boolean,
            "Sign-in without any contact is possible.",
        ),
        key(
            "signup.manual_linking_enabled",
            Boolean,
            "Users may link further identities by themselves.",
        ),
    ],
};

pub(crate) const EMAIL: Section = Section {
    name: "email",
    about: "Sign-in by e-mail.",
    keys: &[
        key(
            "email.enabled",
            Boolean,
            "E-mail addresses can be used at all.",
        ),
        key(
            "email.magic_link_enabled",
            Boolean,
            "Sign-in by a mailed link or code is possible.",
        ),
        key(
            "email.autoconfirm",
            Boolean,
            "Addresses count as confirmed without a mail; on in development mode.",
        ),
        key(
            "email.allow_unverified_sign_ins",
            Boolean,
            "Users may sign in before they have confirmed their address.",
        ),
        key(
            "email.secure_change_enabled",
            Boolean,
            "A change of address must be confirmed from both addresses.",
        ),
        key(
            "email.otp_span",
            PositiveSpan,
            "How long a mailed link or code is good for.",
        ),
        key("email.otp_length", Whole(6, 10), "Digits of a mailed code."),
        key(
            "email.max_frequency",
            Span,
            "Shortest span between two mails to one user.",
        ),
        key(
            "email.authorized_addresses",
            List,
            "When not empty, mails go to these addresses only.",
        ),
    ],
};

pub(crate) const TEMPLATES: Section = Section {
    name: "email.templates.*",
    about: "One table for each kind of mail; an empty field means the built-in one.",
    keys: &[
        key(
            "email.templates.*.subject",
            Text,
            "The subject, a template.",
        ),
        key(
            "email.templates.*.html",
            Document,
            "The HTML body, a template with GoTrue's variables, for example `{{ .ConfirmationURL \
             }}`.",
        ),
        key(
            "email.templates.*.text",
            Document,
            "The plain text body, a template; empty means that it is made from the HTML.",
        ),
        key(
            "email.templates.*.url_path",
            Text,
            "The path of the link, below the external URL.",
        ),
    ],
};

pub(crate) const PHONE: Section = Section {
    name: "phone",
    about: "Sign-in by phone; text messages cannot be sent yet, fixed test codes work.",
    keys: &[
        key(
            "phone.enabled",
            Boolean,
            "Phone numbers can be used at all.",
        ),
        key(
            "phone.autoconfirm",
            Boolean,
            "Numbers count as confirmed without a code.",
        ),
        key(
            "phone.otp_span",
            PositiveSpan,
            "How long a code is good for.",
        ),
        later("phone.otp_length", Whole(6, 10), "Digits of a code."),
        key(
            "phone.max_frequency",
            Span,
            "Shortest span between two messages to one number.",
        ),
        key(
            "phone.test_otp",
            Map,
            "Numbers with a fixed code, to which nothing is ever sent.",
        ),
        key(
            "phone.test_otp_valid_until",
            Text,
            "RFC 3339 time until which the fixed codes work; empty means always.",
        ),
        key(
            "phone.provider",
            Choice(SMS_PROVIDERS),
            "The SMS provider, as `/settings` reports it.",
        ),
    ],
};

pub(crate) const PASSWORD: Section = Section {
    name: "password",
    about: "What a password must look like and what changing it requires.",
    keys: &[
        key("password.min_length", Whole(6, 72), "Fewest characters."),
        key(
            "password.required_characters",
            List,
            "Sets of characters; at least one character of each set is required.",
        ),
        key(
            "password.require_reauthentication",
            Boolean,
            "A session older than 24 h must present a mailed code to change the password.",
        ),
        key(
            "password.require_current_password",
            Boolean,
            "The old password must be presented to change it.",
        ),
    ],
};
