//! One-time codes and the hashes under which the database knows them.

use aws_lc_rs::{digest, hmac};
use data_encoding::HEXLOWER;
use types::Entropy;

/// What a token hash of a PKCE flow begins with.
pub const PKCE_PREFIX: &str = "pkce_";

/// Random bytes below this are spread evenly over ten digits.
const FAIR_BYTES: u8 = 250;

/// A code of `digits` decimal digits, each of them equally likely.
pub fn code(entropy: &dyn Entropy, digits: u8) -> String {
    let wanted = usize::from(digits);
    let mut code = String::with_capacity(wanted);
    while code.len() < wanted {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        let fair = bytes.iter().filter(|byte| **byte < FAIR_BYTES);
        code.extend(
            fair.take(wanted - code.len())
                .map(|byte| char::from(b'0' + byte % 10)),
        );
    }
    code
}

/// The token hash of a code that is sent to `contact` (an e-mail address in lower case, or a phone
/// number without `+`): 56 hexadecimal digits of HMAC-SHA-224 over contact and code. A link carries
/// it, and without the key nobody can compute the hashes of all codes and try them as links.
pub(crate) fn hash(key: &hmac::Key, contact: &str, code: &str) -> String {
    let mut context = hmac::Context::with_key(key);
    context.update(contact.as_bytes());
    context.update(b"\0");
    context.update(code.as_bytes());
    HEXLOWER.encode(context.sign().as_ref())
}

/// The token hash that Supabase Auth gave a code: 56 hexadecimal digits of SHA-224 over contact and
/// code. It is in the database while codes are pending that were sent before a move.
pub fn hash_of_supabase(contact: &str, code: &str) -> String {
    let mut context = digest::Context::new(&digest::SHA224);
    context.update(contact.as_bytes());
    context.update(code.as_bytes());
    HEXLOWER.encode(context.finish().as_ref())
}

/// The token hash of a code whose link ends in an authorization code (RFC 7636) instead of tokens.
pub fn pkce_hash(hash: &str) -> String {
    format!("{PKCE_PREFIX}{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};
    use types::SystemEntropy;

    /// Counts through all byte values.
    #[derive(Debug, Default)]
    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn recorded_codes_have_their_recorded_hashes() {
        for (contact, code, recorded) in [
            (
                "unconfirmed@example.com",
                "464946",
                "fc9bcdefa37d6cd662851130eac4345459f9ed4fda64ec341ab00227",
            ),
            (
                "recovery@example.com",
                "998508",
                "b954bb17b7624ee710bfcd97f6f4127dd381bf358fdb970fea799df3",
            ),
            (
                "change.new@example.com",
                "153698",
                "56e0526c0adf4bb2183754fc023850f8e62f5ef4890c48b5fca52537",
            ),
            (
                "invited@example.com",
                "696570",
                "2a3364eaf6aa6c952f8b759abb2124f1232b67796bdf64cb5cb0404f",
            ),
            (
                "user06@example.com",
                "947272",
                "8df85e3a46b3fbb046272773caa9d08b3a692fd03b56f24b8e1ac3ff",
            ),
        ] {
            assert_eq!(hash_of_supabase(contact, code), recorded);
        }
    }

    #[test]
    fn hashes_depend_on_key_contact_and_code_and_look_like_those_of_supabase() {
        let key = |byte| hmac::Key::new(hmac::HMAC_SHA224, &[byte; 28]);
        let of = |byte, contact: &str, code: &str| hash(&key(byte), contact, code);
        let ours = of(1, "ada@example.com", "464946");
        assert_eq!(ours, of(1, "ada@example.com", "464946"));
        assert_eq!(
            ours.len(),
            hash_of_supabase("ada@example.com", "464946").len()
        );
        for other in [
            hash_of_supabase("ada@example.com", "464946"),
            of(2, "ada@example.com", "464946"),
            of(1, "ada@example.co", "m464946"),
            of(1, "ada@example.com", "464947"),
        ] {
            assert_ne!(other, ours);
        }
    }

    #[test]
    fn codes_have_the_wanted_length() {
        for digits in 0..=20 {
            let code = code(&SystemEntropy, digits);
            assert_eq!(code.len(), usize::from(digits));
            assert!(code.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }

    #[test]
    fn every_digit_is_equally_likely() {
        // All 256 byte values once: the six that would favour 0 to 5 are passed over.
        let code = code(&Counting::default(), 250);
        for digit in '0'..='9' {
            assert_eq!(code.matches(digit).count(), 25, "{digit}");
        }
    }
}
