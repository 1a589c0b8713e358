//! Tokens: what they carry, and what is none.

use super::*;

const NOW: Time = Time(1_800_000_000_000_000);
const HOUR: Duration = Duration::from_secs(3_600);

fn hmac_key(secret: u8) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &[secret; 32])
}

fn media_key() -> MediaKey {
    MediaKey::new(hmac_key(1))
}

fn token() -> MediaToken {
    MediaToken {
        id: Uuid::from_u128(1),
        media: Uuid::from_u128(2),
        audience: UserId(Uuid::from_u128(3)),
        permission: Permission::Download,
        issued_at: NOW,
        expires_at: NOW + HOUR,
    }
}

#[test]
fn token_reads_back() {
    let text = media_key().sign(&token());
    assert_eq!(media_key().verify(&text, NOW), Some(token()));
    let viewing = MediaToken {
        permission: Permission::View,
        ..token()
    };
    let text = media_key().sign(&viewing);
    assert_eq!(media_key().verify(&text, NOW), Some(viewing));
}

#[test]
fn no_byte_of_a_token_can_be_changed() {
    let text = media_key().sign(&token());
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    assert_eq!(bytes.len(), BODY_BYTES + TAG_BYTES);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let changed = BASE64URL_NOPAD.encode(&changed);
            assert_eq!(
                media_key().verify(&changed, NOW),
                None,
                "byte {at}, bit {bit}"
            );
        }
    }
    for other in [
        "",
        "x",
        &text[1..],
        &format!("{text}A"),
        &format!("{text}="),
    ] {
        assert_eq!(media_key().verify(other, NOW), None, "{other}");
    }
}

#[test]
fn token_is_good_from_when_it_was_signed_until_it_expires() {
    let text = media_key().sign(&token());
    let verify = |at| media_key().verify(&text, at).is_some();
    assert!(verify(NOW + HOUR - Duration::from_micros(1)));
    assert!(!verify(NOW + HOUR), "the end is not part of its life");
    assert!(
        verify(NOW - SKEW_MAX),
        "signed by a server whose clock is two minutes ahead"
    );
    assert!(!verify(NOW - SKEW_MAX - Duration::from_micros(1)));
}

#[test]
fn life_over_a_day_is_nobodys_token() {
    let long = MediaToken {
        expires_at: NOW + SPAN_MAX + Duration::from_micros(1),
        ..token()
    };
    let text = media_key().sign(&long);
    assert_eq!(media_key().verify(&text, NOW), None);
}

#[test]
fn token_of_another_key_is_nobodys() {
    let text = MediaKey::new(hmac_key(1)).sign(&token());
    assert_eq!(MediaKey::new(hmac_key(2)).verify(&text, NOW), None);
}
