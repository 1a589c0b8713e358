//! Time-based one-time passwords (RFC 6238) with SHA-1, six digits and steps of 30 seconds.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use fast_qr::qr::{QRBuilder, QRCode};
use std::fmt::Write;
use subtle::ConstantTimeEq;
use types::{Entropy, Time};

/// Seconds for which one code is good.
pub const STEP_SECONDS: u64 = 30;

const SECRET_BYTES: usize = 20;
const DIGITS: usize = 6;
const CODE_MODULUS: u32 = 1_000_000;
/// Blank modules around a symbol (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// A fresh secret of 160 bits, as the column `mfa_factors.secret` holds it: base32 (RFC 4648)
/// without padding.
pub fn new_secret(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; SECRET_BYTES];
    entropy.fill(&mut bytes);
    BASE32_NOPAD.encode(&bytes)
}

/// The step that `code` belongs to, at most `skew_steps` away from the step of `now`; `None` when
/// the code is wrong. A caller that remembers the step can refuse to take a code twice.
///
/// All steps in question are compared in constant time.
pub fn matching_step(secret_base32: &str, code: &str, now: Time, skew_steps: u64) -> Option<u64> {
    let key = decode_secret(secret_base32)?;
    let code = code.trim();
    if code.len() != DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let current = step_of(now);
    let steps = current.saturating_sub(skew_steps)..=current.saturating_add(skew_steps);
    steps.fold(None, |found, step| {
        let matches = code_of(&key, step).as_bytes().ct_eq(code.as_bytes());
        if matches.into() { Some(step) } else { found }
    })
}

/// The code for a step; `None` when the secret is not base32.
pub fn code_at(secret_base32: &str, step: u64) -> Option<String> {
    Some(code_of(&decode_secret(secret_base32)?, step))
}

/// The step that contains `now`: the number of whole steps since the Unix epoch.
pub fn step_of(now: Time) -> u64 {
    u64::try_from(now.unix_seconds()).unwrap_or(0) / STEP_SECONDS
}

/// The text of the QR code that authenticator applications read.
pub fn key_uri(issuer: &str, account: &str, secret: &str) -> String {
    let mut uri = String::from("otpauth://totp/");
    escape_onto(&mut uri, issuer, b"@/:");
    uri.push(':');
    escape_onto(&mut uri, account, b"@/:");
    uri.push_str("?algorithm=SHA1&digits=6&issuer=");
    escape_onto(&mut uri, issuer, b"@:");
    uri.push_str("&period=30&secret=");
    escape_onto(&mut uri, secret, b"");
    uri
}

/// A QR code as an SVG document. It contains no `#` and no `%`, because clients put it into a
/// `data:` URL as it stands. Empty when `uri` is too long for a QR code (2,331 bytes).
pub fn qr_svg(uri: &str) -> String {
    let symbol = QRBuilder::new(uri).ecl(fast_qr::ECL::M).build();
    symbol.map(|symbol| svg_of(&symbol)).unwrap_or_default()
}

/// One path of horizontal runs: two orders of magnitude smaller than a rectangle per module.
fn svg_of(symbol: &QRCode) -> String {
    let side = symbol.size + 2 * QUIET_ZONE;
    let mut path = String::new();
    for (y, row) in symbol
        .data
        .chunks(symbol.size)
        .take(symbol.size)
        .enumerate()
    {
        let mut x = 0;
        for run in row.chunk_by(|left, right| left.value() == right.value()) {
            if run.first().is_some_and(|module| module.value()) {
                let (x, y) = (x + QUIET_ZONE, y + QUIET_ZONE);
                let length = run.len();
                // Writing to a string cannot fail.
                let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
            }
            x += run.len();
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"256\" height=\"256\" \
         viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"white\"/>\
         <path fill=\"black\" d=\"{path}\"/></svg>"
    )
}

fn code_of(key: &hmac::Key, step: u64) -> String {
    let tag = hmac::sign(key, &step.to_be_bytes());
    format!("{:06}", truncate(tag.as_ref()) % CODE_MODULUS)
}

/// Dynamic truncation (RFC 4226 section 5.3).
#[expect(
    clippy::expect_used,
    reason = "an HMAC-SHA-1 has 20 bytes and the offset is at most 15"
)]
fn truncate(tag: &[u8]) -> u32 {
    let last = tag.last().expect("an HMAC is not empty");
    let offset = usize::from(last & 0x0f);
    let word = tag.get(offset..).and_then(<[u8]>::first_chunk::<4>);
    u32::from_be_bytes(*word.expect("four bytes follow the offset")) & 0x7fff_ffff
}

/// Reads a secret as people and importers write it: any letter case, blanks, padding.
fn decode_secret(text: &str) -> Option<hmac::Key> {
    let canonical = text.trim().trim_end_matches('=').to_ascii_uppercase();
    let bytes = BASE32_NOPAD.decode(canonical.as_bytes()).ok()?;
    (!bytes.is_empty()).then(|| hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes))
}

/// Percent-encodes everything but unreserved characters (RFC 3986) and those in `also`.
fn escape_onto(uri: &mut String, text: &str, also: &[u8]) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use types::SystemEntropy;

    /// "12345678901234567890", the secret of RFC 6238, appendix B.
    const RFC_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_of_rfc_6238() {
        // The RFC lists eight digits; the last six of them are the code of six digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Time::from_unix_seconds(seconds);
            assert_eq!(code_at(RFC_SECRET, step_of(now)).as_deref(), Some(code));
            assert_eq!(matching_step(RFC_SECRET, code, now, 0), Some(step_of(now)));
        }
    }

    #[test]
    fn codes_of_rfc_4226() {
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (step, code) in (0..).zip(codes) {
            assert_eq!(code_at(RFC_SECRET, step).as_deref(), Some(code));
        }
    }

    #[test]
    fn one_step_of_skew_is_accepted_and_named() {
        let now = Time::from_unix_seconds(1_000_000_000);
        let step = step_of(now);
        for (offset, found) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let other = step.checked_add_signed(offset).unwrap();
            let code = code_at(RFC_SECRET, other).unwrap();
            let expected = found.then_some(other);
            assert_eq!(matching_step(RFC_SECRET, &code, now, 1), expected);
        }
    }

    #[test]
    fn what_is_no_code_matches_nothing() {
        let now = Time::from_unix_seconds(59);
        for code in [
            "",
            "28708",
            "2870822",
            "28708a",
            "\u{0662}87082",
            "-87082",
            "287 082",
        ] {
            assert_eq!(matching_step(RFC_SECRET, code, now, 1), None, "{code:?}");
        }
        assert_eq!(matching_step(RFC_SECRET, " 287082 ", now, 1), Some(1));
        for secret in ["", "not base32!", "A", "=="] {
            assert_eq!(matching_step(secret, "287082", now, 1), None, "{secret:?}");
        }
        let written_by_hand = " gezdgnbvgy3tqojqgezdgnbvgy3tqojq== ";
        assert_eq!(matching_step(written_by_hand, "287082", now, 1), Some(1));
    }

    #[test]
    fn secrets_have_the_recorded_form() {
        let secret = new_secret(&SystemEntropy);
        assert_eq!(secret.len(), "6ZLKHG2LZHDPLX3E5XO7LIJXRHD7TOGA".len());
        assert!(decode_secret(&secret).is_some());
        assert_ne!(secret, new_secret(&SystemEntropy));
    }

    #[test]
    fn key_uris_are_as_recorded() {
        assert_eq!(
            key_uri("Example Issuer", "ada@example.com", "GEZDGNBV"),
            "otpauth://totp/Example%20Issuer:ada@example.com?algorithm=SHA1&digits=6\
             &issuer=Example%20Issuer&period=30&secret=GEZDGNBV"
        );
        assert_eq!(
            key_uri("app.example.test", "dan@example.com", "GEZDGNBV"),
            "otpauth://totp/app.example.test:dan@example.com?algorithm=SHA1&digits=6\
             &issuer=app.example.test&period=30&secret=GEZDGNBV"
        );
    }

    #[test]
    fn an_issuer_cannot_add_parameters() {
        let uri = key_uri("A&secret=B#?", "a?b&c@x", "GEZDGNBV");
        assert_eq!(uri.matches('?').count(), 1);
        assert_eq!(uri.matches("secret=").count(), 1);
        assert!(!uri.contains('#'));
    }

    #[test]
    fn qr_codes_are_svg_that_fits_a_data_url() {
        let svg = qr_svg(&key_uri("Example", "ada@example.com", RFC_SECRET));
        assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>"));
        assert!(svg.contains("viewBox=\"0 0 "));
        assert!(!svg.contains(['#', '%']));
        assert_eq!(qr_svg(&"x".repeat(3_000)), "");
    }

    #[test]
    fn the_path_of_a_qr_code_draws_its_modules() {
        let symbol = QRBuilder::new("HELLO").build().unwrap();
        let svg = svg_of(&symbol);
        let path = svg.split("d=\"").nth(1).unwrap().split('"').next().unwrap();
        let mut drawn = vec![false; symbol.size * symbol.size];
        for run in path.split('M').skip(1) {
            let (x, rest) = run.split_once(' ').unwrap();
            let (y, rest) = rest.split_once('h').unwrap();
            let (length, _) = rest.split_once('v').unwrap();
            let [x, y, length] = [x, y, length].map(|number| number.parse::<usize>().unwrap());
            for column in x..x + length {
                drawn[(y - QUIET_ZONE) * symbol.size + column - QUIET_ZONE] = true;
            }
        }
        let modules = symbol.data.iter().take(symbol.size * symbol.size);
        assert!(
            modules
                .zip(&drawn)
                .all(|(module, dark)| module.value() == *dark)
        );
    }

    proptest! {
        #[test]
        fn a_code_is_found_at_its_own_step(secret: [u8; 20], seconds in 0..4_000_000_000_i64) {
            let secret = BASE32_NOPAD.encode(&secret);
            let now = Time::from_unix_seconds(seconds);
            let code = code_at(&secret, step_of(now)).unwrap();
            prop_assert!(matching_step(&secret, &code, now, 1).is_some());
        }

        #[test]
        fn any_uri_is_drawn_or_refused(uri in ".{0,300}") {
            let svg = qr_svg(&uri);
            prop_assert!(!svg.contains(['#', '%']));
        }
    }
}
