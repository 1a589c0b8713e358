//! Profiles and the ledger of credits.

use crate::engine::{World, params, query, uuid};
use crate::people::{NOW, stored_user};
use store::Read;
use store::credits::{self, Booked, Booking, Entry};
use store::db::Row;
use store::profiles::{self, Display, Profile};
use tokio::task::JoinSet;
use types::{CreditEntryId, Time, UserId};

const LATER: Time = Time(NOW.0 + 1_000_000);

fn profile(user_id: UserId) -> Profile {
    Profile {
        user_id,
        full_name: Some("Ada Lovelace".to_owned()),
        avatar_url: None,
        role: "user".to_owned(),
        plan: "free".to_owned(),
        suspended_at: Some(NOW),
        created_at: NOW,
        updated_at: NOW,
    }
}

fn booking(user_id: UserId, amount: i64) -> Booking<'static> {
    Booking {
        id: CreditEntryId(uuid()),
        user_id,
        amount,
        reason: "a reason",
        reference: None,
        actor: "system",
        at: NOW,
    }
}

/// A new user with a profile.
async fn stored_profile(world: &World) -> Profile {
    let profile = profile(stored_user(world).await.id);
    let mut tx = world.db().begin().await.unwrap();
    profiles::insert(&mut tx, &profile);
    tx.commit().await.unwrap();
    profile
}

async fn book(world: &World, booking: Booking<'_>) -> Booked {
    let mut tx = world.db().begin().await.unwrap();
    let booked = credits::append(&mut tx, booking).await.unwrap();
    tx.commit().await.unwrap();
    booked
}

/// The whole ledger, newest entry first.
async fn everything(world: &World, user: UserId) -> Vec<Entry> {
    let entries = query(
        "SELECT id, user_id, amount, balance_after, reason, reference, actor, created_at
         FROM credit_entries WHERE user_id = $1 ORDER BY created_at DESC",
    );
    let rows = world.db().rows(entries, params![user]).await.unwrap();
    let entry = |mut row: Row| Entry {
        id: row.take().unwrap(),
        user_id: row.take().unwrap(),
        amount: row.take().unwrap(),
        balance_after: row.take().unwrap(),
        reason: row.take().unwrap(),
        reference: row.take().unwrap(),
        actor: row.take().unwrap(),
        created_at: row.take().unwrap(),
    };
    rows.into_iter().map(entry).collect()
}

pub(super) async fn profile_keeps_what_a_user_may_not_write(world: &World) {
    let mut expected = stored_profile(world).await;
    let user = expected.user_id;
    let mut db = world.db();
    assert_eq!(
        profiles::find(&mut db, user).await.unwrap(),
        Some(expected.clone())
    );
    let display = Display {
        full_name: None,
        avatar_url: Some("https://example.com/a.png"),
    };
    let mut tx = world.db().begin().await.unwrap();
    let saved = profiles::save_display(&mut tx, user, display, LATER)
        .await
        .unwrap();
    let nobody = UserId(uuid());
    let missing = profiles::save_display(&mut tx, nobody, display, LATER).await;
    tx.commit().await.unwrap();
    expected.full_name = None;
    expected.avatar_url = Some("https://example.com/a.png".to_owned());
    expected.updated_at = LATER;
    assert_eq!((saved, missing.unwrap()), (Some(expected.clone()), None));
    let mut tx = world.db().begin().await.unwrap();
    profiles::insert(&mut tx, &expected);
    let twice = tx.commit().await;
    assert!(twice.is_err_and(|e| e.is_duplicate("profiles.user_id")));
    let mut tx = world.db().begin().await.unwrap();
    assert_eq!(profiles::lock(&mut tx, user).await.unwrap(), Some(expected));
    profiles::delete(&mut tx, user);
    tx.commit().await.unwrap();
    assert_eq!(profiles::find(&mut db, user).await.unwrap(), None);
}

pub(super) async fn ledger_opens_once(world: &World) {
    let profile = profile(stored_user(world).await.id);
    let user = profile.user_id;
    let mut tx = world.db().begin().await.unwrap();
    profiles::insert(&mut tx, &profile);
    credits::open(&mut tx, booking(user, 100));
    tx.commit().await.unwrap();
    assert_eq!(credits::balance(&mut world.db(), user).await.unwrap(), 100);
    let mut tx = world.db().begin().await.unwrap();
    credits::open(&mut tx, booking(user, 100));
    let key = "credit_entries.user_id, credit_entries.reference";
    assert!(tx.commit().await.is_err_and(|e| e.is_duplicate(key)));
    let opening = Booking {
        reference: Some(credits::OPENING),
        ..booking(user, 100)
    };
    let Booked::Before(first) = book(world, opening).await else {
        panic!("it was opened before");
    };
    assert_eq!(
        (first.amount, first.reference.as_deref()),
        (100, Some(credits::OPENING))
    );
    assert_eq!(everything(world, user).await, [first]);
}

pub(super) async fn ledger_refuses_less_than_nothing(world: &World) {
    let user = stored_profile(world).await.user_id;
    let refused = |balance| Booked::OutOfRange { balance };
    assert_eq!(book(world, booking(user, -1)).await, refused(0));
    assert!(matches!(
        book(world, booking(user, 5)).await,
        Booked::Added(_)
    ));
    assert_eq!(book(world, booking(user, -6)).await, refused(5));
    assert_eq!(book(world, booking(user, i64::MAX)).await, refused(5));
    assert!(matches!(
        book(world, booking(user, -5)).await,
        Booked::Added(_)
    ));
    assert_eq!(credits::balance(&mut world.db(), user).await.unwrap(), 0);
    assert_eq!(
        book(world, booking(UserId(uuid()), 5)).await,
        Booked::NoProfile
    );
    assert_eq!(
        credits::balance(&mut world.db(), UserId(uuid()))
            .await
            .unwrap(),
        0
    );
}

/// All at the same moment, some with clocks that run behind: no entry is lost, none counts twice.
pub(super) async fn ledger_is_right_under_concurrency(world: &World) {
    const BOOKINGS: i64 = 24;
    let user = stored_profile(world).await.user_id;
    assert!(matches!(
        book(world, booking(user, 1_000)).await,
        Booked::Added(_)
    ));
    let mut all = JoinSet::new();
    for number in 1..=BOOKINGS {
        let db = world.db();
        all.spawn(async move {
            let booking = Booking {
                at: Time(NOW.0 - number % 3),
                ..booking(user, if number % 2 == 0 { number } else { -number })
            };
            let mut tx = db.begin().await.unwrap();
            let booked = credits::append(&mut tx, booking).await.unwrap();
            tx.commit().await.unwrap();
            matches!(booked, Booked::Added(_))
        });
    }
    assert!(all.join_all().await.into_iter().all(|added| added));
    let mut entries = everything(world, user).await;
    entries.reverse();
    let mut balance = 0;
    for pair in entries.windows(2) {
        assert!(
            pair[0].created_at < pair[1].created_at,
            "no two at one moment"
        );
    }
    for entry in &entries {
        balance += entry.amount;
        assert_eq!(entry.balance_after, balance);
    }
    assert_eq!(entries.len(), usize::try_from(BOOKINGS).unwrap() + 1);
    assert_eq!(balance, 1_000 + BOOKINGS / 2);
    assert_eq!(
        credits::balance(&mut world.db(), user).await.unwrap(),
        balance
    );
}
