//! Second factors and the questions put to them.

use crate::engine::{World, column, params, query, uuid};
use crate::people::{NOW, factor, stored_factor, stored_user};
use store::factors::{self, Challenge, Factor};
use store::{Read, Tx, accounts};
use types::{ChallengeId, FactorId, Time, UserId};

const LATER: Time = Time(NOW.0 + 1_000_000);

async fn of_user(world: &World, user: UserId) -> Vec<Factor> {
    let account = accounts::find(&mut world.db(), user, None).await.unwrap();
    account.unwrap().factors
}

pub(super) async fn factor_changes_and_goes(world: &World) {
    let mut kept = stored_factor(world).await;
    let user = kept.user_id;
    kept.friendly_name = Some("renamed".to_owned());
    kept.status = "verified".to_owned();
    kept.secret = Some("changed".to_owned());
    kept.phone = Some("15555550122".to_owned());
    kept.updated_at = LATER;
    let named = |name: &str| Factor {
        friendly_name: Some(name.to_owned()),
        ..factor(user)
    };
    let (one, two) = (named("one"), named("two"));
    let mut tx = world.db().begin().await.unwrap();
    factors::save(&mut tx, &kept);
    factors::insert(&mut tx, &one);
    factors::insert(&mut tx, &two);
    factors::use_step(&mut tx, kept.id, 7, 7, NOW);
    factors::use_step(&mut tx, kept.id, 8, 8, NOW);
    assert!(factors::delete(&mut tx, one.id, user).await.unwrap());
    assert!(
        !factors::delete(&mut tx, two.id, UserId(uuid()))
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let used = query("SELECT step FROM totp_uses WHERE factor_id = $1 LIMIT 10");
    let used = world.db().rows(used, params![kept.id]).await.unwrap();
    assert_eq!(column::<i64>(used), [8], "older steps are forgotten");
    assert_eq!(of_user(world, user).await.len(), 2);
    let removals: [fn(&mut Tx, UserId); 3] = [
        |tx, user| factors::delete_unverified(tx, user, "phone"),
        |tx, user| factors::delete_stale(tx, user, NOW),
        |tx, user| factors::delete_stale(tx, user, LATER),
    ];
    for (remove, left) in removals.into_iter().zip([2, 2, 1]) {
        let mut tx = world.db().begin().await.unwrap();
        remove(&mut tx, user);
        tx.commit().await.unwrap();
        assert_eq!(of_user(world, user).await.len(), left);
    }
    assert_eq!(of_user(world, user).await, [kept]);
    let mut tx = world.db().begin().await.unwrap();
    factors::delete_all_of_user(&mut tx, user);
    tx.commit().await.unwrap();
    assert_eq!(of_user(world, user).await, []);
}

pub(super) async fn challenge_belongs_to_its_factor(world: &World) {
    let factor = stored_factor(world).await.id;
    let mut challenge = Challenge {
        id: ChallengeId(uuid()),
        factor_id: factor,
        created_at: NOW,
        verified_at: None,
        ip_address: "2001:db8::7".parse().unwrap(),
        otp_code: Some("hash".to_owned()),
    };
    let mut tx = world.db().begin().await.unwrap();
    factors::insert_challenge(&mut tx, &challenge);
    tx.commit().await.unwrap();
    let find = async |factor| {
        let found = factors::find_challenge(&mut world.db(), challenge.id, factor).await;
        found.unwrap()
    };
    assert_eq!(find(FactorId(uuid())).await, None);
    assert_eq!(find(factor).await, Some(challenge.clone()));
    let mut tx = world.db().begin().await.unwrap();
    let answered = factors::verify_challenge(&mut tx, challenge.id, factor, LATER).await;
    assert!(answered.unwrap());
    tx.commit().await.unwrap();
    let found = find(factor).await;
    challenge.verified_at = Some(LATER);
    assert_eq!(found, Some(challenge.clone()));
    let mut tx = world.db().begin().await.unwrap();
    factors::delete_challenge(&mut tx, challenge.id);
    tx.commit().await.unwrap();
    let gone = factors::find_challenge(&mut world.db(), challenge.id, factor).await;
    assert_eq!(gone.unwrap(), None);
}

/// The column is unique over all factors in GoTrue's schema.
pub(super) async fn challenges_of_one_moment_step_aside(world: &World) {
    let mut times = Vec::new();
    for _ in 0..3 {
        let factor = factor(stored_user(world).await.id);
        let mut tx = world.db().begin().await.unwrap();
        factors::insert(&mut tx, &factor);
        factors::challenged(&mut tx, factor.id, LATER)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let read = of_user(world, factor.user_id).await.remove(0);
        assert_eq!(read.updated_at, LATER);
        times.push(read.last_challenged_at.unwrap().0 - LATER.0);
    }
    assert_eq!(times, [0, 1, 2]);
}
