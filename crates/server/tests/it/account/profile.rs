//! The own profile: what may be changed, by whom, and what never may.

use super::{PLAIN, Site, assert_refused, on_both_engines, put};
use serde_json::{Value as Json, json};
use std::time::Duration;
use testkit::http::{Reply, Request};

on_both_engines! {
    name_and_picture_are_changed_apart_and_removed(PLAIN);
    the_other_api_sees_the_new_name(PLAIN);
    a_change_stays_within_its_rules(PLAIN);
    nobody_writes_their_own_role_credits_or_plan(PLAIN);
    who_may_not_change_anything_is_told_nothing_about_the_body(PLAIN);
    a_suspended_account_is_kept_out(PLAIN);
}

const PICTURE: &str = "https://img.example.com/ada.png";

impl Site {
    async fn change(&self, token: &str, body: &Json) -> Reply {
        self.send(put("/profile", body).bearer(token)).await
    }
}

async fn name_and_picture_are_changed_apart_and_removed(site: Site) {
    let person = site.register("ada@example.com").await;
    let before = site.account_of(&person.token).await;
    assert_eq!(before["display_name"], "ada");
    let mut expected = before.clone();
    for (body, full_name, avatar_url) in [
        (
            json!({"full_name": " Ada O'Brien 李 "}),
            json!("Ada O'Brien 李"),
            json!(null),
        ),
        (
            json!({"avatar_url": PICTURE}),
            json!("Ada O'Brien 李"),
            json!(PICTURE),
        ),
        (json!({}), json!("Ada O'Brien 李"), json!(PICTURE)),
        (json!({"full_name": null}), json!(null), json!(PICTURE)),
        (
            json!({"full_name": "A", "avatar_url": ""}),
            json!("A"),
            json!(null),
        ),
    ] {
        site.advance(Duration::from_secs(1));
        let reply = site.change(&person.token, &body).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let changed = reply.json();
        assert_eq!(changed, site.account_of(&person.token).await, "{body}");
        let touched = changed["updated_at"] != expected["updated_at"];
        assert_eq!(touched, body != json!({}), "{body}");
        expected["display_name"] = match &full_name {
            Json::Null => json!("ada"),
            name => name.clone(),
        };
        expected["full_name"] = full_name;
        expected["avatar_url"] = avatar_url;
        expected["updated_at"] = changed["updated_at"].clone();
        assert_eq!(changed, expected, "{body}");
    }
}

async fn the_other_api_sees_the_new_name(site: Site) {
    let person = site.register("ada@example.com").await;
    site.change(
        &person.token,
        &json!({"full_name": "Ada", "avatar_url": PICTURE}),
    )
    .await;
    let user = Request::get("/auth/v1/user").bearer(&person.token);
    let metadata = site.send(user.clone()).await.json()["user_metadata"].clone();
    assert_eq!(
        (&metadata["full_name"], &metadata["avatar_url"]),
        (&json!("Ada"), &json!(PICTURE))
    );
    site.change(&person.token, &json!({"full_name": null}))
        .await;
    let metadata = site.send(user).await.json()["user_metadata"].clone();
    assert_eq!(metadata.get("full_name"), None);
    assert_eq!(metadata["avatar_url"], PICTURE);
}

async fn a_change_stays_within_its_rules(site: Site) {
    let person = site.register("ada@example.com").await;
    let before = site.account_of(&person.token).await;
    let long = "x".repeat(101);
    for (field, value) in [
        ("full_name", json!(long)),
        ("full_name", json!("a\nb")),
        ("full_name", json!("a\u{0}b")),
        ("full_name", json!("\u{202e}adA")),
        ("full_name", json!(5)),
        ("avatar_url", json!("http://img.example.com/ada.png")),
        ("avatar_url", json!("javascript:alert(1)")),
        ("avatar_url", json!("data:text/html,x")),
        ("avatar_url", json!(["https://img.example.com/ada.png"])),
    ] {
        let mut body = json!({"full_name": "Ada"});
        body[field] = value;
        let answer = assert_refused(&site.change(&person.token, &body).await, 422, field);
        assert_eq!(answer["errors"][0]["field"], field, "{body}");
    }
    assert_eq!(site.account_of(&person.token).await, before);
}

async fn nobody_writes_their_own_role_credits_or_plan(site: Site) {
    let person = site.register("ada@example.com").await;
    let before = site.account_of(&person.token).await;
    for field in [
        "role",
        "credits_balance",
        "credits",
        "plan",
        "current_plan",
        "id",
        "email",
        "display_name",
        "email_confirmed_at",
        "suspended_at",
        "user_id",
        "password",
    ] {
        let mut body = json!({"full_name": "Ada"});
        body[field] = json!("admin");
        let answer = assert_refused(&site.change(&person.token, &body).await, 422, field);
        assert_eq!(answer["errors"].as_array().expect("a list").len(), 1);
        assert_eq!(answer["errors"][0]["field"], field);
    }
    // Nor through the other API.
    let data = json!({"role": "admin", "credits_balance": 999_999, "plan": "enterprise"});
    let change = Request::new("PUT", "/auth/v1/user").json(&json!({ "data": data }));
    assert_eq!(site.send(change.bearer(&person.token)).await.status, 200);
    let mut after = site.account_of(&person.token).await;
    after["updated_at"] = before["updated_at"].clone();
    assert_eq!(after, before);
    assert_eq!(site.ledger(person.user_id()).await.len(), 1);
}

async fn who_may_not_change_anything_is_told_nothing_about_the_body(site: Site) {
    for body in [json!({"full_name": "Ada"}), json!({"nope": 1}), json!([])] {
        assert_refused(&site.send(put("/profile", &body)).await, 401, "nobody");
    }
    let broken =
        Request::new("PUT", super::path("/profile")).header("content-type", "application/json");
    assert_refused(&site.send(broken).await, 401, "nobody");
}

async fn a_suspended_account_is_kept_out(site: Site) {
    let person = site.register("ada@example.com").await;
    site.script(
        "UPDATE profiles SET suspended_at = created_at",
        "UPDATE claviger.profiles SET suspended_at = created_at",
    )
    .await;
    assert_refused(&site.me(&person.token).await, 403, "the account");
    let change = site
        .change(&person.token, &json!({"full_name": "Ada"}))
        .await;
    assert_refused(&change, 403, "a change");
    let login = super::post("/login", &super::credentials("ada@example.com"));
    assert_refused(&site.send(login).await, 403, "a login");
    let logout = super::post("/logout", &json!({})).bearer(&person.token);
    assert_eq!(site.send(logout).await.status, 200, "signing out");
}
