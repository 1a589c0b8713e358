//! A taken key has one name on both engines, for every unique key that flows meet.

use crate::engine::{Engine, World, on_both_engines, uuid};
use crate::people::{
    NOW, factor, insert_user, session, stored_session, stored_user, user, user_with_email,
};
use store::identities::{self, Identity};
use store::one_time_tokens::{self, TokenType};
use store::sessions;
use store::users::User;
use store::{Error, Result, factors, refresh_tokens};
use types::{IdentityId, OneTimeTokenId, SessionId, UserId};

on_both_engines!(
    keys_of_users,
    keys_of_identities,
    keys_of_sessions,
    keys_of_factors,
    keys_of_tokens,
    codes_and_single_sign_on_may_repeat,
    missing_user_is_a_missing_reference,
);

#[track_caller]
fn assert_duplicate(outcome: Result<()>, key: &str) {
    match outcome {
        Err(Error::Duplicate { key: found }) => assert_eq!(found, key),
        other => panic!("{key}: {other:?}"),
    }
}

async fn keys_of_users(world: World) {
    type Change = fn(&mut User);
    let changes: &[(&str, Change)] = &[
        ("users.id", |user| {
            user.id = UserId(uuid::Uuid::from_u128(1));
        }),
        ("users.email", |user| {
            user.email = Some("a@example.com".to_owned());
        }),
        ("users.phone", |user| {
            user.phone = Some("15555550100".to_owned());
        }),
        ("users.confirmation_token", |user| {
            user.confirmation_token = "abc".to_owned();
        }),
        ("users.recovery_token", |user| {
            user.recovery_token = "abc".to_owned();
        }),
        ("users.email_change_token_new", |user| {
            user.email_change_token_new = "abc".to_owned();
        }),
        ("users.email_change_token_current", |user| {
            user.email_change_token_current = "abc".to_owned();
        }),
        ("users.reauthentication_token", |user| {
            user.reauthentication_token = "abc".to_owned();
        }),
    ];
    for (key, change) in changes {
        let (mut one, mut two) = (user(), user());
        change(&mut one);
        change(&mut two);
        insert_user(&world, &one).await.unwrap();
        assert_duplicate(insert_user(&world, &two).await, key);
    }
}

async fn codes_and_single_sign_on_may_repeat(world: World) {
    for sso in [false, true] {
        let user = User {
            confirmation_token: "123456".to_owned(),
            recovery_token: "12 34".to_owned(),
            is_sso_user: sso,
            ..user_with_email("same@example.com")
        };
        insert_user(&world, &user).await.unwrap();
    }
}

async fn keys_of_identities(world: World) {
    let user_id = stored_user(&world).await.id;
    let identity = |id| Identity {
        id,
        provider_id: "17".to_owned(),
        user_id,
        provider: "github".to_owned(),
        data: serde_json::Map::new(),
        last_sign_in_at: None,
        created_at: Some(NOW),
        updated_at: Some(NOW),
    };
    let insert = async |identity: &Identity| {
        let mut tx = world.db().begin().await?;
        identities::insert(&mut tx, identity);
        tx.commit().await
    };
    let first = identity(IdentityId(uuid()));
    insert(&first).await.unwrap();
    let second = insert(&identity(IdentityId(uuid()))).await;
    assert_duplicate(second, "identities.provider_id, identities.provider");
    let other_provider = Identity {
        provider: "gitlab".to_owned(),
        ..first
    };
    assert_duplicate(insert(&other_provider).await, "identities.id");
}

async fn keys_of_sessions(world: World) {
    let one = stored_session(&world).await;
    let insert = async |session| {
        let mut tx = world.db().begin().await?;
        sessions::insert(&mut tx, session);
        tx.commit().await
    };
    assert_duplicate(insert(&one).await, "sessions.id");
}

async fn keys_of_factors(world: World) {
    let user = stored_user(&world).await.id;
    let insert = async |factor| {
        let mut tx = world.db().begin().await?;
        factors::insert(&mut tx, &factor);
        tx.commit().await
    };
    let first = factor(user);
    insert(first.clone()).await.unwrap();
    let mut same_id = first.clone();
    same_id.friendly_name = None;
    assert_duplicate(insert(same_id).await, "mfa_factors.id");
    let named = insert(factor(user)).await;
    assert_duplicate(named, "mfa_factors.friendly_name, mfa_factors.user_id");
    for outcome in ["stored", "taken"] {
        let mut phone = factor(user);
        phone.friendly_name = Some(" ".to_owned());
        phone.phone = Some("15555550100".to_owned());
        let inserted = insert(phone).await;
        if outcome == "stored" {
            inserted.unwrap();
        } else {
            assert_duplicate(inserted, "mfa_factors.user_id, mfa_factors.phone");
        }
    }
    // The clash of two challenges in one microsecond, made without the step aside.
    let mut second = factor(user);
    second.friendly_name = None;
    insert(second).await.unwrap();
    let clash = match world.engine {
        Engine::Sqlite => "UPDATE mfa_factors SET last_challenged_at = 1",
        Engine::Postgres => "UPDATE mfa_factors SET last_challenged_at = 'epoch'",
    };
    assert_duplicate(
        world.try_script(clash).await,
        "mfa_factors.last_challenged_at",
    );
}

async fn keys_of_tokens(world: World) {
    let session = stored_session(&world).await;
    let insert = async |token: &str| {
        let mut tx = world.db().begin().await?;
        refresh_tokens::insert(&mut tx, token, session.user_id, session.id, None, NOW);
        tx.commit().await
    };
    insert("t").await.unwrap();
    assert_duplicate(insert("t").await, "refresh_tokens.token");
    let id = OneTimeTokenId(uuid());
    let put = async |id, token_type| {
        let mut tx = world.db().begin().await?;
        one_time_tokens::put(&mut tx, id, session.user_id, token_type, "h", "a@b", NOW);
        tx.commit().await
    };
    put(id, TokenType::Recovery).await.unwrap();
    let other = put(id, TokenType::Confirmation).await;
    assert_duplicate(other, "one_time_tokens.id");
    put(OneTimeTokenId(uuid()), TokenType::Confirmation)
        .await
        .unwrap();
    let merge = "UPDATE one_time_tokens SET token_type = 'recovery_token'";
    assert_duplicate(
        world.try_script(merge).await,
        "one_time_tokens.user_id, one_time_tokens.token_type",
    );
}

async fn missing_user_is_a_missing_reference(world: World) {
    let mut tx = world.db().begin().await.unwrap();
    sessions::insert(&mut tx, &session(UserId(uuid())));
    let refused = tx.commit().await;
    assert!(
        matches!(refused, Err(Error::MissingReference)),
        "{refused:?}"
    );
    let session = stored_session(&world).await;
    let mut tx = world.db().begin().await.unwrap();
    let nowhere = SessionId(uuid());
    refresh_tokens::insert(&mut tx, "t", session.user_id, nowhere, None, NOW);
    let refused = tx.commit().await;
    assert!(
        matches!(refused, Err(Error::MissingReference)),
        "{refused:?}"
    );
}
