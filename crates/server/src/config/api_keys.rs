//! `[api_keys]`: what applications present.

use super::key::{Section, key};
use super::kind::Kind::Secret as SecretText;
use super::problem::Fault;
use super::signing::{Reach, is_repetitive};
use types::Secret;

pub(crate) const API_KEYS: Section = Section {
    name: "api_keys",
    about: "What applications present as `apikey`; generated in the data directory when nothing \
     is given.",
    keys: &[
        key(
            "api_keys.publishable",
            SecretText,
            "The key of browsers and apps, `sb_publishable_...`.",
        ),
        key(
            "api_keys.secret",
            SecretText,
            "The key of servers, `sb_secret_...`.",
        ),
        key(
            "api_keys.anon",
            SecretText,
            "The legacy JWT of browsers and apps.",
        ),
        key(
            "api_keys.service_role",
            SecretText,
            "The legacy JWT of servers.",
        ),
    ],
};

/// What applications present as `apikey`. What is missing is generated on the first start.
#[derive(Debug, Clone, Default)]
pub struct ApiKeys {
    /// The key of browsers and apps.
    pub publishable: Option<Secret<String>>,
    /// The key of servers.
    pub secret: Option<Secret<String>>,
    /// The legacy JWT of browsers and apps.
    pub anon: Option<Secret<String>>,
    /// The legacy JWT of servers.
    pub service_role: Option<Secret<String>>,
}

/// The least behind the prefix: 22 characters of 64 kinds are 132 bits, what Supabase's own keys
/// have.
const CHANCE_LEAST: usize = 22;
/// The key that every local Supabase has; everybody can present it.
const PUBLISHED_KEY: &str = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz";

impl ApiKeys {
    /// Nothing has to be generated.
    pub const fn is_complete(&self) -> bool {
        self.publishable.is_some()
            && self.secret.is_some()
            && self.anon.is_some()
            && self.service_role.is_some()
    }
}

/// Checks that an opaque key begins as its kind does, and that nobody guesses the rest.
pub(crate) fn check_opaque(key: &Secret<String>, prefix: &str, reach: Reach) -> Result<(), Fault> {
    let refuse = |what: String| {
        let make = format!("make one with `echo {prefix}$(openssl rand -hex 16)`");
        Err(Fault::new(
            what,
            format!("leave it out to have one generated, or {make}"),
        ))
    };
    let Some(chance) = key.expose().strip_prefix(prefix) else {
        return refuse(format!("the key does not begin with `{prefix}`"));
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !chance.bytes().all(is_plain) {
        return refuse("the key has other characters than letters, digits, `-` and `_`".to_owned());
    }
    if chance.len() < CHANCE_LEAST {
        let length = chance.len();
        return refuse(format!(
            "the key is too short: {length} of at least {CHANCE_LEAST} characters behind `{prefix}`"
        ));
    }
    if is_repetitive(chance.as_bytes()) {
        return refuse("the key repeats a few characters and can be guessed".to_owned());
    }
    if key.expose() == PUBLISHED_KEY && reach == Reach::Network {
        return refuse("the key is the published example: everybody has it".to_owned());
    }
    Ok(())
}

/// Checks that a key looks like a JWT (RFC 7519); whether it is one of ours shows when the signing
/// keys are there.
pub(crate) fn check_legacy(key: &Secret<String>) -> Result<(), Fault> {
    let parts = key.expose().split('.').filter(|part| !part.is_empty());
    if parts.count() == 3 {
        return Ok(());
    }
    Err(Fault::new(
        "the key is no JWT",
        "leave it out to have one generated",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, reach: Reach) -> Result<(), String> {
        check_opaque(&Secret::new(key.to_owned()), "sb_secret_", reach).map_err(|fault| fault.what)
    }

    #[test]
    fn a_key_that_can_be_guessed_is_refused_with_the_reason() {
        for (key, fault) in [
            (
                "sb_publishable_0123456789abcdefghijkl",
                "the key does not begin with `sb_secret_`",
            ),
            (
                "sb_secret_x",
                "the key is too short: 1 of at least 22 characters behind `sb_secret_`",
            ),
            (
                "sb_secret_0123456789abcdefghijk",
                "the key is too short: 21 of at least 22 characters behind `sb_secret_`",
            ),
            (
                "sb_secret_0123456789 abcdefghijklmnop",
                "the key has other characters than letters, digits, `-` and `_`",
            ),
            (
                "sb_secret_abcabcabcabcabcabcabcabcabc",
                "the key repeats a few characters and can be guessed",
            ),
        ] {
            assert_eq!(check(key, Reach::Loopback), Err(fault.to_owned()));
        }
        assert_eq!(
            check("sb_secret_0123456789-bcdefghij_l", Reach::Network),
            Ok(())
        );
    }

    #[test]
    fn the_published_key_works_on_loopback_only() {
        assert_eq!(check(PUBLISHED_KEY, Reach::Loopback), Ok(()));
        assert!(check(PUBLISHED_KEY, Reach::Network).is_err());
    }

    #[test]
    fn a_legacy_key_looks_like_a_token() {
        let secret = |text: &str| Secret::new(text.to_owned());
        assert_eq!(check_legacy(&secret("a.b.c")), Ok(()));
        assert!(check_legacy(&secret("a.b")).is_err());
    }
}
