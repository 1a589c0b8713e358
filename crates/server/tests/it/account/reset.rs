//! A forgotten password: mailed once, used once, silent about who has an account.

use super::{
    NEW_PASSWORD, PASSWORD, PLAIN, Person, Site, assert_refused, count, credentials,
    on_both_engines, post, refresh,
};
use serde_json::{Value as Json, json};
use std::time::Duration;
use store::outbox::Message;
use testkit::http::{Reply, Request};

on_both_engines! {
    a_forgotten_password_is_replaced_once_and_ends_all_sessions(PLAIN);
    of_many_who_use_one_link_one_succeeds(PLAIN);
    a_link_expires(PLAIN);
    a_newer_link_replaces_the_older_one(PLAIN);
    nothing_tells_who_has_an_account(PLAIN);
    the_link_leads_to_the_configured_page(PAGE);
    headers_of_the_request_change_no_link(PLAIN);
    a_weak_password_does_not_spend_the_link(PLAIN);
    invented_tokens_are_refused(PLAIN);
    whoever_gets_the_mail_has_confirmed_the_address(CONFIRM);
    the_link_signs_nobody_in_by_guessing(PLAIN);
    a_banned_user_cannot_come_back_by_a_link(PLAIN);
    resets_can_be_switched_off(OFF);
}

const PAGE: &[(&str, &str)] = &[(
    "CLAVIGER_ACCOUNT_PASSWORD_RESET_URL",
    "https://app.example.com/#/new-password?lang=en",
)];
const CONFIRM: &[(&str, &str)] = &[("CLAVIGER_EMAIL_AUTOCONFIRM", "false")];
const OFF: &[(&str, &str)] = &[("CLAVIGER_EMAIL_ENABLED", "false")];
/// Longer than the shortest span between two mails to one address.
const MINUTE: Duration = Duration::from_secs(61);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn ask(email: &str) -> Request {
    post("/password-reset", &json!({ "email": email }))
}

fn confirm(token: &str, password: &str) -> Request {
    let body = json!({
        "token": token,
        "new_password": password,
        "confirm_password": password,
    });
    post("/password-reset-confirm", &body)
}

fn login(email: &str, password: &str) -> Request {
    post("/login", &json!({ "email": email, "password": password }))
}

/// The link that a mail carries.
fn link_of(mail: &Message) -> String {
    let (_, rest) = mail.text.split_once('<').expect("a link");
    rest.split_once('>').expect("its end").0.to_owned()
}

fn token_of(mail: &Message) -> String {
    let link = link_of(mail);
    let (_, token) = link.split_once("?token=").expect("a token");
    token.split(['&', '#']).next().expect("a token").to_owned()
}

impl Site {
    /// Asks for a reset; the token of the newest mail.
    async fn mailed_token(&self, email: &str) -> String {
        let reply = self.send(ask(email)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        token_of(self.mails_to(email).await.last().expect("a mail"))
    }
}

async fn a_forgotten_password_is_replaced_once_and_ends_all_sessions(site: Site) {
    let here = site.register("ada@example.com").await;
    let there = site.log_in("ada@example.com").await;
    let reply = site.send(ask(" Ada@Example.com ")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let mails = site.mails_to("ada@example.com").await;
    let token = token_of(&mails[0]);
    let link = link_of(&mails[0]);
    assert_eq!(
        link,
        format!("http://app.example.test/reset-password?token={token}")
    );
    assert!(mails[0].html.contains(&link), "{}", mails[0].html);
    let reply = site.send(confirm(&token, NEW_PASSWORD)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    for person in [&here, &there] {
        assert_refused(&site.me(&person.token).await, 401, "the access token");
        assert_refused(
            &site.send(refresh(&person.refresh_token)).await,
            401,
            "the refresh token",
        );
    }
    assert_refused(
        &site.send(confirm(&token, "another-1-password")).await,
        400,
        "again",
    );
    assert_refused(
        &site.send(login("ada@example.com", PASSWORD)).await,
        401,
        "the old password",
    );
    let reply = site.send(login("ada@example.com", NEW_PASSWORD)).await;
    assert_eq!(Person::of(&reply).id, here.id);
}

async fn of_many_who_use_one_link_one_succeeds(site: Site) {
    site.register("ada@example.com").await;
    let token = site.mailed_token("ada@example.com").await;
    let replies = site
        .at_once((0..10).map(|_| confirm(&token, NEW_PASSWORD)))
        .await;
    assert_eq!((count(&replies, 200), count(&replies, 400)), (1, 9));
}

async fn a_link_expires(site: Site) {
    let person = site.register("ada@example.com").await;
    let token = site.mailed_token("ada@example.com").await;
    site.advance(DAY + Duration::from_secs(1));
    assert_refused(
        &site.send(confirm(&token, NEW_PASSWORD)).await,
        400,
        "expired",
    );
    assert_eq!(site.send(login(&person.email, PASSWORD)).await.status, 200);
}

async fn a_newer_link_replaces_the_older_one(site: Site) {
    site.register("ada@example.com").await;
    let older = site.mailed_token("ada@example.com").await;
    site.advance(MINUTE);
    let newer = site.mailed_token("ada@example.com").await;
    assert_ne!(older, newer);
    assert_refused(
        &site.send(confirm(&older, NEW_PASSWORD)).await,
        400,
        "the older link",
    );
    assert_eq!(site.send(confirm(&newer, NEW_PASSWORD)).await.status, 200);
}

async fn nothing_tells_who_has_an_account(site: Site) {
    site.register("ada@example.com").await;
    let mut answers = Vec::new();
    // Twice each: the second mail to somebody comes too soon, which must not show either.
    for email in [
        "ada@example.com",
        "nobody@example.com",
        "ada@example.com",
        "nobody@example.com",
    ] {
        let Reply {
            status,
            mut headers,
            body,
        } = site.send(ask(email)).await;
        headers.retain(|(name, _)| name != "x-request-id" && name != "date");
        answers.push((status, headers, String::from_utf8(body).expect("text")));
    }
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert_eq!(answers[0].0, 200);
    assert_eq!(site.mails_to("ada@example.com").await.len(), 1);
    assert_eq!(site.mails_to("nobody@example.com").await.len(), 0);
    assert_refused(&site.send(ask("no address")).await, 422, "no address");
}

async fn the_link_leads_to_the_configured_page(site: Site) {
    site.register("ada@example.com").await;
    let token = site.mailed_token("ada@example.com").await;
    let mails = site.mails_to("ada@example.com").await;
    let link = format!("https://app.example.com/?token={token}#/new-password?lang=en");
    assert_eq!(link_of(&mails[0]), link);
}

async fn headers_of_the_request_change_no_link(site: Site) {
    site.register("ada@example.com").await;
    let mut request = ask("ada@example.com").header("host", "evil.example.net");
    for name in [
        "x-forwarded-host",
        "forwarded",
        "origin",
        "referer",
        "redirect_to",
    ] {
        request = request.header(name, "https://evil.example.net/");
    }
    assert_eq!(site.send(request).await.status, 200);
    let mails = site.mails_to("ada@example.com").await;
    assert!(link_of(&mails[0]).starts_with("http://app.example.test/reset-password?token="));
    assert!(!format!("{:?}", mails[0]).contains("evil"));
}

async fn a_weak_password_does_not_spend_the_link(site: Site) {
    site.register("ada@example.com").await;
    let token = site.mailed_token("ada@example.com").await;
    for weak in ["short1", "onlyletters", "12345678", &"a1".repeat(37)] {
        let reply = site.send(confirm(&token, weak)).await;
        let answer = assert_refused(&reply, 422, weak);
        assert_eq!(answer["errors"][0]["field"], "new_password");
    }
    let differing = json!({
        "token": token,
        "new_password": NEW_PASSWORD,
        "confirm_password": PASSWORD,
    });
    assert_refused(
        &site.send(post("/password-reset-confirm", &differing)).await,
        422,
        "differing",
    );
    assert_eq!(site.send(confirm(&token, NEW_PASSWORD)).await.status, 200);
}

async fn invented_tokens_are_refused(site: Site) {
    site.register("ada@example.com").await;
    let real = site.mailed_token("ada@example.com").await;
    let long = "a".repeat(10_000);
    for token in [
        "nonsense",
        "\u{0}",
        "💥",
        "' OR 1=1 --",
        &real[1..],
        long.as_str(),
    ] {
        assert_refused(&site.send(confirm(token, NEW_PASSWORD)).await, 400, token);
    }
    for token in ["", "  "] {
        assert_refused(
            &site.send(confirm(token, NEW_PASSWORD)).await,
            422,
            "no token",
        );
    }
    assert_eq!(site.send(confirm(&real, NEW_PASSWORD)).await.status, 200);
}

async fn whoever_gets_the_mail_has_confirmed_the_address(site: Site) {
    site.send(post("/register", &credentials("ada@example.com")))
        .await;
    site.advance(MINUTE);
    let token = site.mailed_token("ada@example.com").await;
    assert_eq!(site.send(confirm(&token, NEW_PASSWORD)).await.status, 200);
    let reply = site.send(login("ada@example.com", NEW_PASSWORD)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let me: Json = reply.json()["user"].clone();
    assert!(me["email_confirmed_at"].is_string(), "{me}");
    assert_eq!(me["credits_balance"], 1000);
}

/// The token is not made from six digits: whoever knows the address cannot try them all.
async fn the_link_signs_nobody_in_by_guessing(site: Site) {
    site.register("ada@example.com").await;
    let token = site.mailed_token("ada@example.com").await;
    let by_code = |code: u32| {
        let code = format!("{code:06}");
        authn::one_time::hash_of_supabase("ada@example.com", &code) == token
    };
    assert!(!(0..1_000_000).any(by_code));
    let mail = site.mails_to("ada@example.com").await.remove(0);
    assert!(!mail.text.contains("code"), "{}", mail.text);
}

async fn a_banned_user_cannot_come_back_by_a_link(site: Site) {
    let person = site.register("ada@example.com").await;
    let token = site.mailed_token("ada@example.com").await;
    let ban = Request::new("PUT", format!("/auth/v1/admin/users/{}", person.id));
    let ban = ban
        .json(&json!({"ban_duration": "1h"}))
        .bearer(&site.service_key);
    assert_eq!(site.send(ban).await.status, 200);
    assert_refused(
        &site.send(confirm(&token, NEW_PASSWORD)).await,
        403,
        "banned",
    );
}

async fn resets_can_be_switched_off(site: Site) {
    for email in ["ada@example.com", "nobody@example.com"] {
        assert_refused(&site.send(ask(email)).await, 403, email);
    }
}
