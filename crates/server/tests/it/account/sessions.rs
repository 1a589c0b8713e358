//! Sign-in, refresh and sign-out: whose tokens they are, and when they are worth nothing.

use super::{
    NEW_PASSWORD, OTHER_PASSWORD, PASSWORD, PLAIN, Person, Site, assert_refused, count,
    credentials, get, on_both_engines, post, refresh,
};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use testkit::http::Request;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const USERS: usize = 20;
const LOGINS: usize = 200;
/// Logins under way at the same time: each costs a hash.
const AT_ONCE: usize = 20;

on_both_engines! {
    a_wrong_password_and_an_unknown_address_are_told_alike(PLAIN);
    tokens_of_concurrent_logins_belong_to_who_asked(PLAIN);
    a_session_that_is_not_remembered_ends_however_often_it_is_refreshed(PLAIN);
    the_span_of_sessions_that_are_not_remembered_is_configured(BRIEF);
    signing_out_ends_both_tokens_of_one_session_at_once(PLAIN);
    a_renewal_replaces_both_tokens(PLAIN);
    a_spent_refresh_token_presented_again_ends_its_family(PLAIN);
    of_many_renewals_at_once_all_go_on_with_one_session(PLAIN);
    a_change_of_the_password_ends_other_sessions(PLAIN);
    a_banned_user_is_kept_out_everywhere(PLAIN);
    one_session_serves_both_apis(PLAIN);
    credentials_are_no_fields_of_the_query(PLAIN);
}

const BRIEF: &[(&str, &str)] = &[("CLAVIGER_ACCOUNT_UNREMEMBERED_SESSION_SPAN", "10m")];

async fn a_wrong_password_and_an_unknown_address_are_told_alike(site: Site) {
    site.register("ada@example.com").await;
    let mut answers = BTreeSet::new();
    for (email, password) in [
        ("ada@example.com", OTHER_PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("not an address", PASSWORD),
        ("ada@example.com\u{0}", PASSWORD),
    ] {
        let body = json!({"email": email, "password": password});
        let reply = site.send(post("/login", &body)).await;
        let mut answer = assert_refused(&reply, 401, email);
        answer
            .as_object_mut()
            .expect("an object")
            .remove("request_id");
        answers.insert(answer.to_string());
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
}

async fn tokens_of_concurrent_logins_belong_to_who_asked(site: Site) {
    let mut people = Vec::new();
    for number in 0..USERS {
        people.push(site.register(&format!("person{number}@example.com")).await);
    }
    let logins: Vec<&Person> = people.iter().cycle().take(LOGINS).collect();
    let mut tokens = BTreeSet::new();
    for some in logins.chunks(AT_ONCE) {
        let asked = some
            .iter()
            .map(|person| post("/login", &credentials(&person.email)));
        // Replies come in any order: each says whose it is, and its token must agree.
        for reply in site.at_once(asked).await {
            assert_eq!(reply.status, 200, "{}", reply.text());
            let signed_in = Person::of(&reply);
            tokens.insert((signed_in.email, signed_in.id, signed_in.token));
        }
    }
    assert_eq!(tokens.len(), LOGINS);
    for person in &people {
        let own = tokens.iter().filter(|(email, _, _)| *email == person.email);
        assert_eq!(own.count(), LOGINS / USERS, "{}", person.email);
    }
    for (email, id, token) in &tokens {
        let me = site.account_of(token).await;
        assert_eq!((&me["email"], &me["id"]), (&json!(email), &json!(id)));
    }
}

async fn a_session_that_is_not_remembered_ends_however_often_it_is_refreshed(site: Site) {
    site.register("ada@example.com").await;
    let mut people = Vec::new();
    for remember_me in [json!(true), json!(false), json!(null)] {
        let body =
            json!({"email": "ada@example.com", "password": PASSWORD, "remember_me": remember_me});
        people.push(Person::of(&site.send(post("/login", &body)).await));
    }
    site.advance(23 * HOUR + 30 * MINUTE);
    let mut last = Vec::new();
    for (person, expires_in) in people.iter().zip([3600, 1800, 1800]) {
        let reply = site.send(refresh(&person.refresh_token)).await;
        assert_eq!(reply.json()["expires_in"], expires_in, "{}", reply.text());
        last.push(Person::of(&reply));
    }
    site.advance(30 * MINUTE + Duration::from_secs(1));
    for (person, status) in last.iter().zip([200, 401, 401]) {
        assert_eq!(site.me(&person.token).await.status, status);
        let reply = site.send(refresh(&person.refresh_token)).await;
        assert_eq!(reply.status, status, "{}", reply.text());
    }
}

async fn the_span_of_sessions_that_are_not_remembered_is_configured(site: Site) {
    site.register("ada@example.com").await;
    let person = site.log_in("ada@example.com").await;
    site.advance(10 * MINUTE + Duration::from_secs(1));
    assert_refused(&site.me(&person.token).await, 401, "the access token");
    assert_refused(
        &site.send(refresh(&person.refresh_token)).await,
        401,
        "the refresh token",
    );
}

async fn signing_out_ends_both_tokens_of_one_session_at_once(site: Site) {
    let here = site.register("ada@example.com").await;
    let there = site.log_in("ada@example.com").await;
    let reply = site
        .send(post("/logout", &json!({})).bearer(&here.token))
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(reply.json()["message"].is_string());
    assert_refused(&site.me(&here.token).await, 401, "the access token");
    assert_refused(
        &site.send(refresh(&here.refresh_token)).await,
        401,
        "the refresh token",
    );
    let again = post("/logout", &json!({})).bearer(&here.token);
    assert_refused(&site.send(again).await, 401, "signing out again");
    let elsewhere = Request::get("/auth/v1/user").bearer(&here.token);
    assert_eq!(site.send(elsewhere).await.status, 403, "the other API");
    assert_eq!(site.me(&there.token).await.status, 200, "another session");
}

async fn a_renewal_replaces_both_tokens(site: Site) {
    let person = site.register("ada@example.com").await;
    site.advance(MINUTE);
    let reply = site.send(refresh(&person.refresh_token)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let renewed = Person::of(&reply);
    assert_eq!(renewed.id, person.id);
    assert_ne!(renewed.refresh_token, person.refresh_token);
    assert_ne!(renewed.token, person.token);
    assert_eq!(reply.json()["user"]["credits_balance"], 1000);
    assert_eq!(site.me(&renewed.token).await.status, 200);
    for nonsense in ["nonsense", "a.b.c", "\u{0}", "💥"] {
        assert_refused(&site.send(refresh(nonsense)).await, 401, nonsense);
    }
}

async fn a_spent_refresh_token_presented_again_ends_its_family(site: Site) {
    let thief = site.register("ada@example.com").await;
    let mut owner = thief.clone();
    for _ in 0..2 {
        site.advance(MINUTE);
        owner = Person::of(&site.send(refresh(&owner.refresh_token)).await);
    }
    site.advance(MINUTE);
    assert_refused(
        &site.send(refresh(&thief.refresh_token)).await,
        401,
        "the stolen token",
    );
    assert_refused(
        &site.send(refresh(&owner.refresh_token)).await,
        401,
        "the owner's token",
    );
}

async fn of_many_renewals_at_once_all_go_on_with_one_session(site: Site) {
    let person = site.register("ada@example.com").await;
    let replies = site
        .at_once((0..20).map(|_| refresh(&person.refresh_token)))
        .await;
    assert_eq!(count(&replies, 200), 20);
    let tokens = replies.iter().map(|reply| Person::of(reply).refresh_token);
    assert_eq!(tokens.collect::<BTreeSet<_>>().len(), 1);
}

async fn a_change_of_the_password_ends_other_sessions(site: Site) {
    let here = site.register("ada@example.com").await;
    let there = site.log_in("ada@example.com").await;
    let change = Request::new("PUT", "/auth/v1/user").json(&json!({"password": NEW_PASSWORD}));
    let changed = site.send(change.bearer(&here.token)).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_refused(&site.me(&there.token).await, 401, "the access token");
    assert_refused(
        &site.send(refresh(&there.refresh_token)).await,
        401,
        "the refresh token",
    );
    assert_refused(
        &site
            .send(post("/login", &credentials("ada@example.com")))
            .await,
        401,
        "login",
    );
}

async fn a_banned_user_is_kept_out_everywhere(site: Site) {
    let person = site.register("ada@example.com").await;
    let ban = Request::new("PUT", format!("/auth/v1/admin/users/{}", person.id));
    let ban = ban
        .json(&json!({"ban_duration": "1h"}))
        .bearer(&site.service_key);
    assert_eq!(site.send(ban).await.status, 200);
    assert_refused(&site.me(&person.token).await, 403, "the access token");
    assert_refused(
        &site.send(refresh(&person.refresh_token)).await,
        403,
        "the refresh token",
    );
    let login = site
        .send(post("/login", &credentials("ada@example.com")))
        .await;
    assert_refused(&login, 403, "the right password");
    // Only who knows the password is told that there is such an account.
    let guess = json!({"email": "ada@example.com", "password": OTHER_PASSWORD});
    assert_refused(
        &site.send(post("/login", &guess)).await,
        401,
        "a wrong password",
    );
}

async fn one_session_serves_both_apis(site: Site) {
    let person = site.register("ada@example.com").await;
    let user = Request::get("/auth/v1/user").bearer(&person.token);
    assert_eq!(site.send(user).await.json()["id"], person.id);
    let grant = Request::post("/auth/v1/token?grant_type=refresh_token");
    let renewed = site
        .send(grant.json(&json!({"refresh_token": person.refresh_token})))
        .await;
    let token = renewed.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    assert_eq!(site.account_of(&token).await["id"], person.id);
}

async fn credentials_are_no_fields_of_the_query(site: Site) {
    let person = site.register("ada@example.com").await;
    let query = format!("/me?access_token={}", person.token);
    assert_refused(&site.send(get(&query)).await, 401, "the query");
    let login = format!("/login?email=ada@example.com&password={PASSWORD}");
    assert_refused(&site.send(post(&login, &json!({}))).await, 422, "the query");
}
