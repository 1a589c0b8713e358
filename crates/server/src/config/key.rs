//! What can be set: a path, a kind of value, a sentence. The section files list their keys.

use super::kind::Kind;
use super::{
    account, api_keys, authzen, factors, http, limits, listen, log, mail, openfga, sign_in,
    signing, storage, tokens,
};
use authn::settings::BUILT_IN_PROVIDERS;
use std::collections::BTreeMap;

/// One setting.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// `section.name`; a `*` stands for the name of a provider or of a kind of mail.
    pub(crate) path: &'static str,
    pub(crate) kind: Kind,
    /// One sentence for the operator.
    pub(crate) about: &'static str,
    stage: Stage,
}

/// Whether something reads the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Built,
    /// Accepted, so that a configuration need not change when the feature comes.
    Later,
}

/// One line of a section's list.
pub(crate) const fn key(path: &'static str, kind: Kind, about: &'static str) -> Key {
    Key {
        path,
        kind,
        about,
        stage: Stage::Built,
    }
}

/// One line of a section's list, of which nothing comes yet.
pub(crate) const fn later(path: &'static str, kind: Kind, about: &'static str) -> Key {
    Key {
        path,
        kind,
        about,
        stage: Stage::Later,
    }
}

impl Key {
    /// Nothing comes of the setting yet.
    pub(crate) fn is_later(&self) -> bool {
        self.stage == Stage::Later
    }

    /// The sentence as it is published.
    pub(crate) fn description(&self) -> String {
        match self.stage {
            Stage::Built => self.about.to_owned(),
            Stage::Later => format!("{} Not built yet: no effect.", self.about),
        }
    }
}

/// One table of the configuration file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Section {
    /// The table's name; empty for what stands above the first table.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) keys: &'static [Key],
}

/// The kinds of mail, as tables below `email.templates`.
pub(crate) const MAIL_KINDS: &[&str] = &[
    "invite",
    "confirmation",
    "recovery",
    "magic_link",
    "email_change",
    "reauthentication",
];

/// Providers that an operator adds are named `custom:...`, as GoTrue names them.
pub(crate) const CUSTOM_PROVIDER: &str = "custom:";

/// Every table, in the order in which it is documented.
pub(crate) const SECTIONS: &[Section] = &[
    listen::TOP,
    listen::LISTEN,
    storage::DATABASE,
    storage::REDIS,
    signing::KEYS,
    api_keys::API_KEYS,
    sign_in::SITE,
    sign_in::SIGNUP,
    sign_in::EMAIL,
    sign_in::TEMPLATES,
    sign_in::PHONE,
    sign_in::PASSWORD,
    tokens::JWT,
    tokens::REFRESH,
    tokens::SESSIONS,
    factors::MFA,
    factors::WEBAUTHN,
    factors::PROVIDERS,
    factors::FEATURES,
    storage::COLUMNS,
    mail::MAIL,
    mail::SMTP,
    limits::LIMITS,
    http::HTTP,
    account::ACCOUNT,
    openfga::OPENFGA,
    authzen::AUTHZEN,
    log::LOG,
];

/// Every key, in the order in which it is documented.
pub(crate) fn keys() -> impl Iterator<Item = &'static Key> {
    SECTIONS.iter().flat_map(|section| section.keys)
}

/// The key that `path` (`providers.github.enabled`) belongs to.
pub(crate) fn find(path: &str) -> Option<&'static Key> {
    keys().find(|key| matches(key.path, path))
}

/// Whether `path` names a table that holds keys, directly or below.
pub(crate) fn is_table(path: &str) -> bool {
    let depth = path.split('.').count();
    keys().any(|key| {
        let mut parts = key.path.split('.');
        let head: Vec<&str> = parts.by_ref().take(depth).collect();
        parts.next().is_some() && matches(&head.join("."), path)
    })
}

/// Every path that can be set, with the `*` filled in by the names that are known beforehand.
pub(crate) fn paths() -> impl Iterator<Item = (&'static Key, String)> {
    keys().flat_map(|key| {
        let names: &[&str] = match key.path.split('.').next() {
            _ if !key.path.contains('*') => &[""],
            Some("providers") => BUILT_IN_PROVIDERS,
            _ => MAIL_KINDS,
        };
        names
            .iter()
            .map(move |name| (key, key.path.replace('*', name)))
    })
}

/// The environment variable of each path: `CLAVIGER_EMAIL_AUTOCONFIRM` for `email.autoconfirm`.
pub(crate) fn variables() -> BTreeMap<String, (&'static Key, String)> {
    paths()
        .map(|(key, path)| (variable(&path), (key, path)))
        .collect()
}

/// The environment variable of one path.
pub(crate) fn variable(path: &str) -> String {
    format!("CLAVIGER_{}", path.to_uppercase().replace('.', "_"))
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('.');
    let mut table = "";
    let fits = pattern.split('.').all(|expected| {
        let Some(part) = parts.next() else {
            return false;
        };
        let fits = match (expected, table) {
            ("*", "providers") => {
                BUILT_IN_PROVIDERS.contains(&part) || part.starts_with(CUSTOM_PROVIDER)
            }
            ("*", _) => MAIL_KINDS.contains(&part),
            _ => part == expected,
        };
        table = expected;
        fits
    });
    fits && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_path_has_its_own_variable() {
        assert_eq!(variables().len(), paths().count());
    }

    #[test]
    fn every_key_stands_in_the_section_that_it_names() {
        for section in SECTIONS {
            for key in section.keys {
                let table = key.path.rsplit_once('.').map_or("", |(table, _)| table);
                assert_eq!(table, section.name, "{}", key.path);
            }
        }
        let names: BTreeSet<&str> = SECTIONS.iter().map(|section| section.name).collect();
        assert_eq!(names.len(), SECTIONS.len());
    }

    #[test]
    fn every_key_has_a_sentence() {
        for key in keys() {
            assert!(key.about.ends_with('.'), "{}", key.path);
        }
        for section in SECTIONS {
            assert!(section.about.ends_with('.'), "{}", section.name);
        }
    }

    #[test]
    fn names_of_providers_and_of_mails_are_checked() {
        for path in [
            "providers.github.enabled",
            "providers.custom:acme.enabled",
            "email.templates.invite.html",
        ] {
            assert!(find(path).is_some(), "{path}");
        }
        for path in [
            "providers.gitbub.enabled",
            "providers.enabled",
            "email.templates.invites.html",
            "email",
            "",
        ] {
            assert!(find(path).is_none(), "{path}");
        }
        assert!(is_table("email") && is_table("providers") && is_table("providers.github"));
        assert!(!is_table("providers.gitbub") && !is_table("email.enabled") && !is_table("mails"));
    }
}
