//! Tokens as recorded, as other implementations make them, and as attackers do.

use super::*;
use crate::keys::fixture::{SECRET, ed25519, es256, hs256, rs256, rs512};
use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

mod attacks;
mod round_trip;

/// Minted by Supabase Auth; the claims are those of [`sample_claims`].
const SAMPLE: &str = "\
    eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwOi8vYXV0aC5leGFtcGxlLnRlc3QiLCJzdWI\
    iOiIyNzY4ZjYwNC00MjE1LTRkNzItOTkwYS0zODU1YjM1N2UyMGUiLCJhdWQiOiJhdXRoZW50aWNhdGVkIiwiZXh\
    wIjoxNzk1MzUyMTQwLCJpYXQiOjE3OTUzNDg1NDAsImVtYWlsIjoidXNlcjAxQGV4YW1wbGUuY29tIiwicGhvbmU\
    iOiIiLCJhcHBfbWV0YWRhdGEiOnsicGxhbiI6ImZyZWUiLCJwcm92aWRlciI6ImVtYWlsIiwicHJvdmlkZXJzIjp\
    bImVtYWlsIl19LCJ1c2VyX21ldGFkYXRhIjp7ImVtYWlsX3ZlcmlmaWVkIjp0cnVlLCJuIjoxfSwicm9sZSI6ImF\
    1dGhlbnRpY2F0ZWQiLCJhYWwiOiJhYWwxIiwiYW1yIjpbeyJtZXRob2QiOiJwYXNzd29yZCIsInRpbWVzdGFtcCI\
    6MTc5NTM0ODU0MH1dLCJzZXNzaW9uX2lkIjoiNmNiNzQ4ZTctNjA4Zi00YTViLTgwNmMtZGVlMDg4MDczOWNjIiw\
    iaXNfYW5vbnltb3VzIjpmYWxzZX0.Z-GaSf9DQCpFs70MqSq6RlL7dSD7kAM3RTp_a6xo3rg";
const SERVICE_KEY: &str = "\
    eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIiwiaWF0IjoxNzY3MjI1NjA\
    wLCJleHAiOjQxMDI0NDQ4MDB9.vuYtjcL-A-0hvxtSc-4XftHEU53N7GXty3Hntq1OOcA";
const ANON_KEY: &str = "\
    eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiYW5vbiIsImlhdCI6MTc2NzIyNTYwMCwiZXhwIjo\
    0MTAyNDQ0ODAwfQ.aLLoGQd0He0CifDCmZs7Yj8uWPz8TWkxLvP1SL9eBqc";

/// The claims `{"role":"service_role","exp":4102444800}`, signed by another implementation.
const FOREIGN_RS256: &str = "\
    eyJhbGciOiJSUzI1NiIsImtpZCI6InJzLWtleS0xIiwidHlwIjoiSldUIn0.eyJyb2xlIjoic2VydmljZV9yb2xl\
    IiwiZXhwIjo0MTAyNDQ0ODAwfQ.M8vaG-6aSScwWZhKtgK0hAvCQO4PxEMNKED3ku8QLs7G7atKbqt_-ug6u14zu\
    3KrQWKK5trSirAGZh73IrvqtFvn1MPDdCEK7NA0z0VwsW-4Vmrvr5O2ZHckKEfYqras2ATjeS4VhMYtkB6YSPEZ3\
    Vz9hnz21JaBdGL9KOSjBZGdWcfmk1Zht9bC_kE_r7_5gnJHVV5gFbcRT0ZkoJnDPW1NCwyKyZhb3TCpvdPsSev2A\
    rNO2p2izKY0CkO_X0KF50KUo7zvd4cgkM-briU6IVRRgtyjACXgY8I2qgR2tRHSnShqXMD78FYpnkNZ7bCDcPzHU\
    fOZt1qW56kt764cFA";
const FOREIGN_RS512: &str = "\
    eyJhbGciOiJSUzUxMiIsImtpZCI6InJzLWtleS0xIiwidHlwIjoiSldUIn0.eyJyb2xlIjoic2VydmljZV9yb2xl\
    IiwiZXhwIjo0MTAyNDQ0ODAwfQ.T9YHR1i9KebDu4FXXL-jjmOW9CqDBa_k277VqPkIJnP3jpswSgQ--bXF4ottR\
    gU5PcDOlq2DVvoiHbZ0gGl2pGVUAzsgAExRjYrVY7X-cKBilg9-ZCTktvIy-m0GbFMflr5mbd4hykGRLhnLIA_3F\
    6Jw6o5SLBoGH8QjkcnSU4kJOVOJZTEW5BdUxcU3bclZYCaP19SBtlCiT-pe7FiYTt5pyU6RV2aFNKJggZF7twuRg\
    2WSjUvxjiYqAhdiM6-lGgUmmW7L58RLOQnaHHIcsPEXAuCZpcWNPxlqy4HIUcYPCqlV9dXMxpwGmoFfLcOc3y7rw\
    nlr-Y1Fy6_gQhqtvA";
const FOREIGN_ES256: &str = "\
    eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzLWtleS0xIiwidHlwIjoiSldUIn0.eyJyb2xlIjoic2VydmljZV9yb2xl\
    IiwiZXhwIjo0MTAyNDQ0ODAwfQ.ZXSwoMym_s0hunoOMLF6bICIH3yjz6kA2OrgtQxhhN3qf6gDzv05pQyF-m6wh\
    SUvs2WfsGCFSwJj-Not0xmFdA";
const FOREIGN_EDDSA: &str = "\
    eyJhbGciOiJFZERTQSIsImtpZCI6ImVkLWtleS0xIiwidHlwIjoiSldUIn0.eyJyb2xlIjoic2VydmljZV9yb2xl\
    IiwiZXhwIjo0MTAyNDQ0ODAwfQ.IXzrsCOnAS_g7pFUPsEvOEeO7AvYqycOLOUd5-_dDt4_cA5XD1wzM4fvYaYaW\
    aPgeS4AZHQBlADyqeq58AgUCg";

/// 2026-11-22, when the sample was minted.
const NOW: Time = Time::from_unix_seconds(1_795_348_540);

fn sample_claims() -> Claims {
    Claims {
        iss: Some("http://auth.example.test".to_owned()),
        sub: "2768f604-4215-4d72-990a-3855b357e20e".parse().unwrap(),
        aud: "authenticated".to_owned(),
        exp: 1_795_352_140,
        iat: 1_795_348_540,
        email: "user01@example.com".to_owned(),
        phone: String::new(),
        app_metadata: json!({"plan": "free", "provider": "email", "providers": ["email"]}),
        user_metadata: json!({"email_verified": true, "n": 1}),
        role: "authenticated".to_owned(),
        aal: "aal1".to_owned(),
        amr: vec![AmrEntry {
            method: "password".to_owned(),
            timestamp: 1_795_348_540,
            provider: None,
        }],
        session_id: "6cb748e7-608f-4a5b-806c-dee0880739cc".parse().unwrap(),
        is_anonymous: false,
        client_id: None,
        scope: None,
    }
}

/// A token with this header and these claims, as they stand, signed with `secret`.
fn forge_with(secret: &[u8], header: &str, claims: &str) -> String {
    let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    let message = format!("{}.{}", encode(header), encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signature = hmac::sign(&key, message.as_bytes());
    format!("{message}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
}

/// As [`forge_with`], with the secret of the recorded instances.
fn forge(header: &str, claims: &str) -> String {
    forge_with(SECRET.as_bytes(), header, claims)
}

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn refusal(keys: &KeySet, token: &str) -> String {
    keys.verify(token, NOW).unwrap_err().to_string()
}

#[test]
fn tokens_are_byte_for_byte_what_supabase_auth_mints() {
    assert_eq!(hs256().mint(&sample_claims()).unwrap(), SAMPLE);
    let key = |role| hs256().mint_api_key(role, 1_767_225_600, 4_102_444_800);
    assert_eq!(key(ApiKeyRole::ServiceRole).unwrap(), SERVICE_KEY);
    assert_eq!(key(ApiKeyRole::Anon).unwrap(), ANON_KEY);
}

#[test]
fn optional_claims_are_left_out_or_written_last() {
    let mut claims = sample_claims();
    claims.iss = None;
    claims.aud = String::new();
    claims.amr = Vec::new();
    claims.client_id = Some("client".to_owned());
    claims.scope = Some("openid".to_owned());
    let json = serde_json::to_string(&claims).unwrap();
    assert!(json.starts_with(r#"{"sub":"2768f604-4215-4d72-990a-3855b357e20e","aud":"","#));
    let end = r#""is_anonymous":false,"client_id":"client","scope":"openid"}"#;
    assert!(json.ends_with(end), "{json}");
    assert!(!json.contains("amr"), "{json}");
}

#[test]
fn a_verified_token_says_what_its_claims_say() {
    let verified = hs256().verify(SAMPLE, NOW).unwrap();
    let claims = sample_claims();
    assert_eq!(verified.sub, Some(claims.sub.to_string()));
    assert_eq!(verified.session_id, Some(claims.session_id.to_string()));
    assert_eq!(verified.iss, "http://auth.example.test");
    assert_eq!(verified.aud, ["authenticated"]);
    assert_eq!(verified.role, "authenticated");
    assert_eq!(verified.exp, Some(claims.exp));
    assert_eq!(verified.iat, Some(claims.iat));
    assert_eq!(verified.aal, "aal1");
    assert_eq!(verified.amr, claims.amr);
    assert_eq!(verified.email, claims.email);
    assert!(!verified.is_anonymous);

    let key = hs256().verify(SERVICE_KEY, NOW).unwrap();
    assert_eq!(
        (key.sub, key.session_id, key.role.as_str()),
        (None, None, "service_role")
    );
    assert_eq!(
        (key.aud, key.aal.as_str(), key.amr),
        (Vec::new(), "", Vec::new())
    );
}

#[test]
fn tokens_of_other_implementations_verify() {
    for (keys, token) in [
        (hs256(), SERVICE_KEY),
        (rs256(), FOREIGN_RS256),
        (rs512(), FOREIGN_RS512),
        (es256(), FOREIGN_ES256),
        (ed25519(), FOREIGN_EDDSA),
    ] {
        let verified = keys.verify(token, NOW).unwrap();
        assert_eq!(
            verified.role,
            "service_role",
            "{}",
            keys.signing_algorithm()
        );
        assert_eq!(verified.exp, Some(4_102_444_800));
    }
}

#[test]
fn deterministic_signatures_agree_with_other_implementations() {
    let payload = br#"{"role":"service_role","exp":4102444800}"#;
    for (keys, token) in [
        (rs256(), FOREIGN_RS256),
        (rs512(), FOREIGN_RS512),
        (ed25519(), FOREIGN_EDDSA),
    ] {
        assert_eq!(keys.sign(payload).unwrap(), token);
    }
}

#[test]
fn a_listed_or_named_secret_signs_under_its_name() {
    let k = BASE64URL_NOPAD.encode(b"a listed secret of at least 32 bytes");
    let jwk = format!(r#"{{"kty":"oct","kid":"h","alg":"HS256","key_ops":["sign"],"k":"{k}"}}"#);
    let listed = KeySet::from_jwks(&jwk, None, &[]).unwrap();
    let secret = types::Secret::new(SECRET.to_owned());
    let named = KeySet::from_named_secret(&secret, "h").unwrap();
    for keys in [listed, named] {
        let token = keys.mint(&sample_claims()).unwrap();
        let header = BASE64URL_NOPAD.encode(br#"{"alg":"HS256","kid":"h","typ":"JWT"}"#);
        assert!(token.starts_with(&header), "{token}");
        assert!(keys.verify(&token, NOW).is_ok());
        assert!(es256().verify(&token, NOW).is_err());
    }
}

#[test]
fn recorded_tokens_are_accepted() {
    for claims in [
        r#"{"sub":"u","aud":"authenticated","iat":1795348540}"#,
        r#"{"sub":"u","aud":["authenticated"],"exp":1795352140}"#,
        r#"{"sub":"u","exp":1795352140,"iat":1895352140}"#,
    ] {
        assert!(
            hs256().verify(&forge(HS256, claims), NOW).is_ok(),
            "{claims}"
        );
    }
    let unknown_kid = forge(r#"{"alg":"HS256","typ":"JWT","kid":"nope"}"#, "{}");
    assert!(hs256().verify(&unknown_kid, NOW).is_ok());
    let listed_kid = forge(r#"{"alg":"HS256","typ":"JWT","kid":"hs-key-1"}"#, "{}");
    assert!(rs256().verify(&listed_kid, NOW).is_ok());
    assert!(rs256().verify(SERVICE_KEY, NOW).is_ok());
}

#[test]
fn recorded_refusals_read_as_recorded() {
    let none = forge(r#"{"alg":"none","typ":"JWT"}"#, "{}");
    let unsigned = none.rsplit_once('.').unwrap().0.to_owned() + ".";
    let hs512 = forge(r#"{"alg":"HS512","typ":"JWT"}"#, "{}");
    let wrong_secret = forge_with(b"another secret", HS256, "{}");
    let base64 = "could not base64 decode header: illegal base64 data at input byte 0";
    for (token, kind, fault) in [
        (
            "abc",
            "is malformed",
            "token contains an invalid number of segments",
        ),
        ("a.b.c", "is malformed", base64),
        (
            &wrong_secret,
            "signature is invalid",
            "signature is invalid",
        ),
        (
            &unsigned,
            "signature is invalid",
            "signing method none is invalid",
        ),
        (
            &hs512,
            "signature is invalid",
            "signing method HS512 is invalid",
        ),
        (
            FOREIGN_RS256,
            "signature is invalid",
            "signing method RS256 is invalid",
        ),
        (
            FOREIGN_ES256,
            "signature is invalid",
            "signing method ES256 is invalid",
        ),
    ] {
        assert_eq!(refusal(&hs256(), token), format!("token {kind}: {fault}"));
    }
    let claims = |claims: &str| refusal(&hs256(), &forge(HS256, claims));
    let invalid = "token has invalid claims: ";
    let expired = claims(r#"{"exp":1795348530}"#);
    assert_eq!(expired, format!("{invalid}token is expired"));
    let premature = claims(r#"{"nbf":1795348600}"#);
    assert_eq!(premature, format!("{invalid}token is not valid yet"));

    let invalid = "token signature is invalid: ";
    let listed = forge(r#"{"alg":"HS256","typ":"JWT","kid":"hs-key-1"}"#, "{}");
    for token in [SERVICE_KEY, &listed] {
        let refused = refusal(&es256(), token);
        assert_eq!(refused, format!("{invalid}signing method HS256 is invalid"));
    }
    let confused = forge(r#"{"alg":"HS256","typ":"JWT","kid":"rs-key-1"}"#, "{}");
    assert_eq!(
        refusal(&rs256(), &confused),
        format!("{invalid}key is of invalid type: HMAC verify expects []byte")
    );
}

#[test]
fn times_have_no_leeway() {
    let claims = r#"{"exp":1795348540.9,"nbf":1795348530.9}"#;
    let token = forge(HS256, claims);
    // One set of keys: that a signature is remembered must not outlive the time of its token.
    let keys = hs256();
    let at = |us: i64| keys.verify(&token, Time(us)).map(|verified| verified.exp);
    let expired = |premature| TokenError::InvalidTimes {
        expired: true,
        premature,
    };
    let premature = TokenError::InvalidTimes {
        expired: false,
        premature: true,
    };
    assert_eq!(at(1_795_348_535_000_000), Ok(Some(1_795_348_540)));
    assert_eq!(at(1_795_348_529_999_999), Err(premature));
    assert_eq!(at(1_795_348_530_000_000), Ok(Some(1_795_348_540)));
    assert_eq!(at(1_795_348_539_999_999), Ok(Some(1_795_348_540)));
    assert_eq!(at(1_795_348_540_000_000), Err(expired(false)));
    let both = forge(HS256, r#"{"exp":-1,"nbf":99999999999999999999}"#);
    assert_eq!(
        refusal(&hs256(), &both),
        "token has invalid claims: token is expired, token is not valid yet"
    );
    for never in [
        r#"{"exp":null,"nbf":null}"#,
        r#"{"exp":1e300,"nbf":-1e300}"#,
    ] {
        assert!(hs256().verify(&forge(HS256, never), NOW).is_ok(), "{never}");
    }
}

#[test]
fn debug_shows_neither_contacts_nor_metadata() {
    let verified = hs256().verify(SAMPLE, NOW).unwrap();
    for shown in [format!("{verified:?}"), format!("{:?}", sample_claims())] {
        assert!(shown.contains("2768f604"), "{shown}");
        assert!(!shown.contains("user01"), "{shown}");
        assert!(!shown.contains("plan"), "{shown}");
    }
}
