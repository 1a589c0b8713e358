//! Registration: identity, profile and opening credits, all or nothing, and once.

use super::{
    PASSWORD, PLAIN, Person, Site, assert_refused, count, credentials, get, on_both_engines, post,
};
use serde_json::json;
use store::users;
use testkit::http::Request;

/// Each costs a hash, which waits for its turn at most five seconds.
const RACERS: usize = 100;

on_both_engines! {
    a_registration_opens_an_account(PLAIN);
    of_a_hundred_registrations_of_one_address_one_wins(PLAIN);
    nothing_is_left_of_a_registration_whose_ledger_fails(PLAIN);
    a_registration_waits_for_confirmation_where_that_is_wanted(CONFIRM);
    a_repeated_registration_is_not_told_where_addresses_are_confirmed(CONFIRM);
    legitimate_names_and_addresses_are_accepted_as_they_are(PLAIN);
    nobody_registers_with_a_role_credits_or_plan_of_their_own(PLAIN);
    the_opening_is_what_is_configured(OPENING);
    an_account_of_another_api_is_opened_at_its_first_use_and_once(PLAIN);
    a_visitor_without_a_contact_has_no_account(ANONYMOUS);
    removing_a_user_removes_the_profile_and_keeps_the_ledger(PLAIN);
    registration_is_refused_where_it_is_closed(CLOSED);
}

const CONFIRM: &[(&str, &str)] = &[("CLAVIGER_EMAIL_AUTOCONFIRM", "false")];
const CLOSED: &[(&str, &str)] = &[("CLAVIGER_SIGNUP_DISABLED", "true")];
const ANONYMOUS: &[(&str, &str)] = &[("CLAVIGER_SIGNUP_ANONYMOUS_ENABLED", "true")];
const OPENING: &[(&str, &str)] = &[
    ("CLAVIGER_ACCOUNT_OPENING_CREDITS", "7"),
    ("CLAVIGER_ACCOUNT_OPENING_PLAN", "trial"),
];

async fn a_registration_opens_an_account(site: Site) {
    let body = json!({
        "email": " Ada@Example.com ",
        "password": PASSWORD,
        "confirm_password": PASSWORD,
        "full_name": "Ada Lovelace",
        "avatar_url": "https://img.example.com/ada.png",
    });
    let reply = site.send(post("/register", &body)).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert_eq!(reply.header("cache-control"), "no-store");
    let answer = reply.json();
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 3600);
    let stored = site.stored("ada@example.com").await.expect("a user");
    let now = stored.user.created_at.to_string();
    let user = json!({
        "id": stored.user.id.to_string(),
        "email": "ada@example.com",
        "display_name": "Ada Lovelace",
        "full_name": "Ada Lovelace",
        "avatar_url": "https://img.example.com/ada.png",
        "credits_balance": 1000,
        "role": "user",
        "plan": "free",
        "created_at": now,
        "updated_at": now,
        "email_confirmed_at": now,
        "phone": null,
        "phone_confirmed_at": null,
    });
    assert_eq!(answer["user"], user);
    let person = Person::of(&reply);
    assert_eq!(site.account_of(&person.token).await, user);
    let ledger = site.ledger(stored.user.id).await;
    assert_eq!(ledger, [(1_000, 1_000)]);
    assert_eq!(stored.user.user_metadata["full_name"], "Ada Lovelace");
    let whoami = site.send(get("/whoami").bearer(&person.token)).await.json();
    assert_eq!(whoami["id"], user["id"]);
    assert_eq!(whoami["role"], "user");
    assert_eq!(whoami["metadata"]["full_name"], "Ada Lovelace");
}

async fn of_a_hundred_registrations_of_one_address_one_wins(site: Site) {
    let body = credentials("ada@example.com");
    let replies = site
        .at_once((0..RACERS).map(|_| post("/register", &body)))
        .await;
    assert_eq!(count(&replies, 201), 1);
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        // A machine under load may have no turn for a hash; that is no error of the client's.
        let status = if reply.status == 503 { 503 } else { 409 };
        assert_refused(reply, status, "another registration");
    }
    let winner = replies
        .iter()
        .find(|reply| reply.status == 201)
        .expect("one");
    let person = Person::of(winner);
    let stored = site.stored("ada@example.com").await.expect("a user");
    assert_eq!(stored.user.id, person.user_id());
    assert!(site.profile(stored.user.id).await.is_some());
    assert_eq!(site.ledger(stored.user.id).await.len(), 1);
    // Counted over all users, known or not: nothing was left by those who lost.
    for table in ["profiles", "credit_entries", "users"] {
        site.script(
            &format!(
                "CREATE TABLE one_{table} (n INTEGER CHECK (n = 1));
                INSERT INTO one_{table} SELECT count(*) FROM {table}"
            ),
            &format!(
                "CREATE TABLE one_{table} (n bigint CHECK (n = 1));
                INSERT INTO one_{table} SELECT count(*) FROM {}.{table}",
                if table == "users" { "auth" } else { "claviger" }
            ),
        )
        .await;
    }
    let again = site.send(post("/register", &body)).await;
    assert_refused(&again, 409, "a later registration");
}

async fn nothing_is_left_of_a_registration_whose_ledger_fails(site: Site) {
    site.script(
        "CREATE TRIGGER ledger_fails BEFORE INSERT ON credit_entries
        BEGIN SELECT RAISE(ABORT, 'the ledger is out of order'); END",
        "CREATE FUNCTION claviger.ledger_fails() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the ledger is out of order'; END $$;
        CREATE TRIGGER ledger_fails BEFORE INSERT ON claviger.credit_entries
        FOR EACH ROW EXECUTE FUNCTION claviger.ledger_fails()",
    )
    .await;
    let body = credentials("ada@example.com");
    let reply = site.send(post("/register", &body)).await;
    let answer = assert_refused(&reply, 500, "registration");
    assert!(!answer.to_string().contains("ledger"), "{answer}");
    assert!(site.stored("ada@example.com").await.is_none());
    assert_refused(&site.send(post("/login", &body)).await, 401, "login");
    site.script(
        "DROP TRIGGER ledger_fails",
        "DROP TRIGGER ledger_fails ON claviger.credit_entries",
    )
    .await;
    let person = site.register("ada@example.com").await;
    assert_eq!(
        site.account_of(&person.token).await["credits_balance"],
        1000
    );
}

async fn a_registration_waits_for_confirmation_where_that_is_wanted(site: Site) {
    let body = credentials("ada@example.com");
    let reply = site.send(post("/register", &body)).await;
    assert_eq!(reply.status, 202, "{}", reply.text());
    assert_eq!(reply.json().as_object().expect("an object").len(), 1);
    assert_refused(&site.send(post("/login", &body)).await, 403, "too early");
    let user = site.stored("ada@example.com").await.expect("a user").user;
    assert_eq!(site.ledger(user.id).await.len(), 1);
    let mails = site.mails_to("ada@example.com").await;
    let [mail] = mails.as_slice() else {
        panic!("{mails:?}");
    };
    let (_, code) = mail.text.split_once("code: ").expect("a code");
    let verify = json!({"type": "signup", "email": "ada@example.com", "token": code.trim()});
    let verified = site
        .send(Request::post("/auth/v1/verify").json(&verify))
        .await;
    assert_eq!(verified.status, 200, "{}", verified.text());
    let person = site.log_in("ada@example.com").await;
    assert_eq!(
        site.account_of(&person.token).await["credits_balance"],
        1000
    );
    assert_eq!(site.ledger(user.id).await.len(), 1);
}

async fn a_repeated_registration_is_not_told_where_addresses_are_confirmed(site: Site) {
    let body = credentials("ada@example.com");
    let first = site.send(post("/register", &body)).await;
    let stranger = json!({"email": "ada@example.com", "password": "guessed-1", "full_name": "Eve"});
    let unconfirmed = site.send(post("/register", &stranger)).await;
    site.script(
        "UPDATE users SET email_confirmed_at = created_at",
        "UPDATE auth.users SET email_confirmed_at = created_at",
    )
    .await;
    let confirmed = site.send(post("/register", &stranger)).await;
    for again in [unconfirmed, confirmed] {
        assert_eq!((again.status, again.json()), (first.status, first.json()));
    }
    let user = site.stored("ada@example.com").await.expect("a user").user;
    let profile = site.profile(user.id).await.expect("a profile");
    assert_eq!(profile.full_name, None);
    assert_eq!(site.ledger(user.id).await.len(), 1);
    assert_eq!(site.mails_to("ada@example.com").await.len(), 1);
    site.log_in("ada@example.com").await;
}

async fn legitimate_names_and_addresses_are_accepted_as_they_are(site: Site) {
    let names = [
        "Seán O'Brien",
        "李明",
        "Zoë 👩‍🚀",
        "Jean-Luc de la Tour",
        "<b>Ada</b> & Co.",
    ];
    let addresses = [
        "a+b@x",
        "o'brien@example.com",
        "A.B@Sub.Example.co.uk",
        "x@example.com",
        "1@2.io",
    ];
    for (full_name, email) in names.into_iter().zip(addresses) {
        let body = json!({"email": email, "password": "пароль-пароль-1", "full_name": full_name});
        let reply = site.send(post("/register", &body)).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        let user = &reply.json()["user"];
        assert_eq!(user["full_name"], full_name);
        assert_eq!(user["email"], email.to_lowercase());
    }
}

async fn nobody_registers_with_a_role_credits_or_plan_of_their_own(site: Site) {
    let email = "greedy@example.com";
    for wish in [
        "role",
        "credits_balance",
        "credits",
        "plan",
        "current_plan",
        "is_active",
        "id",
    ] {
        let body = json!({"email": email, "password": PASSWORD, wish: "admin"});
        let reply = site.send(post("/register", &body)).await;
        let answer = assert_refused(&reply, 422, wish);
        assert_eq!(answer["errors"][0]["field"], wish);
    }
    assert!(site.stored(email).await.is_none());
    // The other API's metadata is the user's own and decides nothing here.
    let data = json!({"role": "admin", "credits_balance": 9, "plan": "enterprise", "credits": 9});
    let body = json!({"email": email, "password": PASSWORD, "data": data});
    site.send(Request::post("/auth/v1/signup").json(&body))
        .await;
    let person = site.log_in(email).await;
    let me = site.account_of(&person.token).await;
    assert_eq!((&me["role"], &me["plan"]), (&json!("user"), &json!("free")));
    assert_eq!(me["credits_balance"], 1000);
}

async fn the_opening_is_what_is_configured(site: Site) {
    let person = site.register("ada@example.com").await;
    let me = site.account_of(&person.token).await;
    assert_eq!(
        (&me["credits_balance"], &me["plan"]),
        (&json!(7), &json!("trial"))
    );
}

async fn an_account_of_another_api_is_opened_at_its_first_use_and_once(site: Site) {
    let data = json!({"full_name": "Ada", "avatar_url": "http://img.example.com/plain.png"});
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "data": data});
    let reply = site
        .send(Request::post("/auth/v1/signup").json(&body))
        .await;
    let answer = reply.json();
    let token = answer["access_token"].as_str().expect("a token");
    let user = site.stored("ada@example.com").await.expect("a user").user;
    assert!(site.profile(user.id).await.is_none());
    let replies = site
        .at_once((0..20).map(|_| get("/me").bearer(token)))
        .await;
    for reply in &replies {
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.json()["credits_balance"], 1000);
    }
    assert_eq!(site.ledger(user.id).await.len(), 1);
    let me = site.account_of(token).await;
    // What may not stand in a profile is left out.
    assert_eq!(
        (&me["full_name"], &me["avatar_url"]),
        (&json!("Ada"), &json!(null))
    );
}

async fn a_visitor_without_a_contact_has_no_account(site: Site) {
    let visit = Request::post("/auth/v1/signup").json(&json!({}));
    let visitor = site.send(visit).await.json();
    let token = visitor["access_token"].as_str().expect("a token");
    assert_refused(&site.me(token).await, 403, "a visitor");
    let id = visitor["user"]["id"].as_str().expect("an id");
    let id = id.parse().expect("an id");
    assert!(site.profile(id).await.is_none());
    assert_eq!(site.ledger(id).await.len(), 0);
    // With an address, the same user is a member like any other.
    let change = Request::new("PUT", "/auth/v1/user").json(&json!({"email": "ada@example.com"}));
    assert_eq!(site.send(change.bearer(token)).await.status, 200);
    assert_eq!(site.account_of(token).await["credits_balance"], 1000);
}

async fn removing_a_user_removes_the_profile_and_keeps_the_ledger(site: Site) {
    let person = site.register("ada@example.com").await;
    let path = format!("/auth/v1/admin/users/{}", person.id);
    let removal = Request::new("DELETE", path).bearer(&site.service_key);
    assert_eq!(site.send(removal).await.status, 200);
    assert!(site.profile(person.user_id()).await.is_none());
    assert_eq!(site.ledger(person.user_id()).await.len(), 1);
    assert_refused(&site.me(&person.token).await, 401, "a removed user");
    // Somebody with the same id has the old balance, not a new one.
    let mut tx = site.db().begin().await.expect("a transaction");
    let mut heir = users::User::new(person.user_id(), "authenticated", types::Time(0));
    heir.email = Some("heir@example.com".to_owned());
    users::insert(&mut tx, &heir);
    tx.commit().await.expect("a user");
    let link = json!({"type": "magiclink", "email": "heir@example.com"});
    let link = Request::post("/auth/v1/admin/generate_link").json(&link);
    let link = site.send(link.bearer(&site.service_key)).await.json();
    let token_hash = &link["hashed_token"];
    let verify = json!({"type": "magiclink", "token_hash": token_hash});
    let session = site
        .send(Request::post("/auth/v1/verify").json(&verify))
        .await
        .json();
    let token = session["access_token"].as_str().expect("a token");
    assert_eq!(site.account_of(token).await["credits_balance"], 1000);
    assert_eq!(site.ledger(person.user_id()).await.len(), 1);
}

async fn registration_is_refused_where_it_is_closed(site: Site) {
    let reply = site
        .send(post("/register", &credentials("ada@example.com")))
        .await;
    assert_refused(&reply, 403, "registration");
}
