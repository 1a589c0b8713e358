//! What must never verify, after the negative vectors of Wycheproof and RFC 8725.

use super::*;
use crate::keys::fixture::RS256;
use types::limits::TOKEN_BYTES_MAX;

/// The signature of [`FOREIGN_ES256`] in DER, as ECDSA libraries write it.
const ES256_DER: &str = "\
    MEUCIGV0sKDMpv7NIbp6DjCxemyAiB98o8-pANjq4LUMYYTdAiEA6n-oA879OaUMhfpusIUlL7Nln7BghUsCY_ja\
    LdMZhXQ";

fn parts(token: &str) -> (&str, &str) {
    token.rsplit_once('.').unwrap()
}

#[test]
fn no_key_of_one_algorithm_serves_another() {
    // The public key is known to everybody: as text of the key set, as modulus, as point.
    let published = rs256().public_jwks();
    let rsa = &published["keys"][1];
    let point = &es256().public_jwks()["keys"][0];
    let decode = |value: &Value| BASE64URL_NOPAD.decode(value.as_str().unwrap().as_bytes());
    for secret in [
        published.to_string().into_bytes(),
        rsa.to_string().into_bytes(),
        decode(&rsa["n"]).unwrap(),
        [
            vec![4],
            decode(&point["x"]).unwrap(),
            decode(&point["y"]).unwrap(),
        ]
        .concat(),
        Vec::new(),
    ] {
        for kid in [
            "",
            r#","kid":"rs-key-1""#,
            r#","kid":"es-key-1""#,
            r#","kid":"es-key-2""#,
        ] {
            let header = format!(r#"{{"alg":"HS256","typ":"JWT"{kid}}}"#);
            let token = forge_with(&secret, &header, "{}");
            for keys in [hs256(), rs256(), es256()] {
                assert!(keys.verify(&token, NOW).is_err(), "{header}");
            }
        }
    }
    let renamed = FOREIGN_RS256.replacen("UzI1NiIs", "UzUxMiIs", 1);
    assert_eq!(
        refusal(&rs256(), &renamed),
        "token signature is invalid: signing method RS512 is invalid"
    );
}

#[test]
fn a_key_is_pinned_to_its_own_algorithm_in_its_family() {
    let methods = ["RS256".to_owned(), "RS512".to_owned()];
    let keys = KeySet::from_jwks(RS256, None, &methods).unwrap();
    assert!(keys.verify(FOREIGN_RS256, NOW).is_ok());
    let wrong = "token signature is invalid: crypto/rsa: verification error";
    assert_eq!(refusal(&keys, FOREIGN_RS512), wrong);
}

#[test]
fn a_key_type_that_does_not_fit_is_named() {
    let header = |alg: &str, kid: &str| format!(r#"{{"alg":"{alg}","kid":"{kid}"}}"#);
    for (alg, kid, expects) in [
        ("RS256", "hs-key-1", "RSA verify expects *rsa.PublicKey"),
        ("RS256", "es-key-2", "RSA verify expects *rsa.PublicKey"),
        ("ES256", "rs-key-1", "ECDSA verify expects *ecdsa.PublicKey"),
        ("HS256", "es-key-2", "HMAC verify expects []byte"),
    ] {
        let token = forge(&header(alg, kid), "{}");
        let tail = format!("token signature is invalid: key is of invalid type: {expects}");
        assert_eq!(refusal(&rs256(), &token), tail);
    }
}

#[test]
fn a_kid_without_key_is_named_and_shortened() {
    let unknown = |kid: &str| {
        let token = forge(&format!(r#"{{"alg":"ES256"{kid}}}"#), "{}");
        let fault = refusal(&es256(), &token);
        assert_eq!(refusal(&rs256(), &token), fault);
        let start = "token is unverifiable: error while executing keyfunc: unrecognized JWT kid ";
        fault.strip_prefix(start).unwrap_or(&fault).to_owned()
    };
    assert_eq!(unknown(r#","kid":"nope""#), "nope for algorithm ES256");
    assert_eq!(unknown(""), "<nil> for algorithm ES256");
    assert_eq!(unknown(r#","kid":5"#), "5 for algorithm ES256");
    assert_eq!(
        unknown(r#","kid":"../../dev/null""#),
        "../../dev/null for algorithm ES256"
    );
    let long = format!(r#","kid":"{}""#, "k".repeat(10_000));
    assert!(unknown(&long).len() < 200);
}

#[test]
fn a_missing_or_cut_signature_is_refused() {
    for (keys, token) in [
        (hs256(), SAMPLE),
        (rs256(), FOREIGN_RS256),
        (es256(), FOREIGN_ES256),
        (ed25519(), FOREIGN_EDDSA),
    ] {
        let now = Time(0);
        assert!(keys.verify(token, now).is_ok());
        for end in 0..token.len() {
            assert!(keys.verify(&token[..end], now).is_err(), "{end}");
        }
        let (message, signature) = parts(token);
        for signature in [
            "AA".to_owned(),
            "A".repeat(signature.len()),
            format!("{signature}AA"),
            format!("{signature}AAAA"),
            format!("AAAA{signature}"),
            signature.repeat(2),
        ] {
            let token = format!("{message}.{signature}");
            assert!(keys.verify(&token, now).is_err(), "{signature}");
        }
    }
}

#[test]
fn ecdsa_signatures_have_one_form() {
    let (message, _) = parts(FOREIGN_ES256);
    let der = format!("{message}.{ES256_DER}");
    let wrong = "token signature is invalid: crypto/ecdsa: verification error";
    assert_eq!(refusal(&es256(), &der), wrong);
    // r = 0 and s = 0, and r = s = the order of the curve.
    let order = "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE";
    let order = BASE64URL_NOPAD.decode(order.as_bytes()).unwrap();
    for half in [vec![0; 32], order] {
        let signature = BASE64URL_NOPAD.encode(&half.repeat(2));
        assert_eq!(refusal(&es256(), &format!("{message}.{signature}")), wrong);
    }
}

#[test]
fn every_changed_byte_is_noticed() {
    let flips = [b'A', b'B', b'_', b'.', b'='];
    for (keys, token) in [(hs256(), SAMPLE), (es256(), FOREIGN_ES256)] {
        for index in 0..token.len() {
            for flip in flips {
                let mut bytes = token.as_bytes().to_vec();
                if bytes[index] != flip {
                    bytes[index] = flip;
                    let token = String::from_utf8(bytes).unwrap();
                    assert!(keys.verify(&token, Time(0)).is_err(), "{index}");
                }
            }
        }
    }
}

#[test]
fn only_one_way_of_writing_a_token_is_accepted() {
    assert!(hs256().verify(SERVICE_KEY, NOW).is_ok());
    let (message, signature) = parts(SERVICE_KEY);
    // The last character carries two bits of nothing: A, B, C, D decode to the same bytes.
    let stray = signature.strip_suffix('A').unwrap().to_owned() + "B";
    for token in [
        format!("{message}.{stray}"),
        format!("{message}.{signature}="),
        format!("{message}.{signature}\n"),
        format!("{message}.{}\r\n{}", &signature[..8], &signature[8..]),
        format!("{message}.{}", signature.replace('-', "+")),
        format!(" {SERVICE_KEY}"),
        format!("{SERVICE_KEY} "),
        format!("{SERVICE_KEY}.{signature}"),
        format!("Bearer {SERVICE_KEY}"),
        format!("{message}..{signature}"),
        format!("{message}.{signature}."),
    ] {
        assert!(hs256().verify(&token, NOW).is_err(), "{token:?}");
    }
}

#[test]
fn a_header_must_be_plain() {
    let malformed = "token is malformed: could not JSON decode header: ";
    let crit = "token is unverifiable: header names critical extensions (crit)";
    let unspecified = "token is unverifiable: signing method (alg) is unspecified";
    let unavailable = "token is unverifiable: signing method (alg) is unavailable";
    for (header, fault) in [
        (r#"{"alg":"HS256","alg":"none"}"#, malformed),
        (r#"{"alg":"HS256","alg":"HS256"}"#, malformed),
        (r#"{"alg":"HS256","kid":"a","\u006bid":"b"}"#, malformed),
        (r#"{"alg":"HS256"} x"#, malformed),
        ("[]", malformed),
        ("null", malformed),
        ("", malformed),
        ("{", malformed),
        ("\"HS256\"", malformed),
        (r#"{"alg":"HS256","crit":["exp"]}"#, crit),
        (r#"{"alg":"HS256","crit":["b64"],"b64":false}"#, crit),
        (r#"{"alg":"HS256","crit":[]}"#, crit),
        (r#"{"typ":"JWT"}"#, unspecified),
        (r#"{"alg":null}"#, unspecified),
        (r#"{"alg":["HS256"]}"#, unspecified),
        (r#"{"alg":"hs256"}"#, unavailable),
        (r#"{"alg":"HS256 "}"#, unavailable),
        (r#"{"alg":"None"}"#, unavailable),
        (r#"{"alg":""}"#, unavailable),
    ] {
        let refused = refusal(&hs256(), &forge(header, "{}"));
        assert!(refused.starts_with(fault), "{header}: {refused}");
    }
}

#[test]
fn keys_in_the_header_are_never_used() {
    let attacker = "an attacker's own secret of 32 bytes";
    let k = BASE64URL_NOPAD.encode(attacker.as_bytes());
    for header in [
        format!(r#"{{"alg":"HS256","jwk":{{"kty":"oct","k":"{k}"}}}}"#),
        r#"{"alg":"HS256","jku":"https://attacker.example/keys"}"#.to_owned(),
        r#"{"alg":"HS256","x5u":"https://attacker.example/cert"}"#.to_owned(),
    ] {
        let token = forge_with(attacker.as_bytes(), &header, "{}");
        let wrong = "token signature is invalid: signature is invalid";
        assert_eq!(refusal(&hs256(), &token), wrong);
    }
}

#[test]
fn claims_of_the_wrong_type_are_malformed() {
    for (claims, what) in [
        (r#"{"sub":5}"#, "`sub` is not a string"),
        (r#"{"role":["service_role"]}"#, "`role` is not a string"),
        (r#"{"session_id":{}}"#, "`session_id` is not a string"),
        (r#"{"exp":"4102444800"}"#, "`exp` is not a number"),
        (r#"{"exp":false}"#, "`exp` is not a number"),
        (r#"{"nbf":[]}"#, "`nbf` is not a number"),
        (
            r#"{"aud":5}"#,
            "`aud` is not a string or an array of strings",
        ),
        (
            r#"{"aud":["a",5]}"#,
            "`aud` is not a string or an array of strings",
        ),
        (
            r#"{"is_anonymous":"false"}"#,
            "`is_anonymous` is not a boolean",
        ),
        (r#"{"amr":"password"}"#, "`amr` is not an array of methods"),
        (
            r#"{"amr":[{"timestamp":"now"}]}"#,
            "`amr` is not an array of methods",
        ),
        (r#"{"app_metadata":[]}"#, "`app_metadata` is not an object"),
    ] {
        let tail = format!("token is malformed: could not JSON decode claim: {what}");
        assert_eq!(refusal(&hs256(), &forge(HS256, claims)), tail);
    }
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    for claims in [
        r#"{"role":"anon","role":"service_role"}"#,
        r#"{"exp":1e999}"#,
        "[]",
        "",
        "{} {}",
        &deep,
    ] {
        let fault = refusal(&hs256(), &forge(HS256, claims));
        let start = "token is malformed: could not JSON decode claim: ";
        assert!(fault.starts_with(start), "{fault}");
    }
}

#[test]
fn empty_and_missing_subjects_are_the_same() {
    for claims in [
        "{}",
        r#"{"sub":"","session_id":""}"#,
        r#"{"sub":null,"session_id":null}"#,
    ] {
        let verified = hs256().verify(&forge(HS256, claims), NOW).unwrap();
        assert_eq!((verified.sub, verified.session_id), (None, None));
    }
}

#[test]
fn overlong_tokens_are_refused_unread() {
    let padding = |bytes: usize| format!(r#"{{"a":"{}"}}"#, "a".repeat(bytes));
    let long = forge(HS256, &padding(TOKEN_BYTES_MAX));
    assert_eq!(
        refusal(&hs256(), &long),
        "token is malformed: token is too long"
    );
    let fits = forge(HS256, &padding(TOKEN_BYTES_MAX / 4 * 3 - 200));
    assert!(fits.len() <= TOKEN_BYTES_MAX);
    assert!(hs256().verify(&fits, NOW).is_ok());
}
