//! Unlinking identities beyond the recordings: races, and which address a user keeps.

use crate::administration::link;
use crate::api::{Api, Asked, SignedIn};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value, json};

on_both_engines! {
    of_two_identities_one_stays_however_fast,
    the_number_goes_with_its_identity,
    an_address_that_others_have_cannot_become_the_users,
    an_unverified_address_is_not_confirmed,
}

/// Users that are raced for at once.
const USERS: usize = 12;

async fn identities(api: &Api, user: &SignedIn) -> Vec<(String, String)> {
    let me = api
        .ask("GET", "/user", &user.access_token, Value::Null)
        .await
        .json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let identities = me["identities"].as_array().expect("a list").iter();
    identities
        .map(|identity| (text(&identity["provider"]), text(&identity["identity_id"])))
        .collect()
}

async fn identity(api: &Api, user: &SignedIn, provider: &str) -> String {
    let all = identities(api, user).await.into_iter();
    let mut found = all.filter(|(other, _)| other == provider);
    found.next().expect("the identity").1
}

fn unlink(user: &SignedIn, identity: &str) -> Asked {
    let path = format!("/user/identities/{identity}");
    Asked::json("DELETE", &path, &user.access_token, &Value::Null)
}

async fn of_two_identities_one_stays_however_fast(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let mut users = Vec::new();
    let mut asked = Vec::new();
    for number in 0..USERS {
        let user = api.sign_in().await;
        let email = format!("google{number}@example.test");
        link(&api, &user.id, "google", &email, true).await;
        let all = identities(&api, &user).await;
        asked.extend(all.iter().map(|(_, id)| unlink(&user, id)));
        users.push(user);
    }
    let replies = futures_util::future::join_all(asked.iter().map(|asked| api.send(asked))).await;
    let verdict = |wanted: &str| replies.iter().filter(|r| r.verdict() == wanted).count();
    assert_eq!(verdict("200"), USERS);
    assert_eq!(verdict("422 single_identity_not_deletable"), USERS);
    for user in users {
        assert_eq!(identities(&api, &user).await.len(), 1);
    }
}

async fn the_number_goes_with_its_identity(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let user = api.sign_in().await;
    let path = format!("/admin/users/{}", user.id);
    let phone = json!({"phone": "15555550122", "phone_confirm": true});
    api.administer("PUT", &path, phone).await;
    let phone = identity(&api, &user, "phone").await;
    let reply = api.send(&unlink(&user, &phone)).await;
    assert_eq!(reply.verdict(), "200");
    let me = api
        .ask("GET", "/user", &user.access_token, Value::Null)
        .await
        .json();
    assert_eq!(
        (&me["phone"], me.get("phone_confirmed_at")),
        (&json!(""), None)
    );
    assert_eq!(me["app_metadata"]["providers"], json!(["email"]));
}

async fn an_address_that_others_have_cannot_become_the_users(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let other = api.sign_in().await;
    let user = api.sign_in().await;
    link(&api, &user.id, "google", &other.email, true).await;
    let email = identity(&api, &user, "email").await;
    let reply = api.send(&unlink(&user, &email)).await;
    assert_eq!(reply.verdict(), "422 email_conflict_identity_not_deletable");
    assert_eq!(identities(&api, &user).await.len(), 2);
}

async fn an_unverified_address_is_not_confirmed(engine: Engine) {
    let confirm = [("GOTRUE_MAILER_AUTOCONFIRM", "false")];
    let Some(api) = Api::open_with(engine, &confirm).await else {
        return;
    };
    for (verified, provider) in [(true, "google"), (false, "github")] {
        let user = api.sign_in().await;
        let address = format!("{provider}@example.test");
        link(&api, &user.id, provider, &address, verified).await;
        let email = identity(&api, &user, "email").await;
        let reply = api.send(&unlink(&user, &email)).await;
        assert_eq!(reply.verdict(), "200", "{}", reply.text());
        let me = api
            .ask("GET", "/user", &user.access_token, Value::Null)
            .await
            .json();
        assert_eq!(me["email"], json!(address));
        assert_eq!(me.get("email_confirmed_at").is_some(), verified, "{me}");
    }
}
