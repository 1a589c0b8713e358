//! Key sets as operators configure them, and those that must not be used.

use super::fixture::{ED25519, ES256, RS256, SECRET, ed25519, es256, hs256, rs256, secret};
use super::*;

const RS256_PUBLIC: &str = "\
    {\"keys\":[{\"alg\":\"ES256\",\"crv\":\"P-256\",\"key_ops\":[\"verify\"],\"kid\":\"es-ke\
    y-2\",\"kty\":\"EC\",\"use\":\"sig\",\"x\":\"cMmID7JDhsHc_3QdbA4_3NmGE6yehUNibI32cW6upjA\
    \",\"y\":\"IB9yV4Y2LoYDaYNhDVtzCX_SuU0KCEEWjKR6eznqV1o\"},{\"alg\":\"RS256\",\"e\":\"AQA\
    B\",\"key_ops\":[\"verify\"],\"kid\":\"rs-key-1\",\"kty\":\"RSA\",\"n\":\"rSj2o0Mn59g6BB\
    MNLN3zXtlrGiC9TUeifoUSHXMeUXTBYGR5Rw_kd8d0qX6e_YeEzuWtSqTmqz2qf_W8zUzIR7dzeeJdAWLbJRY7WN\
    P2jlyHV0PAwuSdCloLGZV3HaLQ3EDRtqidnS9tWIybV-42V_3N72NmuBjlkTZIss5Xohusgh3xkPenCwTQFR-ERQ\
    2eVGujU2oul07lgWC028F8H_EFwa9jbmncGyTWuLTcfUa7ZpAFlnpi9oHkQPjFbdB-gD94oO5bbuAaJhceO3s0qN\
    TemSFDaEhsF6NuseAxw1bjuJ7bFdPHGNN8TZOd1MHsVpAYj5GQAfXgZSViTsIliQ\",\"use\":\"sig\"}]}";
const RSA_1024: &str = "\
    sSgOhkZTjj1Or5W-qgxx6nVRv9XR-imcSdAEn5F_4EOoCaELLPWtjJbe-qsZheW3taU-IVdVc_CysPUuwWk5VFYd\
    FvSzxMtBQavwjnMxF62u_S6E4lXlq7xLoWJUxnTbPdj9H8qptbmAAeXV86lxULUXikMWfIoQAtxfTcojyM0";

/// Not random: the same bytes again and again.
#[derive(Debug)]
struct Repeated(u8);

impl Entropy for Repeated {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

fn refusal(json: &str) -> KeyError {
    KeySet::from_jwks(json, None, &[]).unwrap_err()
}

fn unusable(kid: &str, fault: &'static str) -> KeyError {
    let kid = kid.to_owned();
    KeyError::Unusable { kid, fault }
}

#[test]
fn public_keys_are_published_as_recorded() {
    assert_eq!(rs256().public_jwks().to_string(), RS256_PUBLIC);
    assert_eq!(
        es256().public_jwks().to_string(),
        r#"{"keys":[{"alg":"ES256","crv":"P-256","key_ops":["verify"],"kid":"es-key-1","#
            .to_owned()
            + r#""kty":"EC","use":"sig","x":"p_VpCXKLxKA7rXlAPjbd2nWW4gMQAhUGf7sbs495rEk","#
            + r#""y":"wq6j6b4a4VzqWFOAdGFgTxFQjrmVlCMuJn4NK9_2jm8"}]}"#
    );
    assert_eq!(
        ed25519().public_jwks().to_string(),
        r#"{"keys":[{"alg":"EdDSA","crv":"Ed25519","key_ops":["verify"],"kid":"ed-key-1","#
            .to_owned()
            + r#""kty":"OKP","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#
    );
    assert_eq!(hs256().public_jwks().to_string(), r#"{"keys":[]}"#);
}

#[test]
fn a_key_set_names_its_signing_key() {
    let named = KeySet::from_named_secret(&secret(), "key-0").unwrap();
    for (keys, algorithm, kid) in [
        (hs256(), "HS256", None),
        (named, "HS256", Some("key-0")),
        (rs256(), "RS256", Some("rs-key-1")),
        (es256(), "ES256", Some("es-key-1")),
        (ed25519(), "EdDSA", Some("ed-key-1")),
    ] {
        assert_eq!(keys.signing_algorithm(), algorithm);
        assert_eq!(keys.signing_kid(), kid);
    }
}

#[test]
fn a_generated_key_is_read_back_and_keeps_its_private_half() {
    let (json, keys) = KeySet::generate_es256(&Repeated(7)).unwrap();
    let again = KeySet::from_jwks(&json, None, &[]).unwrap();
    assert_eq!(again.public_jwks(), keys.public_jwks());
    assert_eq!(keys.signing_algorithm(), "ES256");
    assert_eq!(keys.signing_kid().map(str::len), Some(43));
    let private: Value = serde_json::from_str(&json).unwrap();
    let d = private["d"].as_str().unwrap();
    assert_eq!(BASE64URL_NOPAD.decode(d.as_bytes()).unwrap(), [7; 32]);
    assert!(!keys.public_jwks().to_string().contains(d));
    let (_, other) = KeySet::generate_es256(&Repeated(8)).unwrap();
    assert_ne!(other.signing_kid(), keys.signing_kid());
}

#[test]
fn a_scalar_outside_the_curve_is_not_used() {
    let refused = KeySet::generate_es256(&Repeated(0)).unwrap_err();
    assert_eq!(refused, KeyError::NotGenerated);
    let refused = KeySet::generate_es256(&Repeated(0xff)).unwrap_err();
    assert_eq!(refused, KeyError::NotGenerated);
}

#[test]
fn keys_may_stand_in_an_array_in_a_set_or_alone() {
    let alone = ES256.trim_matches(['[', ']']);
    for json in [ES256, alone, &format!(r#"{{"keys":{ES256}}}"#)] {
        let keys = KeySet::from_jwks(json, None, &[]).unwrap();
        assert_eq!(keys.signing_kid(), Some("es-key-1"));
    }
}

#[test]
fn a_key_that_verifies_needs_no_private_half() {
    let (signing, _) = KeySet::generate_es256(&Repeated(7)).unwrap();
    let published = rs256().public_jwks()["keys"].clone();
    let json = format!("[{signing},{},{}]", published[0], published[1]);
    let keys = KeySet::from_jwks(&json, None, &[]).unwrap();
    assert_eq!(keys.0.listed.len(), 3);
}

#[test]
fn weak_secrets_are_refused() {
    let short = Secret::new(SECRET[..31].to_owned());
    let weak = KeyError::WeakSecret(31);
    assert_eq!(KeySet::from_secret(&short).unwrap_err(), weak);
    let listed = KeySet::from_jwks(RS256, Some(&short), &[]).unwrap_err();
    assert_eq!(listed, weak);
    assert!(KeySet::from_secret(&Secret::new(SECRET[..32].to_owned())).is_ok());
    // Where HS256 is not accepted the secret is not used, so its strength does not matter.
    assert!(KeySet::from_jwks(ES256, Some(&short), &[]).is_ok());
    let k = r#"[{"kty":"oct","kid":"hs","alg":"HS256","key_ops":["sign"],"k":"c2hvcnQ"}]"#;
    assert_eq!(refusal(k), KeyError::WeakSecret(5));
}

#[test]
fn valid_methods_must_be_known_and_include_the_signing_one() {
    let with = |methods: &[&str]| {
        let methods: Vec<_> = methods.iter().map(|&name| name.to_owned()).collect();
        KeySet::from_jwks(ES256, Some(&secret()), &methods).map(|keys| keys.0.methods.clone())
    };
    assert_eq!(with(&[]), Ok(vec![Method::Es256]));
    let both = Ok(vec![Method::Hs256, Method::Es256]);
    assert_eq!(with(&["HS256", "ES256"]), both);
    let missing = Err(KeyError::SigningMethodNotValid("ES256".to_owned()));
    assert_eq!(with(&["HS256"]), missing);
    for name in ["none", "ES512", "hs256"] {
        let unknown = Err(KeyError::UnsupportedAlgorithm(name.to_owned()));
        assert_eq!(with(&["ES256", name]), unknown);
    }
}

#[test]
fn keys_that_cannot_be_used_are_refused_by_name() {
    for json in [
        "",
        "null",
        "[1]",
        "\"secret\"",
        r#"[{"kid":"a","kid":"b"}]"#,
    ] {
        assert_eq!(refusal(json), KeyError::NotJwks, "{json}");
    }
    let twice = format!("{},{}", &ES256[..ES256.len() - 1], &ES256[1..]);
    for (json, reason) in [
        ("[]".to_owned(), KeyError::SigningKeys(0)),
        (ES256.replace("\"sign\",", ""), KeyError::SigningKeys(0)),
        (twice.clone(), KeyError::DuplicateKid("es-key-1".to_owned())),
        (
            twice.replacen("es-key-1", "es-key-2", 1),
            KeyError::SigningKeys(2),
        ),
        (ES256.replace("\"kid\"", "\"name\""), KeyError::MissingKid),
        (ES256.replace("es-key-1", ""), KeyError::MissingKid),
        (
            ES256.replace("ES256", "ES512"),
            KeyError::UnsupportedAlgorithm("ES512".to_owned()),
        ),
        (
            ES256.replace("ES256", "none"),
            KeyError::UnsupportedAlgorithm("none".to_owned()),
        ),
    ] {
        assert_eq!(refusal(&json), reason, "{json}");
    }
}

#[test]
fn members_that_contradict_each_other_are_refused() {
    let halves = "its private and public members do not fit";
    let base64 = "a member is not base64url without padding";
    let es256 = |from: &str, to: &str| refusal(&ES256.replace(from, to));
    for (from, to, fault) in [
        ("\"alg\"", "\"a\"", "`alg` is missing"),
        ("\"EC\"", "\"RSA\"", "`kty` does not fit `alg`"),
        ("ES256", "HS256", "`kty` does not fit `alg`"),
        ("P-256", "P-384", "`crv` does not fit `alg`"),
        ("\"sig\"", "\"enc\"", "`use` is not `sig`"),
        ("p_Vp", "p_Vq", "`x` and `y` are no point of the curve"),
        ("tJhg", "tJhh", halves),
        ("\"d\"", "\"D\"", "a member is missing"),
        ("wq6j", "wq+j", base64),
    ] {
        assert_eq!(es256(from, to), unusable("es-key-1", fault), "{to}");
    }
    for (from, to, fault) in [("nWGx", "nWGy", halves), ("11qY", "11q", base64)] {
        let refused = refusal(&ED25519.replace(from, to));
        assert_eq!(refused, unusable("ed-key-1", fault), "{to}");
    }
}

#[test]
fn rsa_keys_that_are_weak_or_inconsistent_are_refused() {
    let halves = "its private and public members do not fit";
    let size = "`n` has fewer than 2048 or more than 8192 bits";
    let no_key = "`n` and `e` are no RSA key";
    let n = rs256().public_jwks()["keys"][1]["n"].clone();
    for (from, to, fault) in [
        (n.as_str().unwrap(), RSA_1024, size),
        ("rSj2", "LSj2", size),
        ("rSj2", "AAAArSj2", no_key),
        ("AQAB", "AQAA", no_key),
        ("AQAB", "AQ", no_key),
        ("DGEH", "DGEI", halves),
        ("7t57", "7t58", halves),
        ("\"qi\"", "\"oth\"", "a member is missing"),
    ] {
        let refused = refusal(&RS256.replace(from, to));
        assert_eq!(refused, unusable("rs-key-1", fault), "{to}");
    }
}

#[test]
fn debug_shows_no_key() {
    let shown = format!("{:?} {:?}", rs256(), hs256());
    assert!(shown.contains("rs-key-1"), "{shown}");
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(!shown.contains("DGEH"), "{shown}");
}
