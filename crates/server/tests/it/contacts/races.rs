//! Many clients do the same at the same time: one of them wins, nobody breaks anything.

use super::{
    APP, PASSWORD, RACERS, Site, code_of, count, header, json_of, link_of, on_both_engines, posted,
    request, text,
};
use crate::golden::subject::Reply;
use serde_json::json;
use std::time::Duration;

const CONFIRM: &[(&str, &str)] = &[];
/// `imported-password` with the lowest cost of bcrypt.
const IMPORTED: &str = "$2b$04$abcdefghijklmnopqrstuun1qEq1zN4jrTXHzE/ec6R58EnExcBAS";
const AUTOCONFIRM: &[(&str, &str)] = &[("GOTRUE_MAILER_AUTOCONFIRM", "true")];

on_both_engines! {
    a_code_verified_by_many_opens_one_session(CONFIRM);
    a_link_opened_by_many_opens_one_session(CONFIRM);
    an_address_registered_by_many_has_one_user(AUTOCONFIRM);
    an_unconfirmed_address_registered_by_many_gets_one_mail(CONFIRM);
    a_stranger_asking_for_many_codes_becomes_one_user(CONFIRM);
    both_halves_of_a_change_at_once_make_one_whole(CONFIRM);
    a_number_changed_to_by_two_belongs_to_one(CONFIRM);
    an_imported_password_signs_in_everyone_at_once(CONFIRM);
}

fn nobody_broke_anything(replies: &[Reply]) {
    for reply in replies {
        assert!(reply.status < 500, "{} {}", reply.status, text(reply));
    }
}

async fn a_code_verified_by_many_opens_one_session(site: Site) {
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    site.post("/signup", &body).await;
    let code = code_of(&site.mail_to("ada@example.com").await);
    let body = json!({"type": "signup", "email": "ada@example.com", "token": code});
    let replies = site
        .at_once((0..RACERS).map(|_| posted("/verify", &body)))
        .await;
    nobody_broke_anything(&replies);
    // The others find it spent, and after ten of them are told to stop guessing.
    let refused = count(&replies, 403) + count(&replies, 429);
    assert_eq!((count(&replies, 200), refused), (1, RACERS - 1));
    assert_eq!(site.sessions_of("ada@example.com").await, 1);
}

async fn a_link_opened_by_many_opens_one_session(site: Site) {
    site.sign_up("ada@example.com").await;
    site.post("/recover", &json!({"email": "ada@example.com"}))
        .await;
    let link = link_of(&site.mail_to("ada@example.com").await);
    let opened = (0..RACERS).map(|_| request("GET", &link, &[], ""));
    let replies = site.at_once(opened).await;
    let leads_to = |what: &str| {
        let start = format!("{APP}#{what}=");
        let led = replies
            .iter()
            .filter(|reply| header(reply, "location").starts_with(&start));
        led.count()
    };
    assert_eq!(
        (leads_to("access_token"), leads_to("error")),
        (1, RACERS - 1)
    );
    assert_eq!(site.sessions_of("ada@example.com").await, 2);
}

async fn an_address_registered_by_many_has_one_user(site: Site) {
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let replies = site
        .at_once((0..RACERS).map(|_| posted("/signup", &body)))
        .await;
    // A machine under load may have no turn for a hash; that is no error of the client's.
    let refused = count(&replies, 422) + count(&replies, 503);
    assert_eq!((count(&replies, 200), refused), (1, RACERS - 1));
    assert_eq!(site.sessions_of("ada@example.com").await, 1);
}

async fn an_unconfirmed_address_registered_by_many_gets_one_mail(site: Site) {
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let replies = site
        .at_once((0..RACERS).map(|_| posted("/signup", &body)))
        .await;
    let refused = count(&replies, 429) + count(&replies, 503);
    assert_eq!((count(&replies, 200), refused), (1, RACERS - 1));
    assert_eq!(site.mails().await.len(), 1);
}

async fn a_stranger_asking_for_many_codes_becomes_one_user(site: Site) {
    let body = json!({"email": "ada@example.com"});
    let replies = site
        .at_once((0..RACERS).map(|_| posted("/otp", &body)))
        .await;
    nobody_broke_anything(&replies);
    assert_eq!(
        (count(&replies, 200), count(&replies, 429)),
        (1, RACERS - 1)
    );
    assert_eq!(site.mails().await.len(), 1);
    assert_eq!(
        site.account("ada@example.com")
            .await
            .expect("a user")
            .identities
            .len(),
        1
    );
}

async fn both_halves_of_a_change_at_once_make_one_whole(site: Site) {
    let token = site.sign_up("ada@example.com").await;
    let changed = site
        .put_user(&token, &json!({"email": "new@example.com"}))
        .await;
    assert_eq!(changed.status, 200, "{}", text(&changed));
    let mut halves = Vec::new();
    for email in ["ada@example.com", "new@example.com"] {
        let code = code_of(&site.mail_to(email).await);
        let body = json!({"type": "email_change", "email": email, "token": code});
        halves.extend((0..5).map(|_| posted("/verify", &body)));
    }
    let replies = site.at_once(halves).await;
    nobody_broke_anything(&replies);
    assert_eq!((count(&replies, 200), count(&replies, 403)), (2, 8));
    let ok = replies.iter().filter(|reply| reply.status == 200);
    let signed_in = ok.filter(|reply| json_of(reply)["access_token"].is_string());
    assert_eq!(signed_in.count(), 1);
    assert!(site.account("ada@example.com").await.is_none());
    assert!(site.account("new@example.com").await.is_some());
}

async fn a_number_changed_to_by_two_belongs_to_one(site: Site) {
    let mut tokens = Vec::new();
    for email in ["ada@example.com", "bob@example.com"] {
        tokens.push(site.sign_up(email).await);
        site.advance(Duration::from_secs(1));
    }
    for token in &tokens {
        let changed = site.put_user(token, &json!({"phone": "15555550100"})).await;
        assert_eq!(changed.status, 200, "{}", text(&changed));
    }
    let body = json!({"type": "phone_change", "phone": "15555550100", "token": "123456"});
    let replies = site
        .at_once((0..10).map(|_| posted("/verify", &body)))
        .await;
    nobody_broke_anything(&replies);
    assert_eq!(count(&replies, 200), 1);
}

/// All of them read the imported hash, and the first one in puts a stronger one into its place.
async fn an_imported_password_signs_in_everyone_at_once(site: Site) {
    const DEVICES: usize = 8;
    site.sign_up("ada@example.com").await;
    let user = site.account("ada@example.com").await.expect("a user").user;
    let body = json!({"email": "ada@example.com", "password": "imported-password"});
    for path in ["/token?grant_type=password", "/api/v1/auth/login"] {
        let imported = json!({ "password_hash": IMPORTED });
        let user = format!("/admin/users/{}", user.id);
        assert_eq!(site.put_as_admin(&user, &imported).await.status, 200);
        let devices = (0..DEVICES).map(|_| posted(path, &body));
        for reply in site.at_once(devices).await {
            assert_eq!(reply.status, 200, "{path}: {}", text(&reply));
        }
    }
}
