//! `[openfga]`: who may ask the authorization API, and how long it may think.

use super::key::{Section, key};
use super::kind::Kind::{PositiveSpan, Secret as SecretText, Whole};
use super::problem::Fault;
use super::signing::is_repetitive;
use serde::{Deserialize, Serialize};
use types::limits::{CHECK_SPAN, LIST_SPAN};
use types::{Secret, Span};

pub(crate) const OPENFGA: Section = Section {
    name: "openfga",
    about: "The authorization API (`/stores`), which is OpenFGA's; its deadlines and its memory are \
            also those of decisions and lists under `/api/v1/authz`.",
    keys: &[
        key(
            "openfga.preshared_keys",
            SecretText,
            "Keys that may be presented as bearer tokens beside the service keys, separated by \
             commas.",
        ),
        key(
            "openfga.check_deadline",
            PositiveSpan,
            "After this time a check is answered with a time-out.",
        ),
        key(
            "openfga.list_deadline",
            PositiveSpan,
            "After this time a list has what was found until then, and many checks at once are \
             answered with a time-out.",
        ),
        key(
            "openfga.list_results_max",
            Whole(1, 1_000_000),
            "The most objects or users in one list.",
        ),
        key(
            "openfga.resident_mib_max",
            Whole(0, 1 << 24),
            "The memory, in MiB, that stores may take together which are kept in memory as a \
             whole; 0: each question loads what it needs. A tuple with short ids takes less than \
             96 bytes.",
        ),
    ],
};

/// The authorization API.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenFga {
    /// Keys beside the service keys; they are secret and come from elsewhere than the document.
    #[serde(skip)]
    pub preshared_keys: Vec<Secret<String>>,
    /// The deadline of a check.
    pub check_deadline: Span,
    /// The deadline of a list and of many checks.
    pub list_deadline: Span,
    /// The most items of a list.
    pub list_results_max: u32,
    /// The memory of stores that are kept as a whole, in MiB.
    pub resident_mib_max: u32,
}

impl Default for OpenFga {
    fn default() -> Self {
        Self {
            preshared_keys: Vec::new(),
            check_deadline: Span(CHECK_SPAN),
            list_deadline: Span(LIST_SPAN),
            list_results_max: 1_000,
            resident_mib_max: 256,
        }
    }
}

/// The least that a key has: 22 characters of 64 kinds are 132 bits.
const KEY_CHARACTERS_MIN: usize = 22;

/// The keys of the setting.
pub(crate) fn preshared_keys(setting: &Secret<String>) -> Vec<Secret<String>> {
    let keys = setting.expose().split([',', '\n']).map(str::trim);
    let given = keys.filter(|key| !key.is_empty());
    given.map(|key| Secret::new(key.to_owned())).collect()
}

/// Checks that nobody guesses a key, and that it can stand in a header.
pub(crate) fn check_preshared(setting: &Secret<String>) -> Result<(), Fault> {
    let advice = "make each with `openssl rand -hex 16`, and separate them by commas";
    for key in preshared_keys(setting) {
        let key = key.expose();
        let fault = if key.len() < KEY_CHARACTERS_MIN {
            "a key is too short: each has at least 22 characters"
        } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            "a key has blanks, control characters or letters beyond ASCII"
        } else if is_repetitive(key.as_bytes()) {
            "a key repeats a few characters and can be guessed"
        } else {
            continue;
        };
        return Err(Fault::new(fault, advice));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[test]
    fn keys_are_separated_by_commas_or_lines() {
        let keys = preshared_keys(&secret("one, two\nthree\n,"));
        let keys: Vec<&str> = keys.iter().map(|key| key.expose().as_str()).collect();
        assert_eq!(keys, ["one", "two", "three"]);
    }

    #[test]
    fn a_key_that_can_be_guessed_is_refused() {
        for (keys, fault) in [
            ("0123456789abcdefghijk", "too short"),
            ("0123456789abcdefghijkl,short", "too short"),
            ("0123456789 abcdefghijkl", "blanks"),
            ("ababababababababababababab", "repeats"),
        ] {
            let refused = check_preshared(&secret(keys)).unwrap_err();
            assert!(refused.what.contains(fault), "{keys}: {}", refused.what);
        }
        assert!(check_preshared(&secret("0123456789abcdefghijkl")).is_ok());
        assert!(check_preshared(&secret("")).is_ok());
    }
}
