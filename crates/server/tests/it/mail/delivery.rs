//! Mail servers that refuse, hang up and stall; and how long mail is tried.

use super::Post;
use crate::app::{Engine, TestApp};
use crate::engines::{absent, get_user, on_both_engines, refresh, sign_up};
use std::time::Duration;
use store::outbox;
use testkit::mailbox::{Behaviour, Stage};
use tokio::task::JoinSet;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);
/// Mails that are on their way at the same time.
const AT_ONCE: usize = server::mail::CONNECTIONS_MAX as usize;

on_both_engines!(
    what_is_refused_for_now_is_tried_again_at_growing_intervals,
    what_is_refused_for_good_goes_to_the_dead_letters_and_can_be_revived,
    a_mail_whose_acceptance_got_lost_keeps_its_message_id,
    a_stalled_mail_server_keeps_no_request_waiting,
    what_cannot_be_begun_within_its_claim_is_given_back,
);

fn refuse(stage: Stage, line: &str) -> Behaviour {
    Behaviour::Refuse(stage, line.to_owned())
}

async fn what_is_refused_for_now_is_tried_again_at_growing_intervals(engine: Engine) {
    let Some(mut post) = Post::open(engine, &[]).await else {
        return;
    };
    post.sign_up("ada@example.com").await;
    let refusals = [
        refuse(Stage::Data, "451 4.3.0 later"),
        refuse(Stage::Recipient, "450 4.2.1 busy"),
        refuse(Stage::Data, "421 4.7.0 too many"),
    ];
    for (refusal, seconds) in refusals.into_iter().zip([5, 30, 120]) {
        post.mailbox.behave(refusal);
        assert_eq!(post.round().await, 1);
        post.app.clock().advance((seconds - 1) * SECOND);
        assert_eq!(post.round().await, 0, "not due before {seconds} s");
        post.app.clock().advance(SECOND);
    }
    post.mailbox.behave(Behaviour::Accept);
    assert_eq!(post.round().await, 1);
    assert_eq!(post.mailbox.mails().len(), 1);
    assert_eq!(post.outbox().await[0].attempts, 4);
    post.app.clock().advance(DAY);
    assert_eq!(post.round().await, 0, "what has left does not leave again");
}

async fn what_is_refused_for_good_goes_to_the_dead_letters_and_can_be_revived(engine: Engine) {
    let Some(mut post) = Post::open(engine, &[]).await else {
        return;
    };
    post.sign_up("ada@example.com").await;
    post.mailbox.behave(refuse(
        Stage::Recipient,
        "550 5.1.1 <ada@example.com>: nobody",
    ));
    assert_eq!(post.round().await, 1);
    let dead = post.dead_letters().await.remove(0);
    assert_eq!(
        (dead.recipient.as_str(), dead.attempts),
        ("ada@example.com", 1)
    );
    assert!(
        dead.last_error.contains("<a***@example.com>: nobody"),
        "{}",
        dead.last_error
    );
    post.mailbox.behave(Behaviour::Accept);
    post.app.clock().advance(DAY);
    assert_eq!(post.round().await, 0, "a dead letter stays where it is");
    let call = post.app.call();
    let mut tx = post
        .app
        .store()
        .db(&call)
        .begin()
        .await
        .expect("a transaction");
    assert!(
        outbox::revive(&mut tx, dead.id, call.now)
            .await
            .expect("revived")
    );
    assert!(
        !outbox::revive(&mut tx, dead.id, call.now)
            .await
            .expect("only once")
    );
    tx.commit().await.expect("the commit");
    assert_eq!(post.round().await, 1);
    assert_eq!(post.mailbox.mails().len(), 1);
    assert_eq!(post.dead_letters().await, []);
}

/// The mail server has the mail, but its answer did not come through: nobody can know.
async fn a_mail_whose_acceptance_got_lost_keeps_its_message_id(engine: Engine) {
    let Some(mut post) = Post::open(engine, &[]).await else {
        return;
    };
    post.sign_up("ada@example.com").await;
    post.mailbox.behave(Behaviour::HangUp);
    assert_eq!(post.round().await, 1);
    post.mailbox.behave(Behaviour::Accept);
    post.app.clock().advance(5 * SECOND);
    assert_eq!(post.round().await, 1);
    let mails = post.mailbox.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].header("message-id"), mails[1].header("message-id"));
}

async fn a_stalled_mail_server_keeps_no_request_waiting(engine: Engine) {
    let Some(post) = Post::open(engine, &[]).await else {
        return;
    };
    for number in 0..=AT_ONCE {
        post.sign_up(&format!("person{number}@example.com")).await;
    }
    post.mailbox.behave(Behaviour::Stall);
    let mut sending = JoinSet::new();
    let mut sender = post.sender;
    sending.spawn(async move { sender.round().await.map(|claimed| (sender, claimed)) });
    post.mailbox.stalled(AT_ONCE).await;
    // Every connection to the mail server waits for it now, and goes on waiting.
    let address = post.address;
    let reply = sign_up("late@example.com").send(address).await;
    assert_eq!(reply.expect("an answer").status, 200);
    let reply = refresh("unknown").send(address).await.expect("an answer");
    assert_eq!(reply.status, 400);
    let reply = get_user("unknown").send(address).await.expect("an answer");
    assert_eq!(reply.status, 403);
    assert!(
        sending.try_join_next().is_none(),
        "the mail server has not answered"
    );
    assert_eq!(post.mailbox.mails(), []);
    post.mailbox.behave(Behaviour::Accept);
    let sent = sending
        .join_next()
        .await
        .expect("the round")
        .expect("no panic");
    let (mut sender, claimed) = sent.expect("the outbox");
    assert_eq!(claimed, AT_ONCE + 1);
    assert_eq!(sender.round().await.expect("the outbox"), 1);
    assert_eq!(post.mailbox.mails().len(), AT_ONCE + 2);
}

/// A mail that is begun late in its claim could still be on its way when the claim lapses, and
/// leave from another server as well.
async fn what_cannot_be_begun_within_its_claim_is_given_back(engine: Engine) {
    let Some(post) = Post::open(engine, &[]).await else {
        return;
    };
    for number in 0..=AT_ONCE {
        post.sign_up(&format!("person{number}@example.com")).await;
    }
    post.mailbox.behave(Behaviour::Stall);
    let mut sending = JoinSet::new();
    let mut sender = post.sender;
    sending.spawn(async move { sender.round().await.map(|claimed| (sender, claimed)) });
    post.mailbox.stalled(AT_ONCE).await;
    post.app.clock().advance(61 * SECOND);
    post.mailbox.behave(Behaviour::Accept);
    let round = sending.join_next().await.expect("the round");
    let (mut sender, claimed) = round.expect("no panic").expect("the outbox");
    assert_eq!(claimed, AT_ONCE + 1);
    assert_eq!(post.mailbox.mails().len(), AT_ONCE, "the last was too late");
    assert_eq!(sender.round().await.expect("the outbox"), 1);
    assert_eq!(post.mailbox.mails().len(), AT_ONCE + 1);
}

/// The mail has left, and the database cannot be told: it must not leave again, not even when the
/// claim on it has lapsed long since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_has_left_while_the_database_was_away_does_not_leave_again() {
    let Some(app) = TestApp::open(Engine::Postgres).await else {
        return absent(Engine::Postgres);
    };
    let (proxy, database) = crate::outage::through_proxy(app.database()).await;
    let post = Post::open_on(app, &database, &[]).await;
    post.sign_up("ada@example.com").await;
    post.mailbox.behave(Behaviour::Stall);
    let mut sending = JoinSet::new();
    let mut sender = post.sender;
    sending.spawn(async move {
        let claimed = sender.round().await;
        (sender, claimed)
    });
    post.mailbox.stalled(1).await;
    proxy.cut().await;
    post.mailbox.behave(Behaviour::Accept);
    let (mut sender, claimed) = sending
        .join_next()
        .await
        .expect("the round")
        .expect("no panic");
    assert_eq!(claimed.expect("the claim was stored"), 1);
    assert_eq!(post.mailbox.mails().len(), 1, "it has left");
    assert!(sender.round().await.is_err(), "the database is away");
    proxy.mend().await;
    post.app.clock().advance(DAY);
    assert_eq!(sender.round().await.expect("the outbox"), 0);
    post.app.clock().advance(DAY);
    assert_eq!(sender.round().await.expect("the outbox"), 0);
    assert_eq!(post.mailbox.mails().len(), 1, "it has left once");
}

/// A greeting of 554 says that there is no mail service here (RFC 5321 section 3.1).
#[tokio::test]
async fn a_refusal_before_the_recipient_is_named_costs_no_mail() {
    let post = Post::open(Engine::Sqlite, &[]).await;
    let mut post = post.expect("SQLite is built in");
    post.sign_up("ada@example.com").await;
    for (stage, line, seconds) in [
        (Stage::Greeting, "554 5.7.1 not you", 5),
        (Stage::Hello, "550 5.7.1 not by that name", 30),
        (Stage::Hello, "501 5.5.4 not by that name", 120),
        (Stage::Sender, "553 5.7.1 not from that sender", 600),
    ] {
        post.mailbox.behave(refuse(stage, line));
        assert_eq!(post.round().await, 1, "{line}");
        assert_eq!(post.dead_letters().await, [], "{line}");
        post.app.clock().advance(seconds * SECOND);
    }
    post.mailbox.behave(Behaviour::Accept);
    assert_eq!(post.round().await, 1);
    assert_eq!(post.mailbox.mails().len(), 1);
}

#[tokio::test]
async fn a_mail_whose_content_is_refused_for_good_goes_to_the_dead_letters() {
    let post = Post::open(Engine::Sqlite, &[]).await;
    let mut post = post.expect("SQLite is built in");
    post.sign_up("ada@example.com").await;
    post.mailbox.behave(refuse(Stage::Data, "554 5.6.0 no"));
    assert_eq!(post.round().await, 1);
    assert_eq!(post.dead_letters().await.len(), 1);
}

#[tokio::test]
async fn a_login_that_is_refused_costs_no_mail() {
    let login = [
        ("CLAVIGER_SMTP_USER", "auth"),
        ("CLAVIGER_SMTP_PASSWORD", "wrong"),
    ];
    let post = Post::open(Engine::Sqlite, &login).await;
    let mut post = post.expect("SQLite is built in");
    post.sign_up("ada@example.com").await;
    post.mailbox.behave(refuse(Stage::Login, "535 5.7.8 no"));
    assert_eq!(post.round().await, 1);
    assert_eq!(
        post.dead_letters().await,
        [],
        "the operator may mend the password"
    );
    post.mailbox.behave(Behaviour::Accept);
    post.app.clock().advance(5 * SECOND);
    assert_eq!(post.round().await, 1);
    assert_eq!(post.mailbox.mails().len(), 1);
}

#[tokio::test]
async fn a_mail_that_nobody_takes_for_most_of_a_day_is_given_up() {
    let post = Post::open(Engine::Sqlite, &[]).await;
    let mut post = post.expect("SQLite is built in");
    post.sign_up("ada@example.com").await;
    post.mailbox.behave(refuse(Stage::Data, "451 4.3.0 later"));
    let mut attempts = 0;
    while post.dead_letters().await.is_empty() {
        attempts += post.round().await;
        post.app.clock().advance(DAY);
    }
    assert_eq!(attempts, 10);
    assert_eq!(post.dead_letters().await[0].attempts, 10);
}
