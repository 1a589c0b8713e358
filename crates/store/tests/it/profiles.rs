//! Profiles and the ledger of credits: what is booked once, shown, and kept.

use crate::engine::{World, call, on_every_engine, uuid};
use crate::people::{NOW, stored_user};
use std::time::Duration;
use store::profiles::{self, Profile};
use store::{Error, Result, Tx, credits, users};
use tokio::task::JoinSet;
use types::{CreditEntryId, UserId};

on_every_engine!(
    opening_credits_are_booked_once,
    of_many_openings_at_once_one_books,
    a_profile_shows_the_balance_of_the_ledger,
    an_existing_profile_stays_as_it_is,
    name_and_picture_change_apart,
    the_ledger_cannot_be_rewritten,
    removing_a_user_removes_the_profile_and_keeps_the_ledger,
    nothing_is_opened_where_the_ledger_fails,
);

fn profile(user_id: UserId) -> Profile {
    Profile {
        user_id,
        full_name: Some("Seán O'Brien 李 👩‍🚀".to_owned()),
        avatar_url: None,
        role: "user".to_owned(),
        plan: "free".to_owned(),
        created_at: NOW,
        updated_at: NOW,
        credits: 0,
    }
}

async fn open(tx: &mut Tx, user: UserId, amount: i64) -> Result<bool> {
    credits::open(tx, CreditEntryId(uuid()), user, amount, NOW).await
}

async fn found(world: &World, user: UserId) -> Option<Profile> {
    profiles::find(&mut world.db(), user).await.unwrap()
}

async fn opening_credits_are_booked_once(world: World) {
    let user = stored_user(&world).await.id;
    for (amount, books) in [(1_000, true), (2_000, false)] {
        let mut tx = world.db().begin().await.unwrap();
        assert_eq!(open(&mut tx, user, amount).await.unwrap(), books);
        tx.commit().await.unwrap();
    }
    let entries = credits::list_of_user(&mut world.db(), user, 10)
        .await
        .unwrap();
    let [entry] = entries.as_slice() else {
        panic!("{entries:?}");
    };
    assert_eq!((entry.amount, entry.balance_after), (1_000, 1_000));
    assert_eq!(entry.reference.as_deref(), Some("opening"));
    assert_eq!((entry.user_id, entry.created_at), (user, NOW));
}

async fn of_many_openings_at_once_one_books(world: World) {
    let user = stored_user(&world).await.id;
    let racers: JoinSet<_> = (0..10)
        .map(|_| {
            let db = world.db();
            async move {
                let mut tx = db.begin().await.unwrap();
                profiles::open(&mut tx, &profile(user));
                let booked = open(&mut tx, user, 500).await.unwrap();
                tx.commit().await.unwrap();
                booked
            }
        })
        .collect();
    let outcomes = racers.join_all().await;
    assert_eq!(outcomes.into_iter().filter(|booked| *booked).count(), 1);
    assert_eq!(found(&world, user).await.unwrap().credits, 500);
}

async fn a_profile_shows_the_balance_of_the_ledger(world: World) {
    let user = stored_user(&world).await.id;
    assert_eq!(found(&world, user).await, None);
    let mut tx = world.db().begin().await.unwrap();
    profiles::open(&mut tx, &profile(user));
    tx.commit().await.unwrap();
    assert_eq!(found(&world, user).await, Some(profile(user)));
    let mut tx = world.db().begin().await.unwrap();
    open(&mut tx, user, 1_000).await.unwrap();
    tx.commit().await.unwrap();
    // A later entry, as the application's own bookings will write them.
    let later = "INSERT INTO credit_entries (id, user_id, amount, balance_after, reason, actor,
        created_at) SELECT";
    let hex = |user: UserId| user.0.simple().to_string();
    world
        .script_of(
            &format!(
                "{later} x'{}', user_id, -10, 990, 'generation', 'system', created_at + 1
                FROM credit_entries",
                hex(UserId(uuid()))
            ),
            &format!(
                "{later} '{}'::uuid, user_id, -10, 990, 'generation', 'system',
                created_at + interval '1 microsecond' FROM claviger.credit_entries",
                hex(UserId(uuid()))
            )
            .replace("INTO credit_entries", "INTO claviger.credit_entries"),
        )
        .await;
    assert_eq!(found(&world, user).await.unwrap().credits, 990);
}

async fn an_existing_profile_stays_as_it_is(world: World) {
    let user = stored_user(&world).await.id;
    let other = Profile {
        full_name: None,
        plan: "enterprise".to_owned(),
        ..profile(user)
    };
    let mut tx = world.db().begin().await.unwrap();
    profiles::open(&mut tx, &profile(user));
    profiles::open(&mut tx, &other);
    tx.commit().await.unwrap();
    assert_eq!(found(&world, user).await, Some(profile(user)));
}

async fn name_and_picture_change_apart(world: World) {
    let user = stored_user(&world).await.id;
    let picture = "https://img.example.com/ada.png";
    let later = NOW + Duration::from_secs(1);
    let mut tx = world.db().begin().await.unwrap();
    profiles::open(&mut tx, &profile(user));
    profiles::set_avatar_url(&mut tx, user, Some(picture), later);
    tx.commit().await.unwrap();
    let with_picture = Profile {
        avatar_url: Some(picture.to_owned()),
        updated_at: later,
        ..profile(user)
    };
    assert_eq!(found(&world, user).await, Some(with_picture.clone()));
    let mut tx = world.db().begin().await.unwrap();
    profiles::set_full_name(&mut tx, user, None, later);
    tx.commit().await.unwrap();
    let without_name = Profile {
        full_name: None,
        ..with_picture
    };
    assert_eq!(found(&world, user).await, Some(without_name));
}

async fn the_ledger_cannot_be_rewritten(world: World) {
    let user = stored_user(&world).await.id;
    let mut tx = world.db().begin().await.unwrap();
    open(&mut tx, user, 1_000).await.unwrap();
    tx.commit().await.unwrap();
    for change in [
        "UPDATE credit_entries SET amount = 5",
        "DELETE FROM credit_entries",
    ] {
        let refused = world.store.script(change.to_owned(), &call()).await;
        assert!(refused.is_err(), "{change}");
    }
    let entries = credits::list_of_user(&mut world.db(), user, 10)
        .await
        .unwrap();
    assert_eq!((entries.len(), entries[0].amount), (1, 1_000));
}

async fn removing_a_user_removes_the_profile_and_keeps_the_ledger(world: World) {
    let (gone, kept) = (stored_user(&world).await.id, stored_user(&world).await.id);
    let mut tx = world.db().begin().await.unwrap();
    for user in [gone, kept] {
        profiles::open(&mut tx, &profile(user));
        open(&mut tx, user, 1_000).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = world.db().begin().await.unwrap();
    users::delete(&mut tx, gone);
    profiles::delete(&mut tx, gone);
    tx.commit().await.unwrap();
    assert_eq!(found(&world, gone).await, None);
    assert!(found(&world, kept).await.is_some());
    // Whoever gets the same id again is not given the credits again.
    let mut tx = world.db().begin().await.unwrap();
    assert!(!open(&mut tx, gone, 1_000).await.unwrap());
    tx.commit().await.unwrap();
}

async fn nothing_is_opened_where_the_ledger_fails(world: World) {
    let user = stored_user(&world).await.id;
    let mut tx = world.db().begin().await.unwrap();
    profiles::open(&mut tx, &profile(user));
    // A balance below zero is against the schema.
    assert!(open(&mut tx, user, -1).await.is_err());
    assert!(matches!(tx.commit().await, Err(Error::Aborted)));
    assert_eq!(found(&world, user).await, None);
}
