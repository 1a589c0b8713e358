//! Accounts that a stranger registered with somebody else's address or number.

use super::{PASSWORD, Site, code_of, header, json_of, link_of, on_both_engines, text};
use serde_json::json;
use std::time::Duration;

const CONFIRM: &[(&str, &str)] = &[("GOTRUE_SMTP_MAX_FREQUENCY", "1ms")];
const UNVERIFIED: &[(&str, &str)] = &[
    ("GOTRUE_SMTP_MAX_FREQUENCY", "1ms"),
    ("GOTRUE_MAILER_ALLOW_UNVERIFIED_EMAIL_SIGN_INS", "true"),
];

on_both_engines! {
    an_invitation_ends_what_a_stranger_began(UNVERIFIED);
    a_mailed_code_confirms_no_password_of_a_stranger(CONFIRM);
    nobody_takes_the_password_of_a_confirmed_account(CONFIRM);
}

/// Whoever registers an address before its owner is invited.
async fn an_invitation_ends_what_a_stranger_began(site: Site) {
    for (path, email) in [
        ("/invite", "boss@example.com"),
        ("/admin/generate_link", "chief@example.com"),
    ] {
        let stranger = json!({"email": email, "password": PASSWORD});
        assert_eq!(site.post("/signup", &stranger).await.status, 200);
        let session = json_of(&site.post("/token?grant_type=password", &stranger).await);
        let session = session["access_token"].as_str().expect("a token");
        site.advance(Duration::from_secs(1));
        let mailed = json!({ "email": email });
        assert_eq!(site.post("/recover", &mailed).await.status, 200);
        let pending = code_of(&site.mail_to(email).await);
        site.advance(Duration::from_secs(1));
        let invite = json!({"type": "invite", "email": email});
        let reply = site.post_as_admin(path, &invite).await;
        assert_eq!(reply.status, 200, "{path}: {}", text(&reply));
        let link = match json_of(&reply)["hashed_token"].as_str() {
            Some(hash) => format!("/verify?type=invite&token={hash}"),
            None => link_of(&site.mail_to(email).await),
        };
        assert_eq!(site.get_as(session, "/user").await.status, 403, "{path}");
        let body = json!({"type": "recovery", "email": email, "token": pending});
        assert_eq!(site.post("/verify", &body).await.status, 403, "{path}");
        let led = site.get(&link).await;
        let target = header(&led, "location");
        assert!(target.contains("#access_token="), "{path}: {target}");
        let reply = site.post("/token?grant_type=password", &stranger).await;
        assert_eq!(reply.status, 400, "{path}: {}", text(&reply));
        assert_eq!(site.sessions_of(email).await, 1, "{path}");
    }
}

async fn a_mailed_code_confirms_no_password_of_a_stranger(site: Site) {
    for (path, email) in [
        ("/otp", "ada@example.com"),
        ("/magiclink", "ben@example.com"),
        ("/admin/generate_link", "cat@example.com"),
    ] {
        let stranger = json!({"email": email, "password": PASSWORD});
        assert_eq!(site.post("/signup", &stranger).await.status, 200);
        site.advance(Duration::from_secs(1));
        let wanted = json!({"type": "magiclink", "email": email});
        let reply = site.post_as_admin(path, &wanted).await;
        assert_eq!(reply.status, 200, "{path}: {}", text(&reply));
        let code = match json_of(&reply)["email_otp"].as_str() {
            Some(code) => code.to_owned(),
            None => code_of(&site.mail_to(email).await),
        };
        let body = json!({"type": "email", "email": email, "token": code});
        assert_eq!(site.post("/verify", &body).await.status, 200, "{path}");
        let reply = site.post("/token?grant_type=password", &stranger).await;
        assert_eq!(reply.status, 400, "{path}: {}", text(&reply));
    }
}

/// Anybody may ask for a code to a number that its owner has not confirmed.
async fn nobody_takes_the_password_of_a_confirmed_account(site: Site) {
    let user = json!({"email": "ada@example.com", "email_confirm": true, "password": PASSWORD,
        "phone": "15555550100"});
    let reply = site.post_as_admin("/admin/users", &user).await;
    assert_eq!(reply.status, 200, "{}", text(&reply));
    let reply = site.post("/otp", &json!({"phone": "15555550100"})).await;
    assert_eq!(reply.status, 200, "{}", text(&reply));
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let reply = site.post("/token?grant_type=password", &body).await;
    assert_eq!(reply.status, 200, "{}", text(&reply));
}
