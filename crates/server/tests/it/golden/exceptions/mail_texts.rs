//! The built-in mails: their subjects and links are as recorded, their words are ours.

use super::Exception;

const OWN_WORDS: &str = "the words of the built-in mails are ours";

macro_rules! link {
    ($hash:literal, $kind:literal) => {
        concat!(
            r#"<p><a href=\"http://auth.example.test/verify?token=<hex56:"#,
            $hash,
            r#">&amp;type="#,
            $kind,
            r#"&amp;redirect_to=http://app.example.test\">"#
        )
    };
}

macro_rules! code {
    ($number:literal) => {
        concat!(
            r#"</a></p>\n<p>Or enter this code: <strong><otp6:"#,
            $number,
            r#"></strong></p>\n"#
        )
    };
}

macro_rules! confirmation {
    ($email:literal, $hash:literal) => {
        Some(concat!(
            r#""<h2>One more step</h2>\n<p>Please confirm that "#,
            $email,
            r#" is yours. Then your account is ready.</p>\n"#,
            link!($hash, "signup"),
            "This is my address",
            code!("901"),
            r#"""#
        ))
    };
}

macro_rules! change {
    ($hash:literal, $code:literal) => {
        Some(concat!(
            r#""<h2>A new address for your account</h2>\n<p>The account of ada@example.com is about "#,
            r#"to move to ada2@example.com.</p>\n"#,
            link!($hash, "email_change"),
            "Agree to the change",
            code!($code),
            r#"<p>If you did not ask for this, do not follow the link: the address stays as it is."#,
            r#"</p>\n""#
        ))
    };
}

const MAGIC_LINK: Option<&str> = Some(concat!(
    r#""<h2>Sign in</h2>\n<p>This link works once, and not for long.</p>\n"#,
    link!("10", "magiclink"),
    "Sign in now",
    code!("901"),
    r#"<p>If you did not ask for this, somebody may have mistyped their address.</p>\n""#
));
const RECOVERY: Option<&str> = Some(concat!(
    r#""<h2>Back into your account</h2>\n<p>With this link you can set another password.</p>\n"#,
    link!("8", "recovery"),
    "Set another password",
    code!("902"),
    r#"<p>If you did not ask for this, nothing needs to be done: your password stays as it is."#,
    r#"</p>\n""#
));

/// The exceptions.
pub(super) const LIST: &[Exception] = &[
    Exception {
        file: "signup",
        entry: "default_mail_template",
        reason: OWN_WORDS,
        ours: &[("/mail/0/body", confirmation!("tpl@example.com", "9"))],
    },
    Exception {
        file: "otp_magiclink",
        entry: "otp_autoconfirm_instance_new",
        reason: OWN_WORDS,
        ours: &[("/mail/0/body", MAGIC_LINK)],
    },
    Exception {
        file: "resend_reauthenticate",
        entry: "limited_signup",
        reason: OWN_WORDS,
        ours: &[("/mail/0/body", confirmation!("lim@example.com", "7"))],
    },
    Exception {
        file: "resend_reauthenticate",
        entry: "limited_recover_unconfirmed",
        reason: OWN_WORDS,
        ours: &[("/mail/0/body", RECOVERY)],
    },
    Exception {
        file: "user_get_put",
        entry: "put_email_autoconfirm_still_pending",
        reason: OWN_WORDS,
        ours: &[
            ("/mail/0/body", change!("1", "901")),
            ("/mail/1/body", change!("2", "902")),
        ],
    },
];
