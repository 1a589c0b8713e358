//! Both audit logs: GoTrue's and our own.

use crate::engine::{World, call, params, query, uuid};
use crate::people::NOW;
use serde_json::{Value as Json, json};
use store::Read;
use store::audit::{self, Actor, Entry, Filter};
use store::db::{Query, Row};
use types::audit::Event;
use types::{Call, SystemEntropy, Time, UserId};
use uuid::Uuid;

/// What our own log says of one user.
const TRAIL: Query = query(
    "SELECT event, actor_id, at, ip, detail FROM events WHERE subject_id = $1
     ORDER BY event LIMIT 10",
);

fn line(mut row: Row) -> (String, Option<UserId>, Time, String, Json) {
    let mut take = || -> store::Result<_> {
        Ok((
            row.take()?,
            row.take()?,
            row.take()?,
            row.take()?,
            row.take()?,
        ))
    };
    take().unwrap()
}

fn entry(event: Event, actor: Uuid, subject: Option<UserId>) -> Entry {
    let traits = json!({"provider": "email"});
    Entry {
        event,
        actor: Actor {
            id: actor,
            username: format!("{actor}@example.com"),
            name: Some("Ada".to_owned()),
            via_sso: false,
        },
        subject,
        traits: traits.as_object().unwrap().clone(),
    }
}

fn call_at(now: Time) -> Call {
    Call { now, ..call() }
}

async fn append(world: &World, at: Time, entry: &Entry) {
    let mut tx = world.db().begin().await.unwrap();
    audit::append(&mut tx, &call_at(at), &SystemEntropy, entry);
    tx.commit().await.unwrap();
}

fn by(author: Uuid) -> Filter {
    Filter {
        author: Some(format!("{author}%")),
        ..Filter::default()
    }
}

pub(super) async fn each_event_goes_to_its_log(world: &World) {
    let (actor, subject) = (uuid(), UserId(uuid()));
    append(world, NOW, &entry(Event::Login, actor, None)).await;
    append(
        world,
        NOW,
        &entry(Event::RefreshTokenReplayed, actor, Some(subject)),
    )
    .await;
    append(
        world,
        NOW,
        &entry(Event::CreditsOpened, Uuid::nil(), Some(subject)),
    )
    .await;
    let mut db = world.db();
    let theirs = audit::list(&mut db, &by(actor), 10, 0).await.unwrap();
    assert_eq!(theirs.len(), 1, "never both");
    assert_eq!(theirs[0].created_at, NOW);
    let expected = json!({
        "action": "login", "actor_id": actor, "actor_name": "Ada",
        "actor_username": format!("{actor}@example.com"), "actor_via_sso": false,
        "log_type": "account", "traits": {"provider": "email"},
    });
    assert_eq!(theirs[0].payload, expected);
    let ours = db.rows(TRAIL, params![subject]).await.unwrap();
    let ours: Vec<_> = ours.into_iter().map(line).collect();
    let ours_at = |event: &str, by| {
        let (ip, traits) = ("192.0.2.7".to_owned(), json!({"provider": "email"}));
        (event.to_owned(), by, NOW, ip, traits)
    };
    let nobody = None;
    let expected = [
        ours_at("credits.opened", nobody),
        ours_at("refresh_token.replayed", Some(UserId(actor))),
    ];
    assert_eq!(ours, expected);
}

pub(super) async fn log_is_filtered_and_counted(world: &World) {
    let actor = uuid();
    append(world, NOW, &entry(Event::Login, actor, None)).await;
    let mut tx = world.db().begin().await.unwrap();
    let (one, two) = (
        entry(Event::TokenRefreshed, actor, None),
        entry(Event::TokenRevoked, actor, None),
    );
    audit::append_both(
        &mut tx,
        &call_at(Time(NOW.0 + 1)),
        &SystemEntropy,
        &one,
        &two,
    );
    let ours = entry(Event::ProfileUpdated, actor, None);
    audit::append_both(&mut tx, &call_at(NOW), &SystemEntropy, &ours, &one);
    tx.commit().await.unwrap();
    let mut db = world.db();
    for (filter, expected) in [
        (by(actor), 4),
        (by(uuid()), 0),
        (
            Filter {
                action: Some("token\\_%".to_owned()),
                ..by(actor)
            },
            3,
        ),
        (
            Filter {
                log_type: Some("account".to_owned()),
                ..by(actor)
            },
            1,
        ),
    ] {
        assert_eq!(
            audit::count(&mut db, &filter).await.unwrap(),
            expected,
            "{filter:?}"
        );
        let listed = audit::list(&mut db, &filter, 10, 0).await.unwrap();
        assert_eq!(i64::try_from(listed.len()).unwrap(), expected, "{filter:?}");
        assert!(
            listed.is_sorted_by_key(|entry| -entry.created_at.0),
            "newest first"
        );
    }
    let second = audit::list(&mut db, &by(actor), 3, 3).await.unwrap();
    assert_eq!(second.len(), 1);
}
