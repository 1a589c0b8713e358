//! Proof key for code exchange (RFC 7636): the challenge of a flow and its verifier.

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;

const CHALLENGE_LENGTH_MIN: usize = 43;
const CHALLENGE_LENGTH_MAX: usize = 128;

/// How a challenge was made from its verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// base64url without padding of SHA-256 of the verifier.
    S256,
    /// The verifier itself.
    Plain,
}

/// A well-formed challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// How it was made.
    pub method: Method,
    /// 43 to 128 characters of `A-Z a-z 0-9 . _ ~ -`.
    pub value: String,
}

/// Why a challenge was refused; the texts are part of the wire API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidChallenge {
    /// Only one of challenge and method was given.
    #[error("PKCE flow requires code_challenge_method and code_challenge")]
    Incomplete,
    /// Neither `s256` nor `plain`, in any letter case.
    #[error("Invalid code_challenge_method")]
    Method,
    /// Shorter than 43 or longer than 128 characters.
    #[error("code challenge has to be between 43 and 128 characters")]
    Length,
    /// A character outside of RFC 7636, section 4.2.
    #[error(
        "code challenge can only contain alphanumeric characters, \
         hyphens, periods, underscores and tildes"
    )]
    Characters,
}

impl Method {
    /// Reads `s256` or `plain` in any letter case.
    pub fn parse(text: &str) -> Result<Self, InvalidChallenge> {
        if text.eq_ignore_ascii_case("s256") {
            Ok(Self::S256)
        } else if text.eq_ignore_ascii_case("plain") {
            Ok(Self::Plain)
        } else {
            Err(InvalidChallenge::Method)
        }
    }

    /// The name in the column `flow_state.code_challenge_method`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::S256 => "s256",
            Self::Plain => "plain",
        }
    }
}

impl Challenge {
    /// The challenge of a request; `None` when it asks for no PKCE, which is when both texts are
    /// empty.
    pub fn parse(method: &str, challenge: &str) -> Result<Option<Self>, InvalidChallenge> {
        match (method.is_empty(), challenge.is_empty()) {
            (true, true) => return Ok(None),
            (false, false) => {}
            _ => return Err(InvalidChallenge::Incomplete),
        }
        if !(CHALLENGE_LENGTH_MIN..=CHALLENGE_LENGTH_MAX).contains(&challenge.len()) {
            return Err(InvalidChallenge::Length);
        }
        if !challenge.bytes().all(is_unreserved) {
            return Err(InvalidChallenge::Characters);
        }
        Ok(Some(Self {
            method: Method::parse(method)?,
            value: challenge.to_owned(),
        }))
    }
}

/// Whether `verifier` is the one that `challenge` was made from. Takes the same time for every
/// verifier of one length.
pub fn verify(method: Method, challenge: &str, verifier: &str) -> bool {
    let expected = match method {
        Method::S256 => {
            BASE64URL_NOPAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()).as_ref())
        }
        Method::Plain => verifier.to_owned(),
    };
    expected.as_bytes().ct_eq(challenge.as_bytes()).into()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "golden-verifier-0123456789-abcdefghijklmnopqrstuvwxyz";
    const CHALLENGE: &str = "1CH1T-ewT39JJcKp95_FFanFTdYnHFiIfHqUcrzw6DE";

    #[test]
    fn recorded_challenge_belongs_to_its_verifier() {
        assert!(verify(Method::S256, CHALLENGE, VERIFIER));
        assert!(verify(Method::Plain, VERIFIER, VERIFIER));
        assert!(!verify(Method::S256, CHALLENGE, &"x".repeat(50)));
        assert!(!verify(Method::Plain, CHALLENGE, VERIFIER));
        assert!(!verify(Method::S256, CHALLENGE, ""));
    }

    #[test]
    fn appendix_b_of_rfc_7636() {
        assert!(verify(
            Method::S256,
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        ));
    }

    #[test]
    fn methods_are_read_in_any_letter_case() {
        for (text, method) in [
            ("s256", Method::S256),
            ("S256", Method::S256),
            ("plain", Method::Plain),
            ("PLAIN", Method::Plain),
        ] {
            let challenge = Challenge::parse(text, CHALLENGE).unwrap().unwrap();
            assert_eq!(
                (challenge.method, challenge.value.as_str()),
                (method, CHALLENGE)
            );
        }
        assert_eq!(Challenge::parse("", ""), Ok(None));
    }

    #[test]
    fn refusals_have_the_recorded_texts() {
        let text = |method: &str, challenge: &str| {
            Challenge::parse(method, challenge).unwrap_err().to_string()
        };
        let incomplete = "PKCE flow requires code_challenge_method and code_challenge";
        assert_eq!(text("", CHALLENGE), incomplete);
        assert_eq!(text("s256", ""), incomplete);
        assert_eq!(text("zzz", CHALLENGE), "Invalid code_challenge_method");
        let length = "code challenge has to be between 43 and 128 characters";
        assert_eq!(text("s256", "short"), length);
        assert_eq!(text("s256", &"a".repeat(42)), length);
        assert_eq!(text("s256", &"a".repeat(129)), length);
        let characters = "code challenge can only contain alphanumeric characters, \
                          hyphens, periods, underscores and tildes";
        assert_eq!(text("s256", &"!".repeat(43)), characters);
        assert_eq!(text("s256", &"\u{e9}".repeat(30)), characters);
    }

    #[test]
    fn the_bounds_are_included() {
        for length in [43, 128] {
            assert!(Challenge::parse("plain", &"~".repeat(length)).is_ok());
        }
    }
}
