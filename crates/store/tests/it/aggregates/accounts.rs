//! Users and their identities.

use crate::engine::{World, uuid};
use crate::people::{NOW, factor, insert_user, session, user, user_with_email};
use serde_json::json;
use std::time::Duration;
use store::identities::{self, Identity};
use store::users::{self, User};
use store::{accounts, factors, sessions};
use types::{Email, IdentityId, Phone, Time, UserId};

fn later(seconds: u64) -> Time {
    NOW + Duration::from_secs(seconds)
}

/// Every column has a value of its own, so that none can stand in for another.
fn full_user(name: &str) -> User {
    let text = |column: &str| format!("{column} of {name}");
    let json = |value: serde_json::Value| value.as_object().unwrap().clone();
    User {
        role: text("role"),
        email: Some(format!("{name}@example.com")),
        encrypted_password: Some(text("password")),
        email_confirmed_at: Some(later(1)),
        invited_at: Some(later(2)),
        confirmation_token: text("confirmation"),
        confirmation_sent_at: Some(later(3)),
        recovery_token: text("recovery"),
        recovery_sent_at: Some(later(4)),
        email_change_token_new: text("new"),
        email_change: text("change"),
        email_change_sent_at: Some(later(5)),
        last_sign_in_at: Some(later(6)),
        app_metadata: json(json!({"provider": "email"})),
        user_metadata: json(json!({"full_name": name, "n": [1, null]})),
        created_at: later(7),
        updated_at: later(8),
        phone: Some(text("phone")),
        phone_confirmed_at: Some(later(9)),
        phone_change: text("phone change"),
        phone_change_token: text("phone token"),
        phone_change_sent_at: Some(later(10)),
        confirmed_at: Some(later(1)),
        email_change_token_current: text("current"),
        email_change_confirm_status: 1,
        banned_until: Some(later(11)),
        reauthentication_token: text("reauthentication"),
        reauthentication_sent_at: Some(later(12)),
        is_sso_user: false,
        deleted_at: Some(later(13)),
        is_anonymous: true,
        ..user()
    }
}

pub(super) async fn user_returns_as_it_was_written(world: &World) {
    let written = full_user("written");
    insert_user(world, &written).await.unwrap();
    let read = accounts::find(&mut world.db(), written.id, None).await;
    assert_eq!(read.unwrap().unwrap().user, written);
    let saved = User {
        id: written.id,
        is_anonymous: false,
        email_change_confirm_status: 2,
        ..full_user("saved")
    };
    let mut tx = world.db().begin().await.unwrap();
    assert_eq!(
        users::lock(&mut tx, written.id).await.unwrap(),
        Some(written)
    );
    users::save(&mut tx, &saved);
    let reloaded = accounts::reload(&mut tx, saved.id).await.unwrap().unwrap();
    assert_eq!(reloaded.user, saved);
    tx.commit().await.unwrap();
    let mut tx = world.db().begin().await.unwrap();
    users::rehashed(&mut tx, saved.id, "another", "not taken");
    users::rehashed(&mut tx, saved.id, "password of saved", "stronger");
    users::signed_in(&mut tx, saved.id, later(99));
    users::delete_passkeys(&mut tx, saved.id);
    tx.commit().await.unwrap();
    let read = accounts::find(&mut world.db(), saved.id, None)
        .await
        .unwrap();
    let read = read.unwrap().user;
    assert_eq!(read.password(), Some("stronger"));
    assert_eq!(
        (read.last_sign_in_at, read.updated_at),
        (Some(later(99)), later(99))
    );
    assert_eq!(
        accounts::find(&mut world.db(), UserId(uuid()), None)
            .await
            .unwrap(),
        None
    );
}

pub(super) async fn user_is_found_by_every_contact(world: &World) {
    let user = User {
        phone: Some("15555550111".to_owned()),
        ..user_with_email("contact@example.com")
    };
    insert_user(world, &user).await.unwrap();
    let (email, phone) = (
        Email::parse("Contact@example.com").unwrap(),
        Phone::parse("+15555550111").unwrap(),
    );
    let mut db = world.db();
    for (audience, expected) in [("authenticated", Some(user.id)), ("others", None)] {
        let by_email = users::id_of_email(&mut db, &email, audience).await;
        assert_eq!(by_email.unwrap(), expected);
        let by_phone = users::id_of_phone(&mut db, &phone, audience).await;
        assert_eq!(by_phone.unwrap(), expected);
        let by_email = accounts::find_by_email(&mut db, &email, audience).await;
        assert_eq!(by_email.unwrap().map(|account| account.user.id), expected);
        let by_phone = accounts::find_by_phone(&mut db, &phone, audience).await;
        assert_eq!(by_phone.unwrap().map(|account| account.user.id), expected);
    }
}

fn identity(user_id: UserId, provider: &str, created_at: Time) -> Identity {
    let data = json!({"email": "Held@Example.com", "sub": "x"});
    Identity {
        id: IdentityId(uuid()),
        provider_id: uuid().to_string(),
        user_id,
        provider: provider.to_owned(),
        data: data.as_object().unwrap().clone(),
        last_sign_in_at: Some(later(1)),
        created_at: Some(created_at),
        updated_at: Some(later(2)),
    }
}

/// One read brings identities and factors, oldest first and once each, and the session asked for.
pub(super) async fn user_takes_everything_along(world: &World) {
    let user = user_with_email("everything@example.com");
    let other = session(user.id);
    let wanted = session(user.id);
    let mut second = factor(user.id);
    second.friendly_name = Some("second".to_owned());
    second.created_at = later(1);
    second.updated_at = later(1);
    let first = factor(user.id);
    let (github, email) = (
        identity(user.id, "github", later(2)),
        identity(user.id, "email", later(1)),
    );
    let mut tx = world.db().begin().await.unwrap();
    users::insert(&mut tx, &user);
    for identity in [&github, &email] {
        identities::insert(&mut tx, identity);
    }
    for factor in [&second, &first] {
        factors::insert(&mut tx, factor);
    }
    for session in [&other, &wanted] {
        sessions::insert(&mut tx, session);
    }
    tx.commit().await.unwrap();
    let mut db = world.db();
    let account = accounts::find(&mut db, user.id, Some(wanted.id)).await;
    let account = account.unwrap().unwrap();
    assert_eq!(account.identities, [email.clone(), github]);
    assert_eq!(account.factors, [first, second]);
    assert_eq!(account.session, Some(wanted.clone()));
    assert_eq!(account.identity("email"), Some(&email));
    // Deleted with all that hangs on it.
    let mut tx = world.db().begin().await.unwrap();
    users::delete(&mut tx, user.id);
    tx.commit().await.unwrap();
    assert_eq!(accounts::find(&mut db, user.id, None).await.unwrap(), None);
    let left = sessions::list_of_user(&mut db, user.id).await.unwrap();
    assert_eq!(left, []);
}

pub(super) async fn identity_changes_and_goes(world: &World) {
    let user = user_with_email("identity@example.com");
    let mut kept = identity(user.id, "email", NOW);
    let gone = identity(user.id, "gitlab", NOW);
    let mut tx = world.db().begin().await.unwrap();
    users::insert(&mut tx, &user);
    identities::insert(&mut tx, &kept);
    identities::insert(&mut tx, &gone);
    tx.commit().await.unwrap();
    kept.provider_id = "changed".to_owned();
    kept.data = serde_json::Map::new();
    kept.last_sign_in_at = None;
    kept.updated_at = Some(later(50));
    let mut tx = world.db().begin().await.unwrap();
    identities::save(&mut tx, &kept);
    assert!(identities::delete(&mut tx, gone.id, user.id).await.unwrap());
    assert!(
        !identities::delete(&mut tx, kept.id, UserId(uuid()))
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let read = accounts::find(&mut world.db(), user.id, None)
        .await
        .unwrap();
    assert_eq!(read.unwrap().identities, [kept]);
}

pub(super) async fn address_is_held_by_identities_too(world: &World) {
    let holder = user_with_email("holder@example.com");
    let mut tx = world.db().begin().await.unwrap();
    users::insert(&mut tx, &holder);
    identities::insert(&mut tx, &identity(holder.id, "google", NOW));
    tx.commit().await.unwrap();
    let mut db = world.db();
    let aud = "authenticated";
    let nobody = UserId(uuid());
    for (address, but, expected) in [
        ("holder@example.com", nobody, true),
        ("held@example.com", nobody, true),
        ("held@example.com", holder.id, false),
        ("free@example.com", nobody, false),
    ] {
        let email = Email::parse(address).unwrap();
        let held = users::is_email_held(&mut db, &email, aud, but).await;
        assert_eq!(held.unwrap(), expected, "{address}");
    }
    let held = Email::parse("held@example.com").unwrap();
    let found = identities::holder_of_email(&mut db, &held, aud, nobody).await;
    assert_eq!(found.unwrap(), Some(holder.id));
    let found = identities::holder_of_email(&mut db, &held, aud, holder.id).await;
    assert_eq!(found.unwrap(), None);
}

pub(super) async fn passwords_are_sampled(world: &World) {
    let with = |password: Option<&str>| User {
        encrypted_password: password.map(str::to_owned),
        ..user()
    };
    let users = [with(Some("hash")), with(Some("")), with(None)];
    let mut tx = world.db().begin().await.unwrap();
    for user in &users {
        users::insert(&mut tx, user);
    }
    tx.commit().await.unwrap();
    let sample = async |limit| {
        users::sample_of_passwords(&mut world.db(), limit)
            .await
            .unwrap()
    };
    let all = sample(1_000).await;
    for user in &users {
        let password = user.encrypted_password.clone().unwrap_or_default();
        assert!(all.contains(&(user.id.0, password)));
    }
    assert!(all.is_sorted_by_key(|(id, _)| *id));
    assert_eq!(sample(2).await, all[..2]);
}
