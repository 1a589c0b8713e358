//! Refresh tokens against recorded ones, forgeries and noise.

use super::*;
use proptest::prelude::*;
use types::SystemEntropy;

/// Tokens and keys of a database that the original server wrote.
const RECORDED: [(&str, &str, u64, &str); 4] = [
    (
        "AB6nfuhYskAcpMhqW-x97UYAAkk3U8rLdpX1GY4Xcg3N_9rEe_8",
        "1ea77ee8-58b2-401c-a4c8-6a5bec7ded46",
        0,
        "-8czZFStywLhNRzWwjuNKBqS_bX2BgZsM8jVqHrnKHM",
    ),
    (
        "AG7qT_x4F0xPjCkTL4G3HI8CIX_WNKtKqONdt4m7mj89BjJM1YU",
        "6eea4ffc-7817-4c4f-8c29-132f81b71c8f",
        2,
        "p9OG0wic5JKgvyJ2wWvvMdR4G0SenR5s_RtdQ7RODlY",
    ),
    (
        "AG7qT_x4F0xPjCkTL4G3HI8BRwbCZLCWYh_py9AMYpIn2sUR7Yo",
        "6eea4ffc-7817-4c4f-8c29-132f81b71c8f",
        1,
        "p9OG0wic5JKgvyJ2wWvvMdR4G0SenR5s_RtdQ7RODlY",
    ),
    (
        "AG7qT_x4F0xPjCkTL4G3HI8ARSTq8hDc0zyycbTbViU9U-IqS-w",
        "6eea4ffc-7817-4c4f-8c29-132f81b71c8f",
        0,
        "p9OG0wic5JKgvyJ2wWvvMdR4G0SenR5s_RtdQ7RODlY",
    ),
];

fn parse_v2_text(text: &str) -> Counter {
    match Presented::parse(text).unwrap() {
        Presented::V2(counter) => counter,
        Presented::V1(_) => panic!("{text} is of the second generation"),
    }
}

/// A token whose checksum is right, whatever its other bytes are.
fn with_checksum(bytes: &[u8]) -> String {
    let mut bytes = bytes.to_vec();
    bytes.extend_from_slice(&checksum(&bytes));
    BASE64URL_NOPAD.encode(&bytes)
}

#[test]
fn recorded_tokens_verify_and_are_minted_again() {
    for (text, session, number, key) in RECORDED {
        let session: SessionId = session.parse().unwrap();
        let key = decode_hmac_key(key).unwrap();
        let token = parse_v2_text(text);
        assert_eq!((token.session, token.counter), (session, number));
        assert!(token.verify(key.expose()));
        assert_eq!(mint_v2(session, number, key.expose()), text);
    }
}

#[test]
fn another_key_does_not_verify() {
    let token = parse_v2_text(RECORDED[0].0);
    let other = decode_hmac_key(RECORDED[1].3).unwrap();
    assert!(!token.verify(other.expose()));
    assert!(!token.verify(b""));
}

#[test]
fn a_changed_byte_spoils_the_checksum_and_a_repaired_checksum_the_signature() {
    let (text, _, _, key) = RECORDED[1];
    let key = decode_hmac_key(key).unwrap();
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    let checked = bytes.len() - CHECKSUM_BYTES;
    for position in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[position] ^= 0x01;
        let changed_text = BASE64URL_NOPAD.encode(&changed);
        assert_eq!(Presented::parse(&changed_text), Err(Malformed));
        if position >= checked {
            continue;
        }
        if let Ok(Presented::V2(forged)) = Presented::parse(&with_checksum(&changed[..checked])) {
            assert!(!forged.verify(key.expose()), "byte {position}");
        }
    }
}

#[test]
fn first_generation_is_twelve_letters_of_its_alphabet() {
    assert_eq!(
        Presented::parse("22mxjwzphv6b"),
        Ok(Presented::V1("22mxjwzphv6b".to_owned()))
    );
    for text in [
        "ABCDEFGHIJKL",
        "abcdefghijk",
        "abcdefghijk1",
        "abcdefghijk\u{e9}",
        "",
        "x",
    ] {
        assert_eq!(Presented::parse(text), Err(Malformed), "{text:?}");
    }
    assert!(matches!(
        Presented::parse(&mint_v1(&SystemEntropy)),
        Ok(Presented::V1(_))
    ));
}

#[test]
fn only_the_canonical_spelling_is_accepted() {
    let text = RECORDED[0].0;
    let body = |varint: &[u8]| [&[0], &[7; 16][..], varint, &[9; 16]].concat();
    let refused = [
        format!("{text}="),
        format!("{text}\n"),
        text.replace('_', "/"),
        // The last letter carries six bits of which two are unused; `9` sets one of them.
        format!("{}9", &text[..text.len() - 1]),
        with_checksum(&[&[1], &[7; 16][..], &[0], &[9; 16]].concat()),
        with_checksum(&body(&[])),
        with_checksum(&body(&[0x80, 0x00])),
        with_checksum(&body(&[0x80])),
        with_checksum(&body(&[0x01, 0x01])),
        with_checksum(&body(&[0xff; 9])),
        with_checksum(&body(&[
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ])),
        "A".repeat(1_000_000),
    ];
    for text in refused {
        assert_eq!(Presented::parse(&text), Err(Malformed), "{text:.80}");
    }
    assert!(Presented::parse(&with_checksum(&body(&[0x80, 0x01]))).is_ok());
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", Presented::V1("22mxjwzphv6b".to_owned()));
    assert_eq!(shown, "V1(..)");
    let shown = format!("{:?}", parse_v2_text(RECORDED[1].0));
    assert!(
        shown.contains("counter: 2") && !shown.contains("signature"),
        "{shown}"
    );
}

#[test]
fn keys_round_trip_and_short_ones_are_refused() {
    let text = new_hmac_key(&SystemEntropy);
    assert_eq!(decode_hmac_key(&text).unwrap().expose().len(), 32);
    for text in [
        "",
        "AAAA",
        "{\"key_id\":\"k\"}",
        "p9OG0wic5JKgvyJ2wWvvMdR4G0SenR5s_RtdQ7RODlY=",
    ] {
        assert!(decode_hmac_key(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_minted_is_parsed(session: [u8; 16], number in 0..=COUNTER_MAX, key: [u8; 32]) {
        let session = SessionId(Uuid::from_bytes(session));
        let token = parse_v2_text(&mint_v2(session, number, &key));
        prop_assert_eq!((token.session, token.counter), (session, number));
        prop_assert!(token.verify(&key));
    }

    #[test]
    fn what_is_parsed_is_spelled_one_way(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let mut bytes = bytes;
        if let Some(version) = bytes.first_mut() {
            *version = 0;
        }
        let text = with_checksum(&bytes);
        if let Ok(Presented::V2(token)) = Presented::parse(&text) {
            let again = mint_v2(token.session, token.counter, b"k");
            prop_assert_eq!(again.len(), text.len());
            prop_assert_eq!(&again[..22], &text[..22]);
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,80}") {
        let _ = Presented::parse(&text);
    }
}
