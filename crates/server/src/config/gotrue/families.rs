//! The variables of GoTrue that come once for each provider, kind of mail, hook or notice.

use super::read::{self, Read};
use super::unbuilt::on;
use super::{Effect, Variable};

/// The places at which GoTrue calls hooks.
pub(super) const HOOKS: &[&str] = &[
    "MFA_VERIFICATION_ATTEMPT",
    "PASSWORD_VERIFICATION_ATTEMPT",
    "CUSTOM_ACCESS_TOKEN",
    "SEND_EMAIL",
    "SEND_SMS",
    "BEFORE_USER_CREATED",
    "AFTER_USER_CREATED",
];

/// The changes of which GoTrue can notify users.
const NOTIFICATIONS: &[&str] = &[
    "PASSWORD_CHANGED",
    "EMAIL_CHANGED",
    "PHONE_CHANGED",
    "IDENTITY_LINKED",
    "IDENTITY_UNLINKED",
    "MFA_FACTOR_ENROLLED",
    "MFA_FACTOR_UNENROLLED",
];

/// The variables of one provider: `name` in the variables, `provider` in our settings.
pub(super) fn provider(name: &str, provider: &str) -> Vec<Variable> {
    let rows: [(&str, &str, Read); 7] = [
        ("ENABLED", "enabled", read::switch),
        ("CLIENT_ID", "client_id", read::list),
        ("SECRET", "secret", read::text),
        ("REDIRECT_URI", "redirect_uri", read::text),
        ("URL", "url", read::text),
        ("SKIP_NONCE_CHECK", "skip_nonce_check", read::switch),
        ("EMAIL_OPTIONAL", "email_optional", read::switch),
    ];
    let mut variables: Vec<Variable> = rows
        .into_iter()
        .map(|(suffix, setting, read)| {
            let path = format!("providers.{provider}.{setting}");
            let effect = Effect::Sets { path, read };
            Variable::new(format!("GOTRUE_EXTERNAL_{name}_{suffix}"), effect)
        })
        .collect();
    variables.push(Variable::new(
        format!("GOTRUE_EXTERNAL_{name}_API_URL"),
        Effect::Ignored {
            because: "the provider's URL is enough to find its API",
        },
    ));
    variables
}

/// The variables of one kind of mail: `name` in the variables, `kind` in our settings.
pub(super) fn mail(name: &str, kind: &str) -> Vec<Variable> {
    let path = |setting: &str| format!("email.templates.{kind}.{setting}");
    let text = |setting| Effect::Sets {
        path: path(setting),
        read: read::text,
    };
    let template = Effect::Template { path: path("html") };
    let link = match kind {
        "magic_link" => Effect::Ignored {
            because: "the path is that of GOTRUE_MAILER_URLPATHS_RECOVERY, as in GoTrue",
        },
        "reauthentication" => Effect::Ignored {
            because: "these mails have no link",
        },
        _ => text("url_path"),
    };
    vec![
        Variable::new(format!("GOTRUE_MAILER_SUBJECTS_{name}"), text("subject")),
        Variable::new(format!("GOTRUE_MAILER_TEMPLATES_{name}"), template),
        Variable::new(format!("GOTRUE_MAILER_URLPATHS_{name}"), link),
    ]
}

/// The variables of one hook.
pub(super) fn hook(point: &str) -> Vec<Variable> {
    let off = Effect::Ignored {
        because: "hooks cannot be switched on yet",
    };
    vec![
        Variable::new(
            format!("GOTRUE_HOOK_{point}_ENABLED"),
            Effect::Refused {
                when: "true",
                is_refused: on,
                because: "hooks are not supported yet",
            },
        ),
        Variable::new(format!("GOTRUE_HOOK_{point}_URI"), off.clone()),
        Variable::new(format!("GOTRUE_HOOK_{point}_SECRETS"), off),
    ]
}

/// The variables of the notices that users get after a change.
pub(super) fn notifications() -> Vec<Variable> {
    let unsent = Effect::Ignored {
        because: "notices of changes are not sent yet",
    };
    NOTIFICATIONS
        .iter()
        .flat_map(|change| {
            let template = |kind| format!("GOTRUE_MAILER_{kind}_{change}_NOTIFICATION");
            [
                Variable::new(
                    format!("GOTRUE_MAILER_NOTIFICATIONS_{change}_ENABLED"),
                    Effect::Refused {
                        when: "true",
                        is_refused: on,
                        because: "notices of changes are not sent yet",
                    },
                ),
                Variable::new(template("SUBJECTS"), unsent.clone()),
                Variable::new(template("TEMPLATES"), unsent.clone()),
                Variable::new(template("URLPATHS"), unsent.clone()),
            ]
        })
        .collect()
}
