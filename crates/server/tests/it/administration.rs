//! Administration beyond the recordings: races, pages, deletion, imported passwords.

use crate::api::{Api, Asked};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value, json};
use store::identities::{self, Identity};
use store::users::{self, User};
use types::{Clock, IdentityId, SystemEntropy, UserId};

on_both_engines! {
    of_racing_creations_one_wins,
    an_address_of_a_linked_identity_is_taken,
    a_long_list_is_read_page_by_page,
    users_are_found_by_what_is_written,
    a_softly_deleted_user_is_nobody,
    deletion_leaves_nothing_behind,
    an_imported_hash_signs_in_and_ends_sessions,
    a_changed_address_makes_pending_links_worthless,
    a_ban_in_the_past_is_none,
    other_audiences_have_their_own_users,
}

/// `imported-password` with the lowest cost of bcrypt.
const HASH: &str = "$2b$04$abcdefghijklmnopqrstuun1qEq1zN4jrTXHzE/ec6R58EnExcBAS";

async fn of_racing_creations_one_wins(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let id = "11111111-2222-4333-8444-555555555555";
    for (fields, refused) in [
        (json!({"email": "ada@example.test"}), "422 email_exists"),
        (json!({"phone": "15555550111"}), "422 phone_exists"),
    ] {
        let asked = Asked::json("POST", "/admin/users", &api.service_key, &fields);
        let replies = api.send_at_once(&asked, 6).await;
        let verdict = |wanted: &str| replies.iter().filter(|r| r.verdict() == wanted).count();
        assert_eq!((verdict("200"), verdict(refused)), (1, 5), "{fields}");
    }
    let asked = (0..6).map(|number| {
        let fields = json!({"id": id, "email": format!("bob{number}@example.test")});
        Asked::json("POST", "/admin/users", &api.service_key, &fields)
    });
    let asked: Vec<Asked> = asked.collect();
    let replies = futures_util::future::join_all(asked.iter().map(|asked| api.send(asked))).await;
    let verdict = |wanted: &str| replies.iter().filter(|r| r.verdict() == wanted).count();
    assert_eq!((verdict("200"), verdict("422 user_already_exists")), (1, 5));
}

async fn an_address_of_a_linked_identity_is_taken(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let user = api.sign_in().await;
    link(&api, &user.id, "google", "linked@example.test", true).await;
    let fields = json!({"email": "linked@example.test"});
    let reply = api
        .ask("POST", "/admin/users", &api.service_key, fields)
        .await;
    assert_eq!(reply.verdict(), "422 email_exists");
}

/// Gives a user an identity of a provider, as a round trip to it would.
pub(crate) async fn link(api: &Api, user: &str, provider: &str, email: &str, verified: bool) {
    let now = Some(api.app.clock().now());
    let data = json!({"email": email, "email_verified": verified, "sub": email});
    let identity = Identity {
        id: IdentityId::random(&SystemEntropy),
        provider_id: email.to_owned(),
        user_id: user.parse().expect("an id"),
        provider: provider.to_owned(),
        data: data.as_object().expect("an object").clone(),
        last_sign_in_at: now,
        created_at: now,
        updated_at: now,
    };
    let mut tx = api
        .store()
        .db(&api.app.call())
        .begin()
        .await
        .expect("a transaction");
    identities::insert(&mut tx, &identity);
    tx.commit().await.expect("an identity");
}

async fn a_long_list_is_read_page_by_page(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let mut tx = api
        .store()
        .db(&api.app.call())
        .begin()
        .await
        .expect("a transaction");
    for _ in 0..1_001 {
        let id = UserId::random(&SystemEntropy);
        let user = User::new(id, "authenticated", api.app.clock().now());
        users::insert(&mut tx, &user);
    }
    tx.commit().await.expect("1,001 users");
    let path = "/admin/users?per_page=100000";
    let reply = api.ask("GET", path, &api.service_key, Value::Null).await;
    assert_eq!(reply.json()["users"].as_array().map(Vec::len), Some(1_000));
    assert_eq!(reply.header("x-total-count"), "1001");
    let next = "</admin/users?page=2&per_page=100000>; rel=\"next\", \
        </admin/users?page=2&per_page=100000>; rel=\"last\"";
    assert_eq!(reply.header("link"), next);
    let path = "/admin/users?page=2&per_page=100000";
    let reply = api.ask("GET", path, &api.service_key, Value::Null).await;
    assert_eq!(reply.json()["users"].as_array().map(Vec::len), Some(1));
    let path = "/admin/users?page=18446744073709551615&per_page=7";
    let reply = api.ask("GET", path, &api.service_key, Value::Null).await;
    assert_eq!(reply.json()["users"], json!([]));
}

async fn users_are_found_by_what_is_written(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    for (email, name) in [
        ("a_b@example.test", "100% Ada"),
        ("axb@example.test", "1000 Bob"),
    ] {
        let fields = json!({"email": email, "user_metadata": {"full_name": name}});
        api.administer("POST", "/admin/users", fields).await;
    }
    for (filter, found) in [
        ("a_b", 1),
        ("A_B", 1),
        ("100%25", 1),
        ("100", 2),
        ("bob", 1),
        ("%5C", 0),
        ("example.test", 2),
    ] {
        let path = format!("/admin/users?filter={filter}");
        let page = api.administer("GET", &path, Value::Null).await;
        assert_eq!(
            page["users"].as_array().map(Vec::len),
            Some(found),
            "{filter}"
        );
    }
    for (query, found) in [
        ("action:signedup", 2),
        ("action:_", 2),
        ("author:service%25", 0),
    ] {
        let path = format!("/admin/audit?query={query}");
        let page = api.administer("GET", &path, Value::Null).await;
        assert_eq!(page.as_array().map(Vec::len), Some(found), "{query}");
    }
}

async fn a_softly_deleted_user_is_nobody(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let user = api.sign_in().await;
    let enroll = json!({"factor_type": "totp"});
    api.ask("POST", "/factors", &user.access_token, enroll)
        .await;
    let link = json!({"type": "recovery", "email": user.email});
    let link = api.administer("POST", "/admin/generate_link", link).await;
    let path = format!("/admin/users/{}", user.id);
    let soft = json!({"should_soft_delete": true});
    api.administer("DELETE", &path, soft.clone()).await;
    api.administer("DELETE", &path, soft).await;
    let row = api.administer("GET", &path, Value::Null).await;
    assert!(!row.to_string().contains(&user.email), "{row}");
    assert_eq!(row.get("factors"), None);
    let body = json!({"type": "recovery", "token_hash": link["hashed_token"]});
    let reply = api.ask("POST", "/verify", "", body).await;
    assert_eq!(reply.verdict(), "403 otp_expired");
    let reply = api
        .ask("GET", "/user", &user.access_token, Value::Null)
        .await;
    assert_eq!(reply.verdict(), "403 session_not_found");
    // The address is free again.
    let again = api.sign_in_as(&user.email).await;
    assert_ne!(again.id, user.id);
}

async fn deletion_leaves_nothing_behind(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let user = api.sign_in().await;
    let enroll = json!({"factor_type": "totp"});
    api.ask("POST", "/factors", &user.access_token, enroll)
        .await;
    let challenge = "0123456789012345678901234567890123456789012";
    let body = json!({"email": user.email, "code_challenge": challenge,
        "code_challenge_method": "plain"});
    api.ask("POST", "/recover", "", body).await;
    let path = format!("/admin/users/{}", user.id);
    api.administer("DELETE", &path, Value::Null).await;
    for table in [
        "users",
        "identities",
        "sessions",
        "refresh_tokens",
        "mfa_factors",
        "one_time_tokens",
        "flow_state",
    ] {
        let rows = api.count(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(rows, 0, "{table}");
    }
    let reply = api
        .ask("GET", "/user", &user.access_token, Value::Null)
        .await;
    assert_eq!(reply.verdict(), "403 user_not_found");
}

async fn an_imported_hash_signs_in_and_ends_sessions(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let user = api.sign_in().await;
    let path = format!("/admin/users/{}", user.id);
    let both = json!({"password": "long-enough-1", "password_hash": HASH});
    let reply = api.ask("PUT", &path, &api.service_key, both).await;
    assert_eq!(reply.verdict(), "400 validation_failed");
    api.administer("PUT", &path, json!({"password_hash": HASH}))
        .await;
    let reply = api
        .ask("GET", "/user", &user.access_token, Value::Null)
        .await;
    assert_eq!(reply.verdict(), "403 session_not_found");
    let grant = json!({"email": user.email, "password": "imported-password"});
    let reply = api
        .ask("POST", "/token?grant_type=password", "", grant)
        .await;
    assert_eq!(reply.verdict(), "200", "{}", reply.text());
}

async fn a_changed_address_makes_pending_links_worthless(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let user = api.sign_in().await;
    let link = json!({"type": "recovery", "email": user.email});
    let link = api.administer("POST", "/admin/generate_link", link).await;
    let path = format!("/admin/users/{}", user.id);
    api.administer("PUT", &path, json!({"email": "moved@example.test"}))
        .await;
    let pending = api.count("SELECT count(*) FROM one_time_tokens").await;
    assert_eq!(pending, 0);
    let body = json!({"type": "recovery", "token_hash": link["hashed_token"]});
    let reply = api.ask("POST", "/verify", "", body).await;
    assert_eq!(reply.verdict(), "403 otp_expired");
}

async fn a_ban_in_the_past_is_none(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let user = api.sign_in().await;
    let path = format!("/admin/users/{}", user.id);
    for (ban, verdict) in [
        ("1h", "403 user_banned"),
        ("-1h", "200"),
        ("2562047h47m16s", "403 user_banned"),
        ("none", "200"),
    ] {
        api.administer("PUT", &path, json!({"ban_duration": ban}))
            .await;
        let reply = api
            .ask("GET", "/user", &user.access_token, Value::Null)
            .await;
        assert_eq!(reply.verdict(), verdict, "{ban}");
    }
}

async fn other_audiences_have_their_own_users(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let user = api.sign_in().await;
    let fields = json!({"email": user.email, "aud": "another"});
    // One address is one user, whatever the audience: the column is unique.
    let reply = api
        .ask("POST", "/admin/users", &api.service_key, fields)
        .await;
    assert_eq!(reply.verdict(), "422 email_exists");
    let fields = json!({"email": "other@example.test", "aud": "another"});
    let created = api.administer("POST", "/admin/users", fields).await;
    assert_eq!(created["aud"], "another");
    let mut asked = Asked::json("GET", "/admin/users", &api.service_key, &Value::Null);
    asked
        .headers
        .push(("X-JWT-AUD".to_owned(), "another".to_owned()));
    let page = api.send(&asked).await.json();
    assert_eq!(page["users"][0]["email"], "other@example.test");
    assert_eq!(page["users"].as_array().map(Vec::len), Some(1));
}
