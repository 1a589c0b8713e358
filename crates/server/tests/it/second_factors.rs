//! Second factors beyond the recordings: single use, races, limits, and what removal takes away.

use crate::api::{Api, Asked, SignedIn};
use crate::app::Engine;
use crate::engines::on_both_engines;
use authn::totp;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use std::time::Duration;
use store::accounts;
use types::Clock;

on_both_engines! {
    a_code_is_taken_once,
    of_racing_answers_one_wins,
    limits_hold_for_enrolments_at_once,
    challenges_at_once_do_not_disturb_each_other,
    an_answer_comes_from_where_the_question_was_put,
    a_stale_factor_makes_room_for_another,
    a_user_by_number_can_enroll,
    secrets_are_encrypted_where_columns_are,
    an_administrator_takes_the_level_away_with_the_factor,
    a_token_from_before_the_second_factor_ends_its_session,
    people_without_contact_have_no_second_factor,
    only_one_name_of_each_kind,
}

/// A user's factor and its secret.
struct Device {
    id: String,
    secret: String,
}

async fn enroll(api: &Api, user: &SignedIn, name: &str) -> Device {
    let wanted = json!({"factor_type": "totp", "friendly_name": name});
    let answer = api
        .ask("POST", "/factors", &user.access_token, wanted)
        .await;
    assert_eq!(answer.verdict(), "200", "{}", answer.text());
    let body = answer.json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    Device {
        id: text(&body["id"]),
        secret: text(&body["totp"]["secret"]),
    }
}

async fn challenge(api: &Api, user: &SignedIn, device: &Device) -> String {
    let path = format!("/factors/{}/challenge", device.id);
    let answer = api.ask("POST", &path, &user.access_token, json!({})).await;
    assert_eq!(answer.verdict(), "200", "{}", answer.text());
    answer.json()["id"].as_str().expect("an id").to_owned()
}

/// The answer to a challenge with the code that the device shows now.
fn answer(api: &Api, user: &SignedIn, device: &Device, challenge: &str) -> Asked {
    let step = totp::step_of(api.app.clock().now());
    let code = totp::code_at(&device.secret, step).expect("a secret");
    let body = json!({"challenge_id": challenge, "code": code});
    let path = format!("/factors/{}/verify", device.id);
    Asked::json("POST", &path, &user.access_token, &body)
}

/// A user whose session has passed the new factor.
async fn raised(api: &Api) -> (SignedIn, Device) {
    raised_from(api, api.sign_in().await).await
}

/// The session of this user after it has passed a new factor.
async fn raised_from(api: &Api, user: SignedIn) -> (SignedIn, Device) {
    let device = enroll(api, &user, "phone").await;
    let challenge = challenge(api, &user, &device).await;
    let reply = api.send(&answer(api, &user, &device, &challenge)).await;
    assert_eq!(reply.verdict(), "200", "{}", reply.text());
    let session = reply.json();
    let raised = SignedIn {
        access_token: session["access_token"]
            .as_str()
            .expect("a token")
            .to_owned(),
        refresh_token: session["refresh_token"]
            .as_str()
            .expect("a token")
            .to_owned(),
        ..user
    };
    (raised, device)
}

/// One claim of an access token.
fn claim(token: &str, name: &str) -> Value {
    let payload = token.split('.').nth(1).expect("three parts");
    let bytes = BASE64URL_NOPAD
        .decode(payload.as_bytes())
        .expect("base64url");
    serde_json::from_slice::<Value>(&bytes).expect("JSON")[name].clone()
}

async fn a_code_is_taken_once(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let (user, device) = raised(&api).await;
    let next = challenge(&api, &user, &device).await;
    let again = answer(&api, &user, &device, &next);
    let reply = api.send(&again).await;
    assert_eq!(reply.verdict(), "422 mfa_verification_failed");
    // The challenge was not spent by the refusal, and the next code is good.
    api.app.clock().advance(Duration::from_secs(30));
    let reply = api.send(&answer(&api, &user, &device, &next)).await;
    assert_eq!(reply.verdict(), "200", "{}", reply.text());
}

async fn of_racing_answers_one_wins(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let user = api.sign_in().await;
    let device = enroll(&api, &user, "phone").await;
    let challenge = challenge(&api, &user, &device).await;
    let asked = answer(&api, &user, &device, &challenge);
    let replies = api.send_at_once(&asked, 6).await;
    let won = replies.iter().filter(|reply| reply.status() == 200).count();
    assert_eq!(won, 1);
    for reply in replies.iter().filter(|reply| reply.status() != 200) {
        assert_eq!(reply.verdict(), "422 mfa_ip_address_mismatch");
    }
}

async fn limits_hold_for_enrolments_at_once(engine: Engine) {
    let limit = [("GOTRUE_MFA_MAX_ENROLLED_FACTORS", "3")];
    let Some(api) = Api::open_with(engine, &limit).await else {
        return;
    };
    let mut asked = Vec::new();
    for _ in 0..4 {
        let user = api.sign_in().await;
        for number in 0..6 {
            let name = format!("phone {number}");
            let wanted = json!({"factor_type": "totp", "friendly_name": name});
            asked.push(Asked::json("POST", "/factors", &user.access_token, &wanted));
        }
    }
    let replies = futures_util::future::join_all(asked.iter().map(|asked| api.send(asked))).await;
    for replies in replies.chunks(6) {
        let verdict = |wanted: &str| replies.iter().filter(|r| r.verdict() == wanted).count();
        assert_eq!(verdict("200"), 3);
        assert_eq!(verdict("422 too_many_enrolled_mfa_factors"), 3);
    }
}

async fn challenges_at_once_do_not_disturb_each_other(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let mut asked = Vec::new();
    for _ in 0..6 {
        let user = api.sign_in().await;
        let device = enroll(&api, &user, "phone").await;
        let path = format!("/factors/{}/challenge", device.id);
        asked.push(Asked::json("POST", &path, &user.access_token, &Value::Null));
    }
    // All of one microsecond, in which only one factor may have been challenged.
    let replies = asked.iter().map(|asked| api.send_now(asked));
    for reply in futures_util::future::join_all(replies).await {
        assert_eq!(reply.verdict(), "200", "{}", reply.text());
    }
}

async fn an_answer_comes_from_where_the_question_was_put(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let user = api.sign_in().await;
    let device = enroll(&api, &user, "phone").await;
    let challenge = challenge(&api, &user, &device).await;
    let elsewhere = "UPDATE mfa_challenges SET ip_address = '192.0.2.1'".to_owned();
    api.script(elsewhere).await;
    let reply = api.send(&answer(&api, &user, &device, &challenge)).await;
    assert_eq!(reply.verdict(), "422 mfa_ip_address_mismatch");
}

async fn a_stale_factor_makes_room_for_another(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let user = api.sign_in().await;
    let first = enroll(&api, &user, "phone").await;
    let wanted = json!({"factor_type": "totp", "friendly_name": "phone"});
    let reply = api
        .ask("POST", "/factors", &user.access_token, wanted)
        .await;
    assert_eq!(reply.verdict(), "422 mfa_factor_name_conflict");
    api.app.clock().advance(Duration::from_secs(301));
    let second = enroll(&api, &user, "phone").await;
    assert_ne!(first.id, second.id);
    let me = api
        .ask("GET", "/user", &user.access_token, Value::Null)
        .await
        .json();
    assert_eq!(me["factors"].as_array().map(Vec::len), Some(1));
}

async fn a_user_by_number_can_enroll(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let phone = json!({"phone": "15555550100"});
    api.ask("POST", "/otp", "", phone).await;
    let verify = json!({"type": "sms", "phone": "15555550100", "token": "123456"});
    let session = api.ask("POST", "/verify", "", verify).await.json();
    let token = session["access_token"].as_str().expect("a token");
    let wanted = json!({"factor_type": "totp"});
    let enrolled = api.ask("POST", "/factors", token, wanted).await.json();
    let uri = enrolled["totp"]["uri"].as_str().expect("a URI");
    assert!(
        uri.starts_with("otpauth://totp/app.example.test:15555550100?"),
        "{uri}"
    );
}

async fn secrets_are_encrypted_where_columns_are(engine: Engine) {
    let key = BASE64URL_NOPAD.encode(&[7; 32]);
    let settings = [
        ("GOTRUE_SECURITY_DB_ENCRYPTION_ENCRYPT", "true"),
        ("GOTRUE_SECURITY_DB_ENCRYPTION_ENCRYPTION_KEY_ID", "key-1"),
        ("GOTRUE_SECURITY_DB_ENCRYPTION_ENCRYPTION_KEY", key.as_str()),
        (
            "GOTRUE_SECURITY_DB_ENCRYPTION_DECRYPTION_KEYS",
            &format!("key-1:{key}"),
        ),
    ];
    let Some(api) = Api::open_with(engine, &settings).await else {
        return;
    };
    let (user, device) = raised(&api).await;
    let mut db = api.store().db(&api.app.call());
    let id = user.id.parse().expect("an id");
    let account = accounts::find(&mut db, id, None).await.expect("an answer");
    let stored = account
        .expect("the user")
        .factors
        .remove(0)
        .secret
        .expect("a secret");
    assert!(stored.starts_with("{\"key_id\":\"key-1\""), "{stored}");
    assert!(!stored.contains(&device.secret));
}

async fn an_administrator_takes_the_level_away_with_the_factor(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let (user, device) = raised(&api).await;
    assert_eq!(claim(&user.access_token, "aal"), "aal2");
    let path = format!("/admin/users/{}/factors/{}", user.id, device.id);
    api.administer("DELETE", &path, Value::Null).await;
    let body = json!({"refresh_token": user.refresh_token});
    let reply = api
        .ask("POST", "/token?grant_type=refresh_token", "", body)
        .await;
    let session = reply.json();
    let token = session["access_token"].as_str().expect("a token");
    assert_eq!(claim(token, "aal"), "aal1");
    let methods = claim(token, "amr");
    assert!(!methods.to_string().contains("totp"), "{methods}");
    // The spent codes go with the factor.
    let steps = api.count("SELECT count(*) FROM totp_uses").await;
    assert_eq!(steps, 0);
}

async fn a_token_from_before_the_second_factor_ends_its_session(engine: Engine) {
    let newer = [
        ("GOTRUE_SECURITY_REFRESH_TOKEN_ALGORITHM_VERSION", "2"),
        ("GOTRUE_SECURITY_REFRESH_TOKEN_REUSE_INTERVAL", "3"),
    ];
    let Some(api) = Api::open_with(engine, &newer).await else {
        return;
    };
    let path = "/token?grant_type=refresh_token";
    let before = api.sign_in().await;
    let (after, _) = raised_from(&api, before.clone()).await;
    let body = json!({"refresh_token": after.refresh_token});
    let session = api.ask("POST", path, "", body).await.json();
    let token = session["access_token"].as_str().expect("a token");
    assert_eq!(claim(token, "aal"), "aal2");

    // One count behind would be a client that failed to save its token, at any time.
    let before = api.sign_in().await;
    raised_from(&api, before.clone()).await;
    api.app.clock().advance(Duration::from_secs(60));
    let body = json!({"refresh_token": before.refresh_token});
    let reply = api.ask("POST", path, "", body).await;
    assert_eq!(reply.verdict(), "400 refresh_token_already_used");
}

async fn people_without_contact_have_no_second_factor(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let session = api.ask("POST", "/signup", "", json!({})).await.json();
    let token = session["access_token"].as_str().expect("a token");
    let wanted = json!({"factor_type": "totp"});
    let reply = api.ask("POST", "/factors", token, wanted).await;
    assert_eq!(reply.verdict(), "403 no_authorization");
}

async fn only_one_name_of_each_kind(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let (user, _) = raised(&api).await;
    let tablet = enroll(&api, &user, "tablet").await;
    let path = format!("/admin/users/{}/factors/{}", user.id, tablet.id);
    let rename = json!({"friendly_name": "phone"});
    let reply = api.ask("PUT", &path, &api.service_key, rename).await;
    assert_eq!(reply.verdict(), "422 mfa_factor_name_conflict");
    let other = api.sign_in().await;
    let path = format!("/admin/users/{}/factors/{}", other.id, tablet.id);
    let reply = api
        .ask("DELETE", &path, &api.service_key, Value::Null)
        .await;
    assert_eq!(reply.verdict(), "404 mfa_factor_not_found");
}
