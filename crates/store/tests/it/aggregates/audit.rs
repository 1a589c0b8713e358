//! Both audit logs: GoTrue's and our own.

use crate::engine::{World, call, uuid};
use crate::people::NOW;
use serde_json::json;
use store::audit::{self, Actor, Entry, Filter};
use store::events::{self, Cursor};
use types::audit::Event;
use types::{Call, SystemEntropy, Time, UserId};
use uuid::Uuid;

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
    let ours = events::list_of_subject(&mut db, subject, Cursor::START, 10).await;
    let ours = ours.unwrap();
    assert_eq!(ours.len(), 2);
    let replayed = ours
        .iter()
        .find(|event| event.event == "refresh_token.replayed")
        .unwrap();
    assert_eq!((replayed.actor_id, replayed.at), (Some(UserId(actor)), NOW));
    assert_eq!(replayed.ip.as_deref(), Some("192.0.2.7"));
    assert_eq!(replayed.detail, json!({"provider": "email"}));
    let opened = ours
        .iter()
        .find(|event| event.event == "credits.opened")
        .unwrap();
    assert_eq!(opened.actor_id, None, "nobody with an account");
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

pub(super) async fn trail_is_listed_by_page(world: &World) {
    let subject = UserId(uuid());
    for number in 0..7 {
        let entry = entry(Event::ProfileUpdated, subject.0, Some(subject));
        // Three of them at one moment.
        append(world, Time(NOW.0 + 10 + number / 3), &entry).await;
    }
    let mut db = world.db();
    let (mut found, mut after) = (Vec::new(), Cursor::START);
    loop {
        let page = events::list_of_subject(&mut db, subject, after, 3)
            .await
            .unwrap();
        let Some(last) = page.last() else {
            break;
        };
        after = last.cursor();
        found.extend(page);
    }
    assert_eq!(found.len(), 7);
    assert!(
        found.is_sorted_by(|a, b| (a.at, a.id) > (b.at, b.id)),
        "each once, newest first"
    );
    let newest = events::list(&mut db, Cursor::START, 1).await.unwrap();
    assert_eq!(newest[0].at, found[0].at);
    let behind = events::list(&mut db, newest[0].cursor(), 1_000)
        .await
        .unwrap();
    assert!(behind.iter().all(|event| event.id != newest[0].id));
}
