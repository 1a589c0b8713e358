//! Mail in the outbox, from its cause to its end.

use crate::engine::{World, uuid};
use crate::people::{NOW, stored_user};
use std::time::Duration;
use store::Tx;
use store::outbox::{self, Message};
use types::{MailId, Time};

const LATER: Time = Time(NOW.0 + 60_000_000);

async fn stored_message(world: &World, recipient: &str) -> Message {
    let message = Message {
        id: MailId(uuid()),
        kind: "recovery".to_owned(),
        recipient: recipient.to_owned(),
        subject: "Grüße".to_owned(),
        text: "text".to_owned(),
        html: "<p>html</p>".to_owned(),
        user_id: Some(stored_user(world).await.id),
        created_at: NOW,
        attempts: 0,
    };
    let mut tx = world.db().begin().await.unwrap();
    outbox::put(&mut tx, &message);
    tx.commit().await.unwrap();
    message
}

async fn claim(world: &World, node: &str, now: Time) -> Vec<Message> {
    let until = now + Duration::from_secs(10);
    let mut tx = world.db().begin().await.unwrap();
    let claimed = outbox::claim(&mut tx, node, now, until, 100).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

async fn change(world: &World, change: impl FnOnce(&mut Tx)) {
    let mut tx = world.db().begin().await.unwrap();
    change(&mut tx);
    tx.commit().await.unwrap();
}

/// The message as the list of all mail shows it.
async fn listed(world: &World, id: MailId) -> Option<Message> {
    let list = outbox::list(&mut world.db(), 1_000).await.unwrap();
    list.into_iter().find(|message| message.id == id)
}

pub(super) async fn message_leaves_once(world: &World) {
    world.script("DELETE FROM outbox").await;
    let message = stored_message(world, "once@example.com").await;
    let before = Time(NOW.0 - 1);
    assert_eq!(claim(world, "a", before).await, [], "not due yet");
    assert_eq!(claim(world, "a", NOW).await, std::slice::from_ref(&message));
    assert_eq!(claim(world, "b", NOW).await, [], "claimed by another");
    change(world, |tx| outbox::release(tx, message.id, "a")).await;
    assert_eq!(claim(world, "b", NOW).await.len(), 1, "given back");
    // The claim lapses, and then the slow node's word no longer counts.
    assert_eq!(claim(world, "c", LATER).await.len(), 1);
    change(world, |tx| outbox::sent(tx, message.id, "b", LATER)).await;
    assert_eq!(listed(world, message.id).await.unwrap().attempts, 0);
    change(world, |tx| outbox::sent(tx, message.id, "c", LATER)).await;
    let sent = listed(world, message.id).await.unwrap();
    assert_eq!((sent.attempts, sent.subject.as_str()), (1, "Grüße"));
    assert_eq!(claim(world, "a", Time(LATER.0 * 2)).await, []);
    let withdrawn = stored_message(world, "withdrawn@example.com").await;
    change(world, |tx| outbox::withdraw(tx, withdrawn.id)).await;
    assert_eq!(listed(world, withdrawn.id).await, None);
    let secret = stored_message(world, "secret@example.com").await;
    assert_eq!(claim(world, "a", LATER).await.len(), 1);
    change(world, |tx| {
        outbox::sent_and_wiped(tx, secret.id, "a", LATER);
    })
    .await;
    let wiped = listed(world, secret.id).await.unwrap();
    assert_eq!([wiped.subject, wiped.text, wiped.html], ["", "", ""]);
}

pub(super) async fn message_is_tried_again_and_given_up(world: &World) {
    world.script("DELETE FROM outbox").await;
    let id = stored_message(world, "again@example.com").await.id;
    assert_eq!(claim(world, "a", NOW).await.len(), 1);
    change(world, |tx| outbox::retry(tx, id, "a", LATER, "no route")).await;
    assert_eq!(claim(world, "a", NOW).await, []);
    let again = claim(world, "a", LATER).await;
    assert_eq!((again.len(), again[0].attempts), (1, 1));
    change(world, |tx| outbox::give_up(tx, id, "a", LATER, "refused")).await;
    assert_eq!(claim(world, "a", Time(LATER.0 * 2)).await, []);
    let dead = outbox::list_dead(&mut world.db(), 10).await.unwrap();
    let dead = dead.into_iter().find(|letter| letter.id == id).unwrap();
    assert_eq!((dead.attempts, dead.dead_at), (2, LATER));
    assert_eq!(dead.last_error, "refused");
    assert_eq!(dead.recipient, "again@example.com");
}

pub(super) async fn dead_letters_are_revived(world: &World) {
    world.script("DELETE FROM outbox").await;
    let mut ids = Vec::new();
    for recipient in ["one@example.com", "two@example.com"] {
        ids.push(stored_message(world, recipient).await.id);
        assert_eq!(claim(world, "a", NOW).await.len(), 1);
    }
    for id in &ids {
        change(world, |tx| outbox::give_up(tx, *id, "a", NOW, "refused")).await;
    }
    let mut tx = world.db().begin().await.unwrap();
    assert!(outbox::revive(&mut tx, ids[0], LATER).await.unwrap());
    assert!(!outbox::revive(&mut tx, ids[0], LATER).await.unwrap());
    assert!(outbox::revive_all(&mut tx, LATER).await.unwrap() >= 1);
    tx.commit().await.unwrap();
    assert_eq!(claim(world, "b", NOW).await, []);
    let revived = claim(world, "b", LATER).await;
    for id in ids {
        let message = revived.iter().find(|message| message.id == id).unwrap();
        assert_eq!(message.attempts, 0);
    }
    assert_eq!(outbox::list_dead(&mut world.db(), 10).await.unwrap(), []);
}
