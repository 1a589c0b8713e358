//! Emergency accesses: asked for, approved, ended.

use super::tuples::LATER;
use crate::engine::{World, uuid};
use crate::people::NOW;
use std::time::Duration;
use store::emergency_accesses::{self, EmergencyAccess};
use types::{EmergencyId, UserId};

pub(super) async fn emergency_is_approved_and_ended_once(world: &World) {
    world.script("DELETE FROM emergency_accesses").await;
    let [user, by, other] = [UserId(uuid()), UserId(uuid()), UserId(uuid())];
    let access = |at| EmergencyAccess {
        id: EmergencyId(uuid()),
        user_id: user,
        resource_type: "project".to_owned(),
        resource_id: uuid(),
        owner_id: Some(other),
        reason: "a reason".to_owned(),
        minutes: 30,
        requested_by: by,
        requested_at: at,
        approved_by: None,
        approved_at: None,
        expires_at: None,
        ended_by: None,
        ended_at: None,
    };
    let (mut one, two) = (access(NOW), access(LATER));
    let mut tx = world.db().begin().await.unwrap();
    emergency_accesses::insert(&mut tx, &one);
    emergency_accesses::insert(&mut tx, &two);
    let ends = NOW + Duration::from_secs(1_800);
    for is_first in [true, false] {
        let approved = emergency_accesses::approve(&mut tx, one.id, other, LATER, ends).await;
        assert_eq!(approved.unwrap(), is_first);
    }
    tx.commit().await.unwrap();
    (one.approved_by, one.approved_at, one.expires_at) = (Some(other), Some(LATER), Some(ends));
    let listed = emergency_accesses::list(&mut world.db(), 10).await.unwrap();
    assert_eq!(listed, [two.clone(), one.clone()], "the newest first");
    let mut tx = world.db().begin().await.unwrap();
    for is_first in [true, false] {
        let ended = emergency_accesses::end(&mut tx, one.id, Some(by), LATER).await;
        assert_eq!(ended.unwrap(), is_first);
    }
    let late = emergency_accesses::approve(&mut tx, two.id, other, LATER, ends).await;
    assert!(late.unwrap());
    emergency_accesses::end_all_of_user(&mut tx, user, LATER);
    tx.commit().await.unwrap();
    let (third, fourth, over) = (access(LATER), access(LATER), access(LATER));
    let mut tx = world.db().begin().await.unwrap();
    for (of, until) in [(&third, ends), (&fourth, ends), (&over, LATER)] {
        emergency_accesses::insert(&mut tx, of);
        let approved = emergency_accesses::approve(&mut tx, of.id, other, NOW, until).await;
        assert!(approved.unwrap());
    }
    for of in [&third, &over] {
        let resource = (of.resource_type.as_str(), of.resource_id);
        emergency_accesses::end_running(&mut tx, user, resource, Some(other), LATER);
    }
    tx.commit().await.unwrap();
    for (id, ended_by) in [(third.id, Some(other)), (fourth.id, None), (over.id, None)] {
        let found = emergency_accesses::find(&mut world.db(), id).await;
        let found = found.unwrap().unwrap();
        let ended_at = ended_by.map(|_| LATER);
        assert_eq!((found.ended_by, found.ended_at), (ended_by, ended_at));
    }
    let ended = emergency_accesses::find(&mut world.db(), one.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((ended.ended_by, ended.ended_at), (Some(by), Some(LATER)));
    let swept = emergency_accesses::find(&mut world.db(), two.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((swept.ended_by, swept.ended_at), (None, Some(LATER)));
}
