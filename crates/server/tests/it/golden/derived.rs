//! Placeholders whose value follows from others by a rule that a note of the recordings states.

use super::bindings::Bindings;
use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;

/// What is hashed together with the user's id, and how many characters are kept.
const SOFT_DELETED: [(&str, &str, usize); 4] = [
    ("<b64url:1>", "u1b@example.com", 43),
    ("<b64url:2>", "15555550125", 15),
    ("<b64url:5>", "email:", 43),
    ("<b64url:6>", "phone:", 43),
];

/// The placeholders of `entry` that follow from `bindings`, with their values.
pub(crate) fn values(file: &str, entry: &str, bindings: &Bindings) -> Vec<(&'static str, String)> {
    if (file, entry) != ("admin_users", "get_soft_deleted") {
        return Vec::new();
    }
    let Some(user) = bindings.get("<uuid:1>") else {
        return Vec::new();
    };
    let hash = |value: &str| {
        let hash = digest::digest(&digest::SHA256, format!("{user}{value}").as_bytes());
        BASE64URL_NOPAD.encode(hash.as_ref())
    };
    SOFT_DELETED
        .iter()
        .map(|(name, value, kept)| {
            // The provider's id of an e-mail or phone identity is the user's own id.
            let suffix = if value.ends_with(':') { user } else { "" };
            (
                *name,
                hash(&format!("{value}{suffix}"))
                    .chars()
                    .take(*kept)
                    .collect(),
            )
        })
        .collect()
}
