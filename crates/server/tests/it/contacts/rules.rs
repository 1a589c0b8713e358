//! Rules that no recording shows.

use super::{PASSWORD, Site, code_of, header, json_of, link_of, on_both_engines, request, text};
use serde_json::{Value, json};
use std::time::Duration;
use store::accounts;
use types::Phone;

const CONFIRM: &[(&str, &str)] = &[];
const FEW_MAILS: &[(&str, &str)] = &[("GOTRUE_RATE_LIMIT_EMAIL_SENT", "1")];
const FEW_TEXTS: &[(&str, &str)] = &[("GOTRUE_RATE_LIMIT_SMS_SENT", "1")];
const NO_PAUSE: &[(&str, &str)] = &[("GOTRUE_SMTP_MAX_FREQUENCY", "1ms")];

on_both_engines! {
    a_texted_code_is_no_mailed_link(CONFIRM);
    a_link_for_one_new_address_confirms_no_other(CONFIRM);
    a_link_is_dead_after_a_change_of_the_password(NO_PAUSE);
    a_refusal_names_its_limit_and_when_to_come_back(FEW_MAILS);
    text_messages_beyond_the_budget_are_refused_until_it_has_refilled(FEW_TEXTS);
    a_code_is_dead_after_its_span(CONFIRM);
    a_nul_is_refused_wherever_users_write(CONFIRM);
    a_session_that_ended_changes_nothing(CONFIRM);
}

async fn a_texted_code_is_no_mailed_link(site: Site) {
    let body = json!({"phone": "15555550100", "password": PASSWORD});
    assert_eq!(site.post("/signup", &body).await.status, 200);
    let user = Phone::parse("15555550100").expect("a number");
    let user = accounts::find_by_phone(&mut site.db(), &user, "authenticated").await;
    let hash = user
        .expect("the account")
        .expect("a user")
        .user
        .confirmation_token;
    for kind in ["signup", "invite", "email"] {
        let body = json!({"type": kind, "token_hash": hash});
        assert_eq!(site.post("/verify", &body).await.status, 403, "{kind}");
    }
    let body = json!({"type": "sms", "phone": "15555550100", "token": "123456"});
    assert_eq!(site.post("/verify", &body).await.status, 200);
}

async fn a_link_for_one_new_address_confirms_no_other(site: Site) {
    site.sign_up("ada@example.com").await;
    let link = async |kind: &str, new_email: &str| {
        let body = json!({"type": kind, "email": "ada@example.com", "new_email": new_email});
        let reply = site.post_as_admin("/admin/generate_link", &body).await;
        assert_eq!(reply.status, 200, "{}", text(&reply));
        json_of(&reply)["hashed_token"].clone()
    };
    let first = link("email_change_current", "first@example.com").await;
    let second = link("email_change_new", "second@example.com").await;
    let verify = async |hash: &Value| {
        let body = json!({"type": "email_change", "token_hash": hash});
        site.post("/verify", &body).await.status
    };
    assert_eq!((verify(&first).await, verify(&second).await), (403, 200));
}

async fn a_link_is_dead_after_a_change_of_the_password(site: Site) {
    let token = site.sign_up("ada@example.com").await;
    site.advance(Duration::from_secs(1));
    site.post("/recover", &json!({"email": "ada@example.com"}))
        .await;
    let link = link_of(&site.mail_to("ada@example.com").await);
    let body = json!({"password": "battery-staple-2"});
    assert_eq!(site.put_user(&token, &body).await.status, 200);
    let led = site.get(&link).await;
    assert!(header(&led, "location").contains("error_code=otp_expired"));
}

async fn a_refusal_names_its_limit_and_when_to_come_back(site: Site) {
    let signup = |email: &str| json!({"email": email, "password": PASSWORD});
    assert_eq!(
        site.post("/signup", &signup("ada@example.com"))
            .await
            .status,
        200
    );
    let soon = site.post("/signup", &signup("ada@example.com")).await;
    let named = (
        soon.status,
        header(&soon, "retry-after"),
        header(&soon, "x-ratelimit-name"),
    );
    assert_eq!(named, (429, "60", "message_frequency"));
    let over = site.post("/signup", &signup("bob@example.com")).await;
    let named = (
        over.status,
        header(&over, "retry-after"),
        header(&over, "x-ratelimit-name"),
    );
    assert_eq!(named, (429, "3600", "mails"));
    assert!(site.account("bob@example.com").await.is_none());
}

/// Only what would be sent is counted: not what goes to numbers with a code of their own.
async fn text_messages_beyond_the_budget_are_refused_until_it_has_refilled(site: Site) {
    let text = async |phone: &str| site.post("/otp", &json!({"phone": phone})).await;
    assert_eq!(text("15555550100").await.status, 200);
    assert_eq!(text("15555550111").await.status, 500, "nobody sends it");
    let over = text("15555550112").await;
    let named = (
        over.status,
        header(&over, "retry-after"),
        header(&over, "x-ratelimit-name"),
    );
    assert_eq!(named, (429, "3600", "text_messages"));
    assert_eq!(json_of(&over)["error_code"], "over_sms_send_rate_limit");
    site.advance(Duration::from_hours(1));
    assert_eq!(text("15555550112").await.status, 500, "nobody sends it");
}

async fn a_code_is_dead_after_its_span(site: Site) {
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    site.post("/signup", &body).await;
    let code = code_of(&site.mail_to("ada@example.com").await);
    let body = json!({"type": "signup", "email": "ada@example.com", "token": code});
    site.advance(Duration::from_hours(24) + Duration::from_micros(1));
    assert_eq!(site.post("/verify", &body).await.status, 403);
}

async fn a_nul_is_refused_wherever_users_write(site: Site) {
    let token = site.sign_up("ada@example.com").await;
    let bad = json!({"a": ["\0"]});
    let refused = site.put_user(&token, &json!({"data": bad})).await;
    assert_eq!(refused.status, 400, "{}", text(&refused));
    for (path, body) in [
        ("/signup", json!({"data": bad})),
        (
            "/signup",
            json!({"email": "b@x", "password": PASSWORD, "data": bad}),
        ),
        ("/otp", json!({"email": "b@x", "data": bad})),
        ("/verify", json!({"type": "email", "token_hash": "\0"})),
        (
            "/verify",
            json!({"type": "email", "email": "b@x", "token": "\0"}),
        ),
    ] {
        let status = site.post(path, &body).await.status;
        assert!((400..500).contains(&status), "{path} {status}");
    }
}

async fn a_session_that_ended_changes_nothing(site: Site) {
    let first = site.sign_up("ada@example.com").await;
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let second = json_of(&site.post("/token?grant_type=password", &body).await);
    let second = second["access_token"].as_str().expect("a token").to_owned();
    let bodies = ["battery-staple-2", "battery-staple-3"].map(|new| json!({"password": new}));
    let puts = [&first, &second]
        .into_iter()
        .zip(&bodies)
        .map(|(token, body)| {
            let bearer = format!("Bearer {token}");
            request(
                "PUT",
                "/user",
                &[("authorization", &bearer)],
                body.to_string(),
            )
        });
    let replies = site.at_once(puts.collect::<Vec<_>>()).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403]);
}
