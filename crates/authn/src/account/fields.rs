//! What users of the account API write about themselves: each value is checked when it is made.

use crate::password::check_strength;
use crate::settings::PasswordSettings;
use std::fmt;
use types::Secret;
use types::limits::{
    AVATAR_URL_BYTES_MAX, FULL_NAME_CHARACTERS_MAX, PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MAX,
};
use url::Url;

/// Fewest characters of a new password, whatever the operator's own rules allow.
const PASSWORD_CHARACTERS_MIN: usize = 8;

/// How a person wants to be called: any script, up to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullName(String);

/// The `https` address of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvatarUrl(String);

/// A password that fulfils every rule for new ones.
#[derive(Debug, Clone)]
pub struct NewPassword(Secret<String>);

/// The rules for new passwords: those of the account API and the operator's.
#[derive(Debug, Clone, Copy)]
pub struct PasswordRules<'a>(&'a PasswordSettings);

/// Why a name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Too many characters.
    #[error("must have at most {FULL_NAME_CHARACTERS_MAX} characters")]
    TooLong,
    /// A line break, another control character, or one that reverses the text around it.
    #[error("must not contain control characters")]
    ControlCharacter,
}

/// Why the address of a picture was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAvatar {
    /// Too long.
    #[error("must have at most {AVATAR_URL_BYTES_MAX} bytes")]
    TooLong,
    /// Anything but an absolute `https` URL, without a user name or password in it.
    #[error("must be an https URL")]
    NotHttps,
}

/// Why a new password was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    /// Too few characters.
    #[error("must have at least {0} characters")]
    TooShort(usize),
    /// More than can be stored.
    #[error(
        "must have at most {PASSWORD_CHARACTERS_MAX} characters and at most {PASSWORD_BYTES_MAX} \
         bytes"
    )]
    TooLong,
    /// No letter.
    #[error("must contain a letter")]
    NoLetter,
    /// No digit.
    #[error("must contain a digit")]
    NoDigit,
    /// The operator's own rules, in their words.
    #[error("{0}")]
    Weak(String),
}

impl FullName {
    /// Blanks around the name are dropped; `None` when nothing is left.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidName> {
        let name = text.trim();
        if name.chars().count() > FULL_NAME_CHARACTERS_MAX {
            return Err(InvalidName::TooLong);
        }
        if name.chars().any(deceives) {
            return Err(InvalidName::ControlCharacter);
        }
        Ok((!name.is_empty()).then(|| Self(name.to_owned())))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for FullName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for AvatarUrl {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl AvatarUrl {
    /// Blanks around the address are dropped; `None` when nothing is left.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidAvatar> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if text.len() > AVATAR_URL_BYTES_MAX {
            return Err(InvalidAvatar::TooLong);
        }
        let url = Url::parse(text).map_err(|_| InvalidAvatar::NotHttps)?;
        let is_plain = url.username().is_empty() && url.password().is_none();
        if url.scheme() != "https" || url.host_str().is_none_or(str::is_empty) || !is_plain {
            return Err(InvalidAvatar::NotHttps);
        }
        // As the parser writes it: what a browser would open, without blanks or quotes.
        Ok(Some(Self(url.into())))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for AvatarUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'a> PasswordRules<'a> {
    pub(crate) const fn new(settings: &'a PasswordSettings) -> Self {
        Self(settings)
    }

    /// Fewest characters.
    pub fn characters_min(&self) -> usize {
        self.0.min_length.max(PASSWORD_CHARACTERS_MIN)
    }

    /// Sets of characters, of each of which one is required.
    pub fn required_characters(&self) -> &'a [String] {
        &self.0.required_characters
    }

    /// Checks a new password; every fault at once.
    pub fn check(&self, password: String) -> Result<NewPassword, Vec<InvalidPassword>> {
        let mut faults = Vec::new();
        let characters = password.chars().count();
        let fewest = self.characters_min();
        if characters < fewest {
            faults.push(InvalidPassword::TooShort(fewest));
        }
        if characters > PASSWORD_CHARACTERS_MAX || password.len() > PASSWORD_BYTES_MAX {
            faults.push(InvalidPassword::TooLong);
        }
        if !password.contains(char::is_alphabetic) {
            faults.push(InvalidPassword::NoLetter);
        }
        if !password.contains(char::is_numeric) {
            faults.push(InvalidPassword::NoDigit);
        }
        if faults.is_empty()
            && let Err(weak) = check_strength(self.0, &password)
        {
            faults.push(InvalidPassword::Weak(weak.message));
        }
        if faults.is_empty() {
            Ok(NewPassword(Secret::new(password)))
        } else {
            Err(faults)
        }
    }
}

impl NewPassword {
    pub(crate) fn into_secret(self) -> Secret<String> {
        self.0
    }
}

/// Line breaks, other control characters, and those that reverse the text around them (Unicode
/// Standard Annex 9, section 2): a name must not change what stands beside it.
fn deceives(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Result<Option<String>, InvalidName> {
        Ok(FullName::parse(text)?.map(|name| name.as_str().to_owned()))
    }

    #[test]
    fn names_of_all_scripts_are_accepted_as_they_are() {
        for text in [
            "Seán O'Brien",
            "李明",
            "Zoë 👩‍🚀",
            "Jean-Luc de la Tour",
            "محمد",
            "<b>Ada</b> & Co.",
            "; DROP TABLE users",
            &"李".repeat(FULL_NAME_CHARACTERS_MAX),
        ] {
            assert_eq!(name(text), Ok(Some(text.to_owned())));
        }
        assert_eq!(name("  Ada \n"), Ok(Some("Ada".to_owned())));
        assert_eq!(name(" "), Ok(None));
    }

    #[test]
    fn names_that_would_disturb_their_neighbours_are_refused() {
        let long = "x".repeat(FULL_NAME_CHARACTERS_MAX + 1);
        assert_eq!(name(&long), Err(InvalidName::TooLong));
        for text in [
            "a\nb",
            "a\r\nb",
            "a\0",
            "a\u{1b}[31m",
            "a\u{202e}b",
            "a\u{2028}b",
        ] {
            assert_eq!(name(text), Err(InvalidName::ControlCharacter), "{text:?}");
        }
    }

    #[test]
    fn only_https_pictures_are_accepted() {
        let avatar = |text: &str| AvatarUrl::parse(text).map(|url| url.map(|url| url.0));
        let https = "https://img.example.com/a.png?size=2";
        assert_eq!(avatar(https), Ok(Some(https.to_owned())));
        assert_eq!(avatar(" "), Ok(None));
        for text in [
            "http://img.example.com/a.png",
            "javascript:alert(1)",
            "data:text/html,x",
            "//img.example.com/a.png",
            "https://",
            "https://user:password@img.example.com/a.png",
            "a.png",
        ] {
            assert_eq!(avatar(text), Err(InvalidAvatar::NotHttps), "{text}");
        }
        let long = format!(
            "https://img.example.com/{}",
            "a".repeat(AVATAR_URL_BYTES_MAX)
        );
        assert_eq!(avatar(&long), Err(InvalidAvatar::TooLong));
    }

    fn faults(settings: &PasswordSettings, password: &str) -> Vec<InvalidPassword> {
        let checked = PasswordRules::new(settings).check(password.to_owned());
        checked.err().unwrap_or_default()
    }

    #[test]
    fn passwords_need_length_a_letter_and_a_digit() {
        use InvalidPassword::{NoDigit, NoLetter, TooLong, TooShort};
        let settings = PasswordSettings {
            min_length: 6,
            ..PasswordSettings::default()
        };
        for (password, expected) in [
            ("correct-horse-1", vec![]),
            ("pässwörter 1", vec![]),
            ("пароль-пароль-1", vec![]),
            ("short1", vec![TooShort(8)]),
            ("short", vec![TooShort(8), NoDigit]),
            ("onlyletters", vec![NoDigit]),
            ("12345678", vec![NoLetter]),
            ("", vec![TooShort(8), NoLetter, NoDigit]),
            (&"a1".repeat(36), vec![]),
            (&"a1".repeat(37), vec![TooLong]),
            (&format!("1{}", "é".repeat(36)), vec![TooLong]),
            (&"a1".repeat(65), vec![TooLong]),
        ] {
            assert_eq!(faults(&settings, password), expected, "{password}");
        }
    }

    #[test]
    fn the_operators_rules_count_too() {
        let settings = PasswordSettings {
            min_length: 12,
            required_characters: vec!["#!".to_owned()],
            ..PasswordSettings::default()
        };
        assert_eq!(
            faults(&settings, "password-1"),
            [InvalidPassword::TooShort(12)]
        );
        let faults_of_all = faults(&settings, "long-password-1");
        let [InvalidPassword::Weak(message)] = faults_of_all.as_slice() else {
            panic!("{faults_of_all:?}");
        };
        assert!(message.contains("#!"), "{message}");
        assert_eq!(faults(&settings, "long-password-1#"), []);
    }
}
