//! What a new password must look like.

use crate::settings::PasswordSettings;
use serde::Serialize;

/// Why a password is too weak, in GoTrue's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct WeakPassword {
    /// All faults in one line, for people.
    pub message: String,
    /// The faults for programs, in this order: `length`, `characters`.
    pub reasons: Vec<&'static str>,
}

/// Checks a password against the operator's rules. Characters are counted as code points (NIST SP
/// 800-63B section 3.1.1.2), where GoTrue counts bytes: longer alphabets get no discount.
pub fn check_strength(settings: &PasswordSettings, password: &str) -> Result<(), WeakPassword> {
    let mut messages = Vec::new();
    let mut reasons = Vec::new();
    if password.chars().count() < settings.min_length {
        reasons.push("length");
        let fewest = settings.min_length;
        messages.push(format!("Password should be at least {fewest} characters."));
    }
    let sets = &settings.required_characters;
    let lacks = |set: &String| !set.is_empty() && !password.contains(|c| set.contains(c));
    if sets.iter().any(lacks) {
        reasons.push("characters");
        messages.push(format!(
            "Password should contain at least one character of each: {}.",
            sets.join(", ")
        ));
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(WeakPassword {
        message: messages.join(" "),
        reasons,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETS: [&str; 3] = [
        "abcdefghijklmnopqrstuvwxyz",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "0123456789",
    ];
    const CHARACTERS: &str = "Password should contain at least one character of each: \
        abcdefghijklmnopqrstuvwxyz, ABCDEFGHIJKLMNOPQRSTUVWXYZ, 0123456789.";

    type Checked = Result<(), (String, Vec<&'static str>)>;

    fn check(min_length: usize, sets: &[&str], password: &str) -> Checked {
        let settings = PasswordSettings {
            min_length,
            required_characters: sets.iter().map(|&set| set.to_owned()).collect(),
            ..PasswordSettings::default()
        };
        check_strength(&settings, password).map_err(|weak| (weak.message, weak.reasons))
    }

    #[test]
    fn faults_read_as_recorded() {
        let length = |n| format!("Password should be at least {n} characters.");
        assert_eq!(check(6, &[], "abc"), Err((length(6), vec!["length"])));
        assert_eq!(
            check(10, &SETS, "abc"),
            Err((
                format!("{} {CHARACTERS}", length(10)),
                vec!["length", "characters"]
            ))
        );
        assert_eq!(
            check(10, &SETS, "abcdefghijkl"),
            Err((CHARACTERS.to_owned(), vec!["characters"]))
        );
    }

    #[test]
    fn a_strong_password_passes() {
        assert_eq!(check(10, &SETS, "Str0ngPassword"), Ok(()));
        assert_eq!(check(6, &[], "abcdef"), Ok(()));
        assert_eq!(check(6, &[""], "abcdef"), Ok(()));
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        assert!(check(6, &[], "\u{e9}\u{e9}\u{e9}").is_err());
        assert_eq!(check(3, &[], "\u{e9}\u{e9}\u{e9}"), Ok(()));
    }
}
