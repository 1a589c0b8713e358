//! Ways to take somebody's account over, each of them closed.

use super::{PASSWORD, Site, code_of, header, json_of, link_of, on_both_engines, posted, text};
use crate::golden::token::totp;
use authn::one_time::{hash_of_supabase, pkce_hash};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use std::time::Duration;
use types::Clock;

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "battery-staple-2";
/// Of some other password.
const NEW_HASH: &str = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters";

const CONFIRM: &[(&str, &str)] = &[("GOTRUE_SMTP_MAX_FREQUENCY", "1ms")];
const AT_ONCE: &[(&str, &str)] = &[("GOTRUE_MAILER_AUTOCONFIRM", "true")];
const ONE_LINK: &[(&str, &str)] = &[
    ("GOTRUE_SMTP_MAX_FREQUENCY", "1ms"),
    ("GOTRUE_MAILER_SECURE_EMAIL_CHANGE_ENABLED", "false"),
];
const TIMEBOX: &[(&str, &str)] = &[
    ("GOTRUE_MAILER_AUTOCONFIRM", "true"),
    ("GOTRUE_SESSIONS_TIMEBOX", "1h"),
    ("GOTRUE_JWT_EXP", "86400"),
];
const FEW_MAILS: &[(&str, &str)] = &[("GOTRUE_RATE_LIMIT_EMAIL_SENT", "1")];
const REAUTHENTICATED: &[(&str, &str)] = &[
    (
        "GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_REAUTHENTICATION",
        "true",
    ),
    ("GOTRUE_JWT_EXP", "604800"),
];

on_both_engines! {
    a_change_that_a_new_password_took_back_is_not_sent_again(ONE_LINK);
    a_sign_in_under_way_ends_with_the_old_password(CONFIRM);
    a_code_that_was_handed_out_ends_with_the_old_password(CONFIRM);
    a_mailbox_alone_resets_no_account_with_a_second_factor(CONFIRM);
    mailed_codes_cannot_be_guessed(CONFIRM);
    links_cannot_be_made_from_guessed_codes(CONFIRM);
    shown_codes_cannot_be_guessed(CONFIRM);
    reauthentication_codes_cannot_be_guessed(REAUTHENTICATED);
    an_invited_account_goes_to_nobody_else(AT_ONCE);
    an_exhausted_budget_tells_nobody_who_exists(FEW_MAILS);
    the_session_of_an_administrator_ends(TIMEBOX);
    metadata_never_outgrow_the_access_token(CONFIRM);
}

/// Changes the password by a hash, which is stored at once: nothing has to be computed.
async fn put_password(site: &Site, email: &str) {
    let id = site.account(email).await.expect("a user").user.id;
    let body = json!({ "password_hash": NEW_HASH });
    let reply = site
        .put_as_admin(&format!("/admin/users/{id}"), &body)
        .await;
    assert_eq!(reply.status, 200, "{}", text(&reply));
}

async fn a_change_that_a_new_password_took_back_is_not_sent_again(site: Site) {
    let stolen = site.sign_up(ADA).await;
    let reply = site
        .put_user(&stolen, &json!({"email": "evil@example.com"}))
        .await;
    assert_eq!(reply.status, 200, "{}", text(&reply));
    put_password(&site, ADA).await;
    let before = site.mails().await.len();
    site.advance(Duration::from_secs(1));
    let resend = json!({"type": "email_change", "email": ADA});
    assert_eq!(site.post("/resend", &resend).await.status, 200);
    assert_eq!(site.mails().await.len(), before);
}

/// The hashes of so many take far longer than the change, which comes while they are computed.
async fn a_sign_in_under_way_ends_with_the_old_password(site: Site) {
    site.sign_up(ADA).await;
    let body = json!({"email": ADA, "password": PASSWORD});
    let sign_ins = (0..40).map(|_| posted("/token?grant_type=password", &body));
    let (replies, ()) = tokio::join!(site.at_once(sign_ins), put_password(&site, ADA));
    // On a busy machine the last of them wait for a hash until their deadline.
    for reply in &replies {
        assert!([200, 400, 503].contains(&reply.status), "{}", text(reply));
    }
    assert_eq!(site.sessions_of(ADA).await, 0);
}

async fn a_code_that_was_handed_out_ends_with_the_old_password(site: Site) {
    site.sign_up(ADA).await;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes());
    let challenge = BASE64URL_NOPAD.encode(digest.as_ref());
    let otp = json!({"email": ADA, "code_challenge": challenge, "code_challenge_method": "s256"});
    assert_eq!(site.post("/otp", &otp).await.status, 200);
    let led = site.get(&link_of(&site.mail_to(ADA).await)).await;
    let target = header(&led, "location");
    let (_, code) = target.split_once("code=").expect("a code");
    put_password(&site, ADA).await;
    let body = json!({"auth_code": code, "code_verifier": VERIFIER});
    let reply = site.post("/token?grant_type=pkce", &body).await;
    assert_eq!(reply.status, 404, "{}", text(&reply));
    assert_eq!(site.sessions_of(ADA).await, 0);
}

/// A second factor; its id and secret.
async fn enroll(site: &Site, token: &str) -> (String, String) {
    let body = json!({"factor_type": "totp"});
    let factor = json_of(&site.post_as(token, "/factors", &body).await);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (text(&factor["id"]), text(&factor["totp"]["secret"]))
}

async fn challenge(site: &Site, token: &str, factor: &str) -> Value {
    let path = format!("/factors/{factor}/challenge");
    json_of(&site.post_as(token, &path, &json!({})).await)["id"].clone()
}

fn shown(site: &Site, secret: &str) -> String {
    let seconds = site.app.clock().now().unix_seconds();
    totp(secret, u64::try_from(seconds).expect("after 1970")).expect("a code")
}

async fn a_mailbox_alone_resets_no_account_with_a_second_factor(site: Site) {
    let token = site.sign_up(ADA).await;
    let (factor, secret) = enroll(&site, &token).await;
    let asked = challenge(&site, &token, &factor).await;
    let body = json!({"challenge_id": asked, "code": shown(&site, &secret)});
    let path = format!("/factors/{factor}/verify");
    assert_eq!(site.post_as(&token, &path, &body).await.status, 200);
    let mail = json!({"email": ADA});
    assert_eq!(
        site.post("/api/v1/auth/password-reset", &mail).await.status,
        200
    );
    let mailed = site.mail_to(ADA).await.text;
    let (_, token) = mailed.split_once("token=").expect("a link");
    let token: String = token
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let body = json!({"token": token, "new_password": NEW_PASSWORD});
    let reply = site
        .post("/api/v1/auth/password-reset-confirm", &body)
        .await;
    assert_eq!(reply.status, 403, "{}", text(&reply));
    assert_eq!(site.sessions_of(ADA).await, 1, "its owner stays signed in");
    let old = json!({"email": ADA, "password": PASSWORD});
    assert_eq!(
        site.post("/token?grant_type=password", &old).await.status,
        200
    );
}

async fn mailed_codes_cannot_be_guessed(site: Site) {
    site.sign_up(ADA).await;
    for email in [ADA, "nobody@example.com"] {
        site.post("/recover", &json!({ "email": email })).await;
        let guess = async |code: &str| {
            let body = json!({"type": "recovery", "email": email, "token": code});
            site.post("/verify", &body).await
        };
        for _ in 0..10 {
            assert_eq!(guess("000000").await.status, 403, "{email}");
        }
        let right = match email {
            ADA => code_of(&site.mail_to(ADA).await),
            _ => "111111".to_owned(),
        };
        let reply = guess(&right).await;
        assert_eq!(reply.status, 429, "{email}: {}", text(&reply));
        assert_eq!(header(&reply, "x-ratelimit-name"), "wrong_codes");
        assert_eq!(header(&reply, "retry-after"), "360");
    }
    site.advance(Duration::from_mins(6));
    let body = json!({"type": "recovery", "email": ADA,
        "token": code_of(&site.mail_to(ADA).await)});
    assert_eq!(
        site.post("/verify", &body).await.status,
        200,
        "as it was told"
    );
}

/// Links are not counted, since they name nobody. So whoever knows the address must not be able to
/// compute the links of all codes.
async fn links_cannot_be_made_from_guessed_codes(site: Site) {
    site.sign_up(ADA).await;
    for (path, kind) in [("/recover", "recovery"), ("/otp", "magiclink")] {
        assert_eq!(site.post(path, &json!({"email": ADA})).await.status, 200);
        let mail = site.mail_to(ADA).await;
        let code = code_of(&mail);
        for hash in [
            hash_of_supabase(ADA, &code),
            pkce_hash(&hash_of_supabase(ADA, &code)),
        ] {
            let body = json!({"type": kind, "token_hash": hash});
            assert_eq!(site.post("/verify", &body).await.status, 403, "{path}");
            let link = format!("/verify?type={kind}&token={hash}");
            let reply = site.get(&link).await;
            assert!(
                header(&reply, "location").contains("error=access_denied"),
                "{path}"
            );
        }
        let reply = site.get(&link_of(&mail)).await;
        assert!(
            header(&reply, "location").contains("access_token="),
            "{path}"
        );
        site.advance(Duration::from_secs(1));
    }
}

async fn shown_codes_cannot_be_guessed(site: Site) {
    let token = site.sign_up(ADA).await;
    let (factor, secret) = enroll(&site, &token).await;
    let path = format!("/factors/{factor}/verify");
    let asked = challenge(&site, &token, &factor).await;
    let guess = async |code: &str| {
        let body = json!({"challenge_id": asked, "code": code});
        site.post_as(&token, &path, &body).await.status
    };
    for _ in 0..10 {
        assert_eq!(guess("000000").await, 422);
    }
    assert_eq!(guess(&shown(&site, &secret)).await, 429);
}

async fn reauthentication_codes_cannot_be_guessed(site: Site) {
    let token = site.sign_up(ADA).await;
    site.advance(Duration::from_hours(25));
    assert_eq!(site.get_as(&token, "/reauthenticate").await.status, 200);
    let right = site.mail_to(ADA).await.subject[..6].to_owned();
    let change = async |nonce: &str| {
        let body = json!({"password": NEW_PASSWORD, "nonce": nonce});
        site.put_user(&token, &body).await
    };
    for _ in 0..10 {
        assert_eq!(change("000000").await.status, 422);
    }
    for nonce in ["000000", &right] {
        let reply = change(nonce).await;
        assert_eq!(reply.status, 429, "{nonce}: {}", text(&reply));
        assert_eq!(header(&reply, "x-ratelimit-name"), "wrong_codes");
    }
    site.advance(Duration::from_mins(6));
    assert_eq!(change(&right).await.status, 200, "as it was told");
}

async fn an_invited_account_goes_to_nobody_else(site: Site) {
    let invite = json!({"email": "boss@example.com", "data": {"team": "board"}});
    assert_eq!(site.post_as_admin("/invite", &invite).await.status, 200);
    let body = json!({"email": "boss@example.com", "password": PASSWORD});
    for path in ["/signup", "/api/v1/auth/register"] {
        let reply = site.post(path, &body).await;
        assert!(
            [409, 422].contains(&reply.status),
            "{path}: {}",
            text(&reply)
        );
    }
    assert_eq!(site.sessions_of("boss@example.com").await, 0);
}

async fn an_exhausted_budget_tells_nobody_who_exists(site: Site) {
    site.sign_up(ADA).await;
    site.advance(Duration::from_mins(2));
    for email in [ADA, "nobody@example.com"] {
        let reply = site.post("/recover", &json!({ "email": email })).await;
        assert_eq!(reply.status, 429, "{email}: {}", text(&reply));
    }
}

async fn the_session_of_an_administrator_ends(site: Site) {
    let body = json!({"email": ADA, "password": PASSWORD});
    assert_eq!(site.post("/signup", &body).await.status, 200);
    let id = site.account(ADA).await.expect("a user").user.id;
    let role = json!({"role": "service_role"});
    let path = format!("/admin/users/{id}");
    assert_eq!(site.put_as_admin(&path, &role).await.status, 200);
    let session = json_of(&site.post("/token?grant_type=password", &body).await);
    let token = session["access_token"].as_str().expect("a token");
    assert_eq!(site.get_as(token, &path).await.status, 200);
    site.advance(Duration::from_mins(61));
    let reply = site.get_as(token, &path).await;
    assert!(text(&reply).contains("session_expired"), "{}", text(&reply));
}

async fn metadata_never_outgrow_the_access_token(site: Site) {
    let token = site.sign_up(ADA).await;
    let half = "x".repeat(22_000);
    let put = async |name: &str| {
        let body = json!({"data": { name: half }});
        site.put_user(&token, &body).await
    };
    assert_eq!(put("first").await.status, 200);
    assert_eq!(put("second").await.status, 200);
    let reply = put("third").await;
    assert_eq!(reply.status, 422, "{}", text(&reply));
    let id = site.account(ADA).await.expect("a user").user.id;
    for kind in ["user_metadata", "app_metadata"] {
        let body = json!({ kind: { "third": half } });
        let path = format!("/admin/users/{id}");
        let reply = site.put_as_admin(&path, &body).await;
        assert_eq!(reply.status, 422, "{kind}: {}", text(&reply));
    }
    let body = json!({"email": "ben@example.com", "user_metadata": {"first": half, "second": half},
        "app_metadata": {"third": half}});
    let reply = site.post_as_admin("/admin/users", &body).await;
    assert_eq!(reply.status, 422, "{}", text(&reply));
    let body = json!({"email": "cat@example.com", "password": PASSWORD, "data": {"first": half}});
    assert_eq!(site.post("/signup", &body).await.status, 200);
    for (name, status) in [("second", 200), ("third", 422)] {
        let body = json!({"type": "signup", "email": "cat@example.com", "password": PASSWORD,
            "data": { name: half }});
        let reply = site.post_as_admin("/admin/generate_link", &body).await;
        assert_eq!(reply.status, status, "{name}");
    }
    let body = json!({"email": ADA, "password": PASSWORD});
    let session = json_of(&site.post("/token?grant_type=password", &body).await);
    let token = session["access_token"].as_str().expect("a token");
    assert_eq!(site.get_as(token, "/user").await.status, 200);
}
