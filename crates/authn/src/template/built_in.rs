//! The mails that are sent when nothing is configured.

use crate::settings::MailKind;

/// Subject and HTML body of a kind of mail, as templates. The subjects are part of what clients of
/// GoTrue see and equal its own.
pub(super) const fn texts(kind: MailKind) -> (&'static str, &'static str) {
    match kind {
        MailKind::Invite => (
            "You've been invited",
            "<h2>Invitation</h2>\n\
             <p>An account at {{ .SiteURL }} is waiting for {{ .Email }}.</p>\n\
             <p><a href=\"{{ .ConfirmationURL }}\">Open my account</a></p>\n\
             <p>If you do not want it, simply delete this message.</p>\n",
        ),
        MailKind::Confirmation => (
            "Confirm your email address",
            "<h2>One more step</h2>\n\
             <p>Please confirm that {{ .Email }} is yours. Then your account is ready.</p>\n\
             <p><a href=\"{{ .ConfirmationURL }}\">This is my address</a></p>\n\
             <p>Or enter this code: <strong>{{ .Token }}</strong></p>\n",
        ),
        MailKind::Recovery => (
            "Reset your password",
            "<h2>Back into your account</h2>\n\
             <p>With this link you can set another password.</p>\n\
             <p><a href=\"{{ .ConfirmationURL }}\">Set another password</a></p>\n\
             {{ if .Token }}<p>Or enter this code: <strong>{{ .Token }}</strong></p>\n\
             {{ end }}\
             <p>If you did not ask for this, nothing needs to be done: your password stays as \
             it is.</p>\n",
        ),
        MailKind::MagicLink => (
            "Your sign-in link",
            "<h2>Sign in</h2>\n\
             <p>This link works once, and not for long.</p>\n\
             <p><a href=\"{{ .ConfirmationURL }}\">Sign in now</a></p>\n\
             <p>Or enter this code: <strong>{{ .Token }}</strong></p>\n\
             <p>If you did not ask for this, somebody may have mistyped their address.</p>\n",
        ),
        MailKind::EmailChange => (
            "Confirm your new email address",
            "<h2>A new address for your account</h2>\n\
             <p>The account{{ if .Email }} of {{ .Email }}{{ end }} is about to move to \
             {{ .NewEmail }}.</p>\n\
             <p><a href=\"{{ .ConfirmationURL }}\">Agree to the change</a></p>\n\
             <p>Or enter this code: <strong>{{ .Token }}</strong></p>\n\
             <p>If you did not ask for this, do not follow the link: the address stays as it \
             is.</p>\n",
        ),
        MailKind::Reauthentication => (
            "{{ .Token }} is your verification code",
            "<h2>Is it you?</h2>\n\
             <p>Enter this code to go on: <strong>{{ .Token }}</strong></p>\n\
             <p>Do not pass it on: nobody else needs it.</p>\n",
        ),
    }
}
