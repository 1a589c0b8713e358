//! Mails on their way when the server stops: none is lost, and none that has left leaves again.

use super::Post;
use crate::app::Engine;
use crate::engines::on_both_engines;
use std::time::Duration;
use testkit::mailbox::Behaviour;
use tokio::task::JoinSet;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);
/// Mails that are on their way at the same time.
const AT_ONCE: usize = server::mail::CONNECTIONS_MAX as usize;

on_both_engines!(
    what_is_only_claimed_when_the_stop_comes_is_given_back,
    what_the_mail_server_has_not_answered_when_the_stop_comes_is_tried_by_the_next_server,
    a_stop_during_the_farewell_sends_no_mail_again,
);

async fn what_is_only_claimed_when_the_stop_comes_is_given_back(engine: Engine) {
    let Some(mut post) = Post::open(engine, &[]).await else {
        return;
    };
    for number in 0..AT_ONCE + 3 {
        post.sign_up(&format!("person{number}@example.com")).await;
    }
    post.mailbox.behave(Behaviour::Stall);
    let mut sending = JoinSet::new();
    sending.spawn(post.sender.run());
    post.mailbox.stalled(AT_ONCE).await;
    post.stop.send_replace(true);
    post.mailbox.behave(Behaviour::Accept);
    sending
        .join_next()
        .await
        .expect("the run")
        .expect("no panic");
    assert_eq!(
        post.mailbox.mails().len(),
        AT_ONCE,
        "what was on its way has left"
    );
    let (_stop, running) = tokio::sync::watch::channel(false);
    post.sender = super::sender(&mut post.app, "post", running).await;
    assert_eq!(
        post.round().await,
        3,
        "the rest is there for the next server at once"
    );
    assert_eq!(post.mailbox.mails().len(), AT_ONCE + 3);
}

/// Nobody can know whether it has left. It must not wait for a claim to lapse that nobody holds.
async fn what_the_mail_server_has_not_answered_when_the_stop_comes_is_tried_by_the_next_server(
    engine: Engine,
) {
    let Some(mut post) = Post::open(engine, &[]).await else {
        return;
    };
    for number in 0..AT_ONCE + 3 {
        post.sign_up(&format!("person{number}@example.com")).await;
    }
    post.mailbox.behave(Behaviour::Stall);
    let mut sending = JoinSet::new();
    sending.spawn(post.sender.stopping_within(Duration::ZERO).run());
    post.mailbox.stalled(AT_ONCE).await;
    post.stop.send_replace(true);
    let run = sending.join_next().await;
    run.expect("the run").expect("no panic");
    let (_stop, running) = tokio::sync::watch::channel(false);
    post.sender = super::sender(&mut post.app, "post", running).await;
    post.mailbox.behave(Behaviour::Accept);
    assert_eq!(post.round().await, 3, "what was not begun is there at once");
    post.app.clock().advance(5 * SECOND);
    assert_eq!(post.round().await, AT_ONCE, "the rest was noted as failed");
    let mut attempts: Vec<_> = post.outbox().await.iter().map(|m| m.attempts).collect();
    attempts.sort_unstable();
    assert_eq!(attempts, [1, 1, 1, 2, 2, 2, 2]);
}

async fn a_stop_during_the_farewell_sends_no_mail_again(engine: Engine) {
    let Some(mut post) = Post::open(engine, &[]).await else {
        return;
    };
    post.sign_up("ada@example.com").await;
    post.mailbox.behave(Behaviour::Linger);
    let mut sending = JoinSet::new();
    sending.spawn(post.sender.stopping_within(Duration::ZERO).run());
    post.mailbox.stalled(1).await;
    post.stop.send_replace(true);
    let run = sending.join_next().await;
    run.expect("the run").expect("no panic");
    let (_stop, running) = tokio::sync::watch::channel(false);
    post.sender = super::sender(&mut post.app, "post", running).await;
    post.mailbox.behave(Behaviour::Accept);
    post.app.clock().advance(DAY);
    assert_eq!(post.round().await, 0, "the mail server had answered");
    assert_eq!(post.mailbox.mails().len(), 1);
}
