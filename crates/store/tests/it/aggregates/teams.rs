//! Teams, invitations to them, and the people in all of that.

use super::stores;
use super::tuples::{LATER, object, tuple, write};
use crate::engine::{World, uuid};
use crate::people::{NOW, insert_user, stored_session, stored_user, user_with_email};
use std::time::Duration;
use store::departures::{Departures, Nothing};
use store::people::{self, Person};
use store::profiles::{self, Profile};
use store::team_invitations::{self, Invitation, Status};
use store::teams::{self, Team};
use store::tuples::{self as stored_tuples, Wanted};
use store::users;
use types::{Email, InvitationId, TeamId, Time, UserId};

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

fn team(code: &str) -> Team {
    Team {
        id: TeamId(uuid()),
        name: "Grüße".to_owned(),
        description: None,
        code: code.to_owned(),
        members_max: 10,
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn stored_team(world: &World, code: &str) -> Team {
    let team = team(code);
    let mut tx = world.db().begin().await.unwrap();
    teams::insert(&mut tx, &team);
    tx.commit().await.unwrap();
    team
}

fn invitation(team: TeamId, email: &str) -> Invitation {
    Invitation {
        id: InvitationId(uuid()),
        team_id: team,
        email: email.to_owned(),
        role: "editor".to_owned(),
        invited_by: Some(UserId(uuid())),
        status: Status::Pending,
        created_at: NOW,
        expires_at: NOW + WEEK,
        settled_at: None,
    }
}

async fn invite(world: &World, invitation: &Invitation, hash: &[u8]) -> store::Result<()> {
    let mut tx = world.db().begin().await?;
    team_invitations::insert(&mut tx, invitation, hash);
    tx.commit().await
}

async fn settle(world: &World, id: InvitationId, status: Status) -> bool {
    let mut tx = world.db().begin().await.unwrap();
    let settled = team_invitations::settle(&mut tx, id, status, LATER).await;
    tx.commit().await.unwrap();
    settled.unwrap()
}

pub(super) async fn team_returns_as_it_was_written(world: &World) {
    let mut one = stored_team(world, "TM-000001").await;
    let other = stored_team(world, "TM-000002").await;
    let mut tx = world.db().begin().await.unwrap();
    teams::insert(&mut tx, &team("TM-000002"));
    let taken = tx.commit().await.unwrap_err();
    assert!(taken.is_duplicate("teams.code"), "{taken}");
    one.name = "Other".to_owned();
    one.description = Some("for it".to_owned());
    one.members_max = 3;
    one.updated_at = LATER;
    let mut tx = world.db().begin().await.unwrap();
    teams::save(&mut tx, &one);
    tx.commit().await.unwrap();
    let found = teams::find(&mut world.db(), one.id).await.unwrap();
    assert_eq!(found, Some(one.clone()));
    let ids = [other.id, TeamId(uuid()), one.id];
    let found = teams::find_all(&world.db(), &ids).await.unwrap();
    assert_eq!(found, [other, one.clone()]);
    let mut tx = world.db().begin().await.unwrap();
    teams::delete(&mut tx, one.id);
    tx.commit().await.unwrap();
    assert_eq!(teams::find(&mut world.db(), one.id).await.unwrap(), None);
}

pub(super) async fn invitation_is_settled_once(world: &World) {
    let team = stored_team(world, "TM-000003").await.id;
    let first = invitation(team, "ann@example.com");
    invite(world, &first, b"hash of ann").await.unwrap();
    let mut db = world.db();
    let find = async |hash: &[u8]| {
        team_invitations::of_token(&mut world.db(), hash)
            .await
            .unwrap()
    };
    assert_eq!(find(b"hash of ann").await, Some(first.clone()));
    assert_eq!(find(b"another").await, None);
    let twice = invite(world, &invitation(team, "ann@example.com"), b"x").await;
    assert!(twice.is_err(), "one pending invitation for an address");
    let pending = team_invitations::pending(&mut db, team, "ann@example.com").await;
    assert_eq!(pending.unwrap(), Some(first.clone()));
    assert!(settle(world, first.id, Status::Declined).await);
    assert!(
        !settle(world, first.id, Status::Accepted).await,
        "it is settled"
    );
    let declined = team_invitations::find(&mut db, first.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (declined.status, declined.settled_at),
        (Status::Declined, Some(LATER))
    );
    invite(world, &invitation(team, "ann@example.com"), b"y")
        .await
        .unwrap();
}

pub(super) async fn invitations_are_listed_and_counted(world: &World) {
    let team = stored_team(world, "TM-000004").await.id;
    let mut invitations = Vec::new();
    for (number, email) in ["a@example.com", "b@example.com", "c@example.com"]
        .iter()
        .enumerate()
    {
        let made_at = NOW + Duration::from_secs(u64::try_from(number).unwrap());
        let one = Invitation {
            created_at: made_at,
            ..invitation(team, email)
        };
        invite(world, &one, email.as_bytes()).await.unwrap();
        invitations.push(one);
    }
    let mut db = world.db();
    let first = team_invitations::of_team(&mut db, team, None, 2)
        .await
        .unwrap();
    assert_eq!(first, invitations[..2]);
    let last = first.last().map(|one| (one.created_at, one.id));
    let rest = team_invitations::of_team(&mut db, team, last, 2)
        .await
        .unwrap();
    assert_eq!(rest, invitations[2..]);
    let count = async |at| {
        let mut db = world.db();
        team_invitations::count_pending(&mut db, team, at)
            .await
            .unwrap()
    };
    assert_eq!(count(NOW).await, 3);
    assert_eq!(count(NOW + WEEK).await, 0, "they have expired");
    let of = async |at| {
        let mut db = world.db();
        team_invitations::of_email(&mut db, "b@example.com", at, 10)
            .await
            .unwrap()
    };
    assert_eq!(of(NOW).await, invitations[1..2]);
    assert_eq!(of(NOW + WEEK).await, []);
    settle(world, invitations[1].id, Status::Withdrawn).await;
    assert_eq!((of(NOW).await, count(NOW).await), (Vec::new(), 2));
    let mut tx = world.db().begin().await.unwrap();
    team_invitations::delete_of_team(&mut tx, team);
    tx.commit().await.unwrap();
    assert_eq!(
        team_invitations::of_team(&mut db, team, None, 9)
            .await
            .unwrap(),
        []
    );
}

pub(super) async fn people_are_active_or_not(world: &World) {
    let mut plain = user_with_email(&format!("{}@example.com", uuid().simple()));
    plain.app_metadata.insert("role".to_owned(), "admin".into());
    insert_user(world, &plain).await.unwrap();
    let find = async |id| people::find(&mut world.db(), id).await.unwrap();
    let found = find(plain.id).await.unwrap();
    assert_eq!(
        (found.email.as_ref(), found.role.as_deref()),
        (plain.email.as_ref(), Some("admin"))
    );
    assert!(found.is_active(NOW));
    let banned = Person {
        banned_until: Some(LATER),
        ..found.clone()
    };
    assert!(
        !banned.is_active(NOW) && banned.is_active(LATER),
        "a ban ends"
    );
    let deleted = Person {
        deleted_at: Some(NOW),
        ..found.clone()
    };
    assert!(!deleted.is_active(LATER));
    let profile = Profile {
        user_id: plain.id,
        full_name: Some("Ann".to_owned()),
        avatar_url: Some("https://example.com/a.png".to_owned()),
        role: "user".to_owned(),
        plan: "free".to_owned(),
        suspended_at: Some(NOW),
        created_at: NOW,
        updated_at: NOW,
    };
    let mut tx = world.db().begin().await.unwrap();
    profiles::insert(&mut tx, &profile);
    tx.commit().await.unwrap();
    let suspended = find(plain.id).await.unwrap();
    assert!(!suspended.is_active(LATER));
    assert_eq!(suspended.full_name, profile.full_name);
    assert_eq!(find(UserId(uuid())).await, None);
    let session = stored_session(world).await;
    let mut db = world.db();
    let found = people::find_signed_in(&mut db, session.user_id, session.id).await;
    assert_eq!(
        found.unwrap().map(|person| person.id),
        Some(session.user_id)
    );
    let foreign = people::find_signed_in(&mut db, plain.id, session.id).await;
    assert_eq!(foreign.unwrap(), None, "the session of somebody else");
    let ids = [UserId(uuid()), plain.id];
    assert_eq!(people::find_all(&world.db(), &ids).await.unwrap().len(), 1);
    let email = |text: &str| Email::parse(text).unwrap();
    let stored = email(plain.email.as_deref().unwrap());
    let with_email = people::with_email(&mut db, &stored).await.unwrap();
    assert_eq!(with_email, [plain.id]);
    let nobody = people::with_email(&mut db, &email("nobody@example.com")).await;
    assert_eq!(nobody.unwrap(), []);
}

pub(super) async fn nothing_departs_but_the_account(world: &World) {
    let user = stored_user(world).await;
    let mut tx = world.db().begin().await.unwrap();
    users::delete(&mut tx, user.id);
    Nothing
        .commit(&crate::engine::call(), tx, user.id)
        .await
        .unwrap();
    assert_eq!(people::find(&mut world.db(), user.id).await.unwrap(), None);
}

pub(super) async fn what_touches_objects_is_found_at_once(world: &World) {
    let store = stores::stored(world).await;
    let other = stores::stored(world).await;
    let ending = |mut tuple: types::Tuple| {
        tuple.expires_at = Some(Time(1));
        tuple
    };
    let about = [
        tuple("doc:a", "owner", "user:x"),
        ending(tuple("doc:a", "viewer", "user:*")),
        tuple("doc:b", "owner", "user:y"),
    ];
    let naming = [
        tuple("file:1", "parent", "doc:a"),
        tuple("file:2", "viewer", "doc:b#owner"),
    ];
    let neither = [
        tuple("doc:c", "owner", "user:x"),
        tuple("doc:ab", "owner", "user:a"),
    ];
    let all = [about.as_slice(), &naming, &neither].concat();
    write(world, store, &all).await;
    write(world, other, &[tuple("doc:a", "owner", "user:z")]).await;
    let mut tx = world.db().begin().await.unwrap();
    let objects = [object("doc:a"), object("doc:b")];
    let (mut of, mut by) = stored_tuples::touching(&mut tx, store, &objects)
        .await
        .unwrap();
    of.sort_unstable();
    by.sort_unstable();
    let keys = |tuples: &[types::Tuple]| {
        let mut keys: Vec<_> = tuples.iter().map(|tuple| tuple.key.clone()).collect();
        keys.sort_unstable();
        keys
    };
    assert_eq!((of, by), (keys(&about), keys(&naming)));
    let wanted = Wanted {
        objects: vec![(object("doc:a"), "owner".to_owned())],
        ..Wanted::default()
    };
    let loaded = stored_tuples::load_in(&mut tx, store, &wanted, NOW, 10)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(loaded.unwrap().1.objects, about[..1]);
}
