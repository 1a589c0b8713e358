//! Two servers over one database: each mail leaves once.

use super::{Post, sender, with_port};
use crate::app::Engine;
use crate::engines::on_both_engines;
use server::mail::SEND_SPAN;
use std::collections::BTreeSet;
use std::time::Duration;
use store::outbox::{self, Message};
use testkit::mailbox::Behaviour;
use tokio::sync::watch;
use tokio::task::JoinSet;
use types::{Entropy, MailId, SystemEntropy};

const MAILS: usize = 100;
/// How far the clocks of two nodes may be apart.
const SKEW: Duration = Duration::from_mins(2);

on_both_engines!(
    two_nodes_never_send_one_mail_twice,
    a_mail_on_its_way_is_left_alone_by_a_node_whose_clock_is_ahead,
);

async fn two_nodes_never_send_one_mail_twice(engine: Engine) {
    let Some(mut post) = Post::open(engine, &[]).await else {
        return;
    };
    let settings = with_port(&post.mailbox, &[]);
    post.app.server("other", &settings).await;
    let (_stop, stopped) = watch::channel(false);
    let other = sender(&mut post.app, "other", stopped).await;
    let call = post.app.call();
    let mut tx = post
        .app
        .store()
        .db(&call)
        .begin()
        .await
        .expect("a transaction");
    for number in 0..MAILS {
        outbox::put(&mut tx, &message(number, call.now));
    }
    tx.commit().await.expect("the commit");
    let mut sending = JoinSet::new();
    for mut sender in [post.sender, other] {
        sending.spawn(async move {
            let mut claimed = 0;
            loop {
                match sender.round().await.expect("the outbox") {
                    0 => return claimed,
                    some => claimed += some,
                }
            }
        });
    }
    let claimed: usize = sending.join_all().await.into_iter().sum();
    assert_eq!(claimed, MAILS);
    let mails = post.mailbox.mails();
    let ids: BTreeSet<String> = mails.iter().map(|mail| mail.header("message-id")).collect();
    let people: BTreeSet<&String> = mails.iter().flat_map(|mail| &mail.to).collect();
    assert_eq!(
        (mails.len(), ids.len(), people.len()),
        (MAILS, MAILS, MAILS)
    );
}

/// The slowest mail server there may be, and a clock that is as wrong as one may be.
async fn a_mail_on_its_way_is_left_alone_by_a_node_whose_clock_is_ahead(engine: Engine) {
    let Some(mut post) = Post::open(engine, &[]).await else {
        return;
    };
    let settings = with_port(&post.mailbox, &[]);
    post.app.server("other", &settings).await;
    let (_stop, stopped) = watch::channel(false);
    let mut other = sender(&mut post.app, "other", stopped).await;
    post.sign_up("ada@example.com").await;
    post.mailbox.behave(Behaviour::Stall);
    let mut sending = JoinSet::new();
    let mut first = post.sender;
    sending.spawn(async move { first.round().await });
    post.mailbox.stalled(1).await;
    post.app.clock().advance(SEND_SPAN + SKEW);
    tokio::select! {
        round = other.round() => assert_eq!(round.expect("the outbox"), 0),
        () = post.mailbox.stalled(2) => panic!("both nodes send it"),
    }
    post.mailbox.behave(Behaviour::Accept);
    let round = sending.join_next().await.expect("the round");
    assert_eq!(round.expect("no panic").expect("the outbox"), 1);
    assert_eq!(post.mailbox.mails().len(), 1);
}

fn message(number: usize, at: types::Time) -> Message {
    let entropy: &dyn Entropy = &SystemEntropy;
    Message {
        id: MailId::random(entropy),
        kind: "recovery".to_owned(),
        recipient: format!("person{number}@example.com"),
        subject: "Reset your password".to_owned(),
        text: "text".to_owned(),
        html: "<p>text</p>".to_owned(),
        user_id: None,
        created_at: at,
        attempts: 0,
    }
}
