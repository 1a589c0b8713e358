//! E-mail addresses and phone numbers: parse, normalise, compare.

use crate::limits::EMAIL_BYTES_MAX;
use std::fmt;

/// A valid e-mail address in lower case, as the `auth` schema stores it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

/// A phone number in E.164 form without the leading `+`, as the `auth` schema stores it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone(String);

/// Why a contact was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidContact {
    /// No address was given.
    #[error("an email address is required")]
    EmailMissing,
    /// Longer than [`EMAIL_BYTES_MAX`].
    #[error("an email address is too long")]
    EmailTooLong,
    /// Not an address by the HTML living standard's grammar.
    #[error("unable to validate email address: invalid format")]
    EmailFormat,
    /// Not an E.164 number.
    #[error("invalid phone number format (E.164 required)")]
    PhoneFormat,
}

impl Email {
    /// Parses an address by the grammar of the HTML living standard (the one browsers use, which
    /// is also the one that GoTrue applies) and folds it to lower case.
    pub fn parse(text: &str) -> Result<Self, InvalidContact> {
        if text.is_empty() {
            return Err(InvalidContact::EmailMissing);
        }
        if text.len() > EMAIL_BYTES_MAX {
            return Err(InvalidContact::EmailTooLong);
        }
        let (local, domain) = text.split_once('@').ok_or(InvalidContact::EmailFormat)?;
        let local_ok = !local.is_empty() && local.bytes().all(is_local_byte);
        if local_ok && domain.split('.').all(is_domain_label) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(InvalidContact::EmailFormat)
        }
    }

    /// The address in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

impl Phone {
    /// Parses a number: a leading `+` and blanks are dropped, the rest must be E.164.
    pub fn parse(text: &str) -> Result<Self, InvalidContact> {
        let digits = text.strip_prefix('+').unwrap_or(text).replace(' ', "");
        let valid = (2..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if valid {
            Ok(Self(digits))
        } else {
            Err(InvalidContact::PhoneFormat)
        }
    }

    /// The digits, without `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Shows the domain only: a full address must never reach a log.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email(..@{})", self.domain())
    }
}

/// Shows nothing of the number.
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(..)")
    }
}

fn is_local_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

/// A DNS label: 1 to 63 letters, digits and hyphens, no hyphen at either end (RFC 1035).
fn is_domain_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legitimate_addresses_are_accepted_in_lower_case() {
        for (text, stored) in [
            ("Ada@Example.COM", "ada@example.com"),
            ("o'brien@example.com", "o'brien@example.com"),
            ("a+b@x", "a+b@x"),
            ("a@sub.example.co.uk", "a@sub.example.co.uk"),
        ] {
            assert_eq!(
                Email::parse(text).map(|e| e.to_string()),
                Ok(stored.to_owned())
            );
        }
    }

    #[test]
    fn malformed_addresses_are_refused() {
        for text in [
            "notanemail",
            "a b@example.com",
            "Bob <bob@example.com>",
            "a@example.com.",
            " lead@example.com",
            "j\u{fc}rgen@example.com",
            "@x",
            "a@",
            "a@-x.org",
            "a@b@c",
            "a@x\r\nBcc: y",
            "a\0@x",
        ] {
            assert_eq!(
                Email::parse(text),
                Err(InvalidContact::EmailFormat),
                "{text:?}"
            );
        }
        assert_eq!(Email::parse(""), Err(InvalidContact::EmailMissing));
        let long = format!("{}@example.com", "a".repeat(300));
        assert_eq!(Email::parse(&long), Err(InvalidContact::EmailTooLong));
    }

    #[test]
    fn phones_lose_plus_and_blanks() {
        assert_eq!(
            Phone::parse("+1 555 555 0199").map(|p| p.to_string()),
            Ok("15555550199".into())
        );
        for text in ["0123", "", "1", "+1234567890123456", "12a4", "++12345"] {
            assert_eq!(
                Phone::parse(text),
                Err(InvalidContact::PhoneFormat),
                "{text:?}"
            );
        }
    }

    #[test]
    fn debug_shows_no_address() {
        let email = Email::parse("ada@example.com").unwrap();
        assert_eq!(format!("{email:?}"), "Email(..@example.com)");
    }
}
