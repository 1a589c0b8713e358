//! The columns that GoTrue can encrypt: password hashes, TOTP secrets and keys of refresh tokens.
//!
//! A value is AES-256-GCM under a key of its own: HKDF-SHA256 (RFC 5869) of the master key with
//! the id of the row as info. So no key encrypts often, and no value can be moved to another row.

use crate::settings::ColumnKeys;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use types::Entropy;
use uuid::Uuid;
use zeroize::Zeroizing;

const ALGORITHM: &str = "aes-gcm-hkdf";
const MASTER_KEY_BYTES: usize = 32;

/// Why a column cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// The value names a key that is not configured.
    #[error("a column is encrypted with the key `{0}`, which is not configured")]
    UnknownKey(String),
    /// A configured key has not 256 bits.
    #[error("the column key `{0}` has not {MASTER_KEY_BYTES} bytes")]
    KeyLength(String),
    /// The value was changed, belongs to another row, or the key has the right name but the wrong
    /// bytes.
    #[error("a column encrypted with the key `{0}` cannot be decrypted")]
    Undecryptable(String),
}

/// An encrypted value as it stands in the column, in the order in which GoTrue writes it.
#[derive(Serialize, Deserialize)]
struct Envelope {
    key_id: String,
    alg: String,
    data: String,
    #[serde(default)]
    nonce: String,
}

/// Whether a column's text is an encrypted value. Other text is a value in clear.
pub fn is_encrypted(text: &str) -> bool {
    Envelope::parse(text).is_some()
}

/// The value of a column of the row `object_id`; text that is not encrypted comes back as it is.
pub fn decrypt(keys: &ColumnKeys, object_id: Uuid, text: &str) -> Result<String, ColumnError> {
    let Some(envelope) = Envelope::parse(text) else {
        return Ok(text.to_owned());
    };
    let key = derive(keys, &envelope.key_id, object_id)?;
    let undecryptable = || ColumnError::Undecryptable(envelope.key_id.clone());
    let decode = |text: &str| BASE64.decode(text.as_bytes()).map_err(|_| undecryptable());
    let nonce = Nonce::try_assume_unique_for_key(&decode(&envelope.nonce)?);
    let nonce = nonce.map_err(|_| undecryptable())?;
    let mut data = Zeroizing::new(decode(&envelope.data)?);
    let opened = key.open_in_place(nonce, Aad::empty(), &mut data);
    let opened = opened.map_err(|_| undecryptable())?;
    let text = std::str::from_utf8(opened).map_err(|_| undecryptable())?;
    Ok(text.to_owned())
}

/// What to store in a column of the row `object_id`: `text` encrypted with the current key, or as
/// it is when there is none.
pub fn encrypt(
    keys: &ColumnKeys,
    entropy: &dyn Entropy,
    object_id: Uuid,
    text: &str,
) -> Result<String, ColumnError> {
    let Some(key_id) = &keys.encryption else {
        return Ok(text.to_owned());
    };
    let key = derive(keys, key_id, object_id)?;
    let mut nonce = [0; NONCE_LEN];
    entropy.fill(&mut nonce);
    let mut data = text.as_bytes().to_vec();
    key.seal_in_place_append_tag(Nonce::from(&nonce), Aad::empty(), &mut data)
        .map_err(|_| ColumnError::Undecryptable(key_id.clone()))?;
    let envelope = Envelope {
        key_id: key_id.clone(),
        alg: ALGORITHM.to_owned(),
        data: BASE64.encode(&data),
        nonce: BASE64.encode(&nonce),
    };
    serde_json::to_string(&envelope).map_err(|_| ColumnError::Undecryptable(key_id.clone()))
}

impl Envelope {
    fn parse(text: &str) -> Option<Self> {
        if !text.starts_with('{') {
            return None;
        }
        let envelope: Self = serde_json::from_str(text).ok()?;
        let complete = [&envelope.key_id, &envelope.data, &envelope.nonce]
            .iter()
            .all(|member| !member.is_empty());
        (complete && envelope.alg == ALGORITHM).then_some(envelope)
    }
}

/// The key of one row: HKDF without salt, the id as 36 characters.
fn derive(keys: &ColumnKeys, key_id: &str, object_id: Uuid) -> Result<LessSafeKey, ColumnError> {
    let master = keys.decryption.get(key_id);
    let master = master.ok_or_else(|| ColumnError::UnknownKey(key_id.to_owned()))?;
    let length = || ColumnError::KeyLength(key_id.to_owned());
    if master.expose().len() != MASTER_KEY_BYTES {
        return Err(length());
    }
    let id = object_id.hyphenated().to_string();
    let info = [id.as_bytes()];
    let extracted = Salt::new(HKDF_SHA256, &[]).extract(master.expose());
    let key = extracted
        .expand(&info, &AES_256_GCM)
        .map_err(|_| length())?;
    Ok(LessSafeKey::new(UnboundKey::from(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use types::{Secret, SystemEntropy};

    const ROW: Uuid = Uuid::from_u128(0x2768_f604_4215_4d72_990a_3855_b357_e20e);
    const CLEAR: &str = "$2a$10$X2oWPETyO2Bc6KW1foLWkuhxRforZWhFzgdn3yQwAL9LflsdM0LSe";
    /// [`CLEAR`] in [`ROW`], encrypted by two other implementations with the key `0, 1, .. 31` and
    /// the nonce `0, 1, .. 11`.
    const ENCRYPTED: &str = "{\"key_id\":\"key-1\",\"alg\":\"aes-gcm-hkdf\",\"data\":\"\
        tFEbThHlpwklKt9UGyAGDKJ6jt/HpRvMCsPnjQw/q+cSoruycVe79XgtmXkp5oPAfv96pV7k1KP3dig7P2LN\
        jEFuhGd2vd2fWDtBCA==\",\"nonce\":\"AAECAwQFBgcICQoL\"}";

    #[derive(Debug)]
    struct Counting;

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.iter_mut().zip(0..).for_each(|(byte, n)| *byte = n);
        }
    }

    fn keys(encryption: Option<&str>) -> ColumnKeys {
        let key = |first: u8| Secret::new((first..first + 32).collect::<Vec<u8>>());
        ColumnKeys {
            decryption: [
                ("key-1".to_owned(), key(0)),
                ("key-2".to_owned(), key(100)),
                ("short".to_owned(), Secret::new(vec![1; 31])),
            ]
            .into(),
            encryption: encryption.map(str::to_owned),
        }
    }

    #[test]
    fn values_are_byte_for_byte_what_gotrue_writes() {
        let with = keys(Some("key-1"));
        let encrypted = encrypt(&with, &Counting, ROW, CLEAR).unwrap();
        assert_eq!(encrypted, ENCRYPTED);
        assert_eq!(decrypt(&keys(None), ROW, ENCRYPTED).unwrap(), CLEAR);
    }

    #[test]
    fn a_value_stays_in_its_row_and_whole() {
        let refused = |row, text: &str| decrypt(&keys(None), row, text).unwrap_err();
        let undecryptable = ColumnError::Undecryptable("key-1".to_owned());
        assert_eq!(refused(Uuid::nil(), ENCRYPTED), undecryptable);
        for changed in [
            ENCRYPTED.replace("tFEb", "tFEc"),
            ENCRYPTED.replace("tFEb", "?FEb"),
            ENCRYPTED.replace("AAEC", "AAED"),
            ENCRYPTED.replace("AAECAwQF", ""),
            ENCRYPTED.replace("jEFu", ""),
        ] {
            assert_eq!(refused(ROW, &changed), undecryptable, "{changed}");
        }
        let other = ENCRYPTED.replace("key-1", "key-2");
        let undecryptable = ColumnError::Undecryptable("key-2".to_owned());
        assert_eq!(refused(ROW, &other), undecryptable);
    }

    #[test]
    fn missing_and_short_keys_are_named() {
        let named = |id: &str| decrypt(&keys(None), ROW, &ENCRYPTED.replace("key-1", id));
        let unknown = Err(ColumnError::UnknownKey("key-3".to_owned()));
        assert_eq!(named("key-3"), unknown);
        assert_eq!(
            named("short"),
            Err(ColumnError::KeyLength("short".to_owned()))
        );
        let written = encrypt(&keys(Some("key-3")), &SystemEntropy, ROW, CLEAR);
        assert_eq!(written, unknown);
    }

    #[test]
    fn other_text_is_a_value_in_clear() {
        for text in [
            "",
            CLEAR,
            "{}",
            "{not json",
            r#"{"key_id":"key-1","alg":"aes-gcm-hkdf","data":"AA=="}"#,
            r#"{"key_id":"key-1","alg":"rot13","data":"AA==","nonce":"AA=="}"#,
            r#"{"key_id":"","alg":"aes-gcm-hkdf","data":"AA==","nonce":"AA=="}"#,
        ] {
            assert!(!is_encrypted(text), "{text}");
            assert_eq!(decrypt(&keys(None), ROW, text).as_deref(), Ok(text));
        }
        assert!(is_encrypted(ENCRYPTED));
        let stored = encrypt(&keys(None), &SystemEntropy, ROW, CLEAR);
        assert_eq!(stored.as_deref(), Ok(CLEAR));
    }

    proptest! {
        #[test]
        fn decrypting_gives_back_what_was_encrypted(text in any::<String>(), row in any::<u128>()) {
            let (keys, row) = (keys(Some("key-2")), Uuid::from_u128(row));
            let stored = encrypt(&keys, &SystemEntropy, row, &text).unwrap();
            prop_assert!(is_encrypted(&stored));
            prop_assert_eq!(decrypt(&keys, row, &stored).unwrap(), text);
        }
    }
}
