//! The table of built-in providers.

/// The first part of a provider's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// There is one.
    Fixed(&'static str),
    /// The operator may name another one.
    Default(&'static str),
    /// The operator must name one; else this is wrong.
    Required(&'static str),
    /// The provider speaks a protocol that this server does not.
    Unspoken(&'static str),
}

/// What is known about one provider.
#[derive(Debug)]
pub(super) struct BuiltIn {
    name: &'static str,
    pub(super) base: Base,
    /// Where users are sent to, below the base.
    pub(super) path: &'static str,
    /// What is always asked for.
    scopes: &'static [&'static str],
    /// Whether a request may ask for more.
    takes_scopes: bool,
    /// Parameters that every request has.
    pub(super) fixed: &'static [(&'static str, &'static str)],
    /// Whether parameters of the request are passed on.
    pub(super) forwards: bool,
    /// The provider wants a challenge of ours (RFC 7636).
    pub(super) wants_challenge: bool,
}

const SNAPCHAT_SCOPES: &[&str] = &[
    "https://auth.snapchat.com/oauth2/api/user.external_id",
    "https://auth.snapchat.com/oauth2/api/user.display_name",
    "https://auth.snapchat.com/oauth2/api/user.bitmoji.avatar",
];
const KAKAO_SCOPES: &[&str] = &["account_email", "profile_image", "profile_nickname"];
const SLACK_SCOPES: &[&str] = &["profile", "email", "openid"];
const X_SCOPES: &[&str] = &["users.email", "tweet.read", "users.read", "offline.access"];
const NO_KEYCLOAK: &str = "unable to find URL for the Keycloak provider";
const NO_OAUTH_1: &str =
    "twitter speaks OAuth 1.0a, which this server does not; x does not need it";

/// A provider with an address that the operator may replace, and with further scopes.
const fn open(
    name: &'static str,
    base: &'static str,
    path: &'static str,
    scopes: &'static [&'static str],
) -> BuiltIn {
    BuiltIn {
        name,
        base: Base::Default(base),
        path,
        scopes,
        takes_scopes: true,
        fixed: &[],
        forwards: true,
        wants_challenge: false,
    }
}

/// The same with these scopes only.
const fn closed(
    name: &'static str,
    base: &'static str,
    path: &'static str,
    scopes: &'static [&'static str],
) -> BuiltIn {
    BuiltIn {
        takes_scopes: false,
        ..open(name, base, path, scopes)
    }
}

const PROVIDERS: &[BuiltIn] = &[
    BuiltIn {
        base: Base::Fixed("https://appleid.apple.com"),
        fixed: &[("response_mode", "form_post")],
        forwards: false,
        ..closed("apple", "", "/auth/authorize", &["email", "name"])
    },
    open(
        "azure",
        "https://login.microsoftonline.com/common",
        "/oauth2/v2.0/authorize",
        &["openid"],
    ),
    closed(
        "bitbucket",
        "https://bitbucket.org",
        "/site/oauth2/authorize",
        &["account", "email"],
    ),
    open(
        "discord",
        "https://discord.com",
        "/api/oauth2/authorize",
        &["email", "identify"],
    ),
    open(
        "facebook",
        "https://www.facebook.com",
        "/dialog/oauth",
        &["email"],
    ),
    open(
        "figma",
        "https://www.figma.com",
        "/oauth",
        &["current_user:read"],
    ),
    open("fly", "https://api.fly.io", "/oauth/authorize", &["read"]),
    open(
        "github",
        "https://github.com",
        "/login/oauth/authorize",
        &["user:email"],
    ),
    open(
        "gitlab",
        "https://gitlab.com",
        "/oauth/authorize",
        &["read_user"],
    ),
    BuiltIn {
        base: Base::Fixed("https://accounts.google.com"),
        ..open("google", "", "/o/oauth2/v2/auth", &["email", "profile"])
    },
    open(
        "kakao",
        "https://kauth.kakao.com",
        "/oauth/authorize",
        KAKAO_SCOPES,
    ),
    BuiltIn {
        base: Base::Required(NO_KEYCLOAK),
        ..open(
            "keycloak",
            "",
            "/protocol/openid-connect/auth",
            &["profile", "email"],
        )
    },
    open(
        "linkedin",
        "https://api.linkedin.com",
        "/oauth/v2/authorization",
        &["r_emailaddress", "r_liteprofile"],
    ),
    open(
        "linkedin_oidc",
        "https://api.linkedin.com",
        "/oauth/v2/authorization",
        &["openid", "email", "profile"],
    ),
    closed(
        "notion",
        "https://api.notion.com",
        "/v1/oauth/authorize",
        &[],
    ),
    open(
        "slack",
        "https://slack.com",
        "/oauth/authorize",
        SLACK_SCOPES,
    ),
    open(
        "slack_oidc",
        "https://slack.com",
        "/openid/connect/authorize",
        SLACK_SCOPES,
    ),
    open(
        "snapchat",
        "https://accounts.snapchat.com",
        "/accounts/oauth2/auth",
        SNAPCHAT_SCOPES,
    ),
    open(
        "spotify",
        "https://accounts.spotify.com",
        "/authorize",
        &["user-read-email"],
    ),
    open(
        "twitch",
        "https://id.twitch.tv",
        "/oauth2/authorize",
        &["user:read:email"],
    ),
    BuiltIn {
        base: Base::Unspoken(NO_OAUTH_1),
        ..closed("twitter", "", "", &[])
    },
    open(
        "vercel_marketplace",
        "https://api.vercel.com",
        "/oauth/v2/authorization",
        &[],
    ),
    closed("workos", "https://api.workos.com", "/sso/authorize", &[]),
    BuiltIn {
        wants_challenge: true,
        ..open("x", "https://x.com", "/i/oauth2/authorize", X_SCOPES)
    },
    closed("zoom", "https://zoom.us", "/oauth/authorize", &[]),
];

/// The provider of this name.
pub(super) fn find(name: &str) -> Option<&'static BuiltIn> {
    PROVIDERS.iter().find(|provider| provider.name == name)
}

impl BuiltIn {
    /// What to ask for: the provider's own scopes, and those of the request, which separates them
    /// by commas.
    pub(super) fn scopes(&self, wanted: &str) -> Vec<String> {
        let own = self.scopes.iter().map(|scope| (*scope).to_owned());
        let wanted = if self.takes_scopes { wanted } else { "" };
        let further = wanted.split(',').filter(|_| !wanted.is_empty());
        own.chain(further.map(str::to_owned)).collect()
    }
}
