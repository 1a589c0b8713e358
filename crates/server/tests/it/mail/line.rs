//! The line to the mail server: what is said in clear, under which name, and to whom nothing is.

use super::Post;
use crate::app::Engine;
use testkit::mailbox::{Behaviour, Mailbox};

/// This machine by an address that does not say so.
const ELSEWHERE: (&str, &str) = ("CLAVIGER_SMTP_HOST", "0.0.0.0");
const LOGIN: [(&str, &str); 2] = [
    ("CLAVIGER_SMTP_USER", "auth"),
    ("CLAVIGER_SMTP_PASSWORD", "a password"),
];

fn security(name: &str) -> (&str, &str) {
    ("CLAVIGER_SMTP_SECURITY", name)
}

/// Sends one mail to a server that behaves so.
async fn send_one(behaviour: Behaviour, more: &[(&str, &str)]) -> Post {
    let post = Post::open(Engine::Sqlite, more).await;
    let mut post = post.expect("SQLite is built in");
    post.sign_up("ada@example.com").await;
    post.mailbox.behave(behaviour);
    assert_eq!(post.round().await, 1);
    post
}

fn said(mailbox: &Mailbox, verb: &str) -> bool {
    let mut commands = mailbox.commands().into_iter();
    commands.any(|command| command.starts_with(verb))
}

/// Somebody between us and the mail server can strike STARTTLS from what it offers.
#[tokio::test]
async fn no_password_goes_in_clear_to_another_machine() {
    for name in ["opportunistic", "starttls"] {
        let more = [&LOGIN[..], &[ELSEWHERE, security(name)]].concat();
        let mut post = send_one(Behaviour::Accept, &more).await;
        assert!(said(&post.mailbox, "EHLO"), "{name}");
        assert!(!said(&post.mailbox, "AUTH"), "{name}");
        assert_eq!(post.mailbox.mails(), [], "{name}");
        assert_eq!(post.dead_letters().await, [], "{name}");
        post.app.clock().advance(std::time::Duration::from_secs(5));
        assert_eq!(post.round().await, 1, "{name}: it is tried again");
    }
}

#[tokio::test]
async fn a_password_may_go_in_clear_where_the_operator_says_so_or_it_stays_here() {
    let here = [&LOGIN[..], &[security("opportunistic")]].concat();
    let told = [&LOGIN[..], &[ELSEWHERE, security("none")]].concat();
    for more in [here, told] {
        let post = send_one(Behaviour::Accept, &more).await;
        assert!(said(&post.mailbox, "AUTH PLAIN"), "{more:?}");
        assert_eq!(post.mailbox.mails().len(), 1, "{more:?}");
    }
}

#[tokio::test]
async fn what_needs_no_password_goes_without_tls_where_none_is_offered() {
    let more = [ELSEWHERE, security("opportunistic")];
    let post = send_one(Behaviour::Accept, &more).await;
    assert_eq!(post.mailbox.mails().len(), 1);
}

#[tokio::test]
async fn starttls_is_used_before_anything_else_where_it_is_offered() {
    for name in ["opportunistic", "starttls"] {
        let more = [&LOGIN[..], &[security(name)]].concat();
        let post = send_one(Behaviour::OfferTls, &more).await;
        assert_eq!(post.mailbox.encrypted(), 1, "{name}");
        let commands = post.mailbox.commands();
        let [hello, starttls] = &commands[..] else {
            panic!("{name}: {commands:?}");
        };
        assert!(hello.starts_with("EHLO "), "{name}: {hello}");
        assert_eq!(starttls, "STARTTLS", "{name}");
    }
}

#[tokio::test]
async fn implicit_tls_says_nothing_in_clear() {
    let more = [&LOGIN[..], &[security("implicit")]].concat();
    let post = send_one(Behaviour::ExpectTls, &more).await;
    assert_eq!(post.mailbox.encrypted(), 1);
    assert!(post.mailbox.commands().is_empty());
}

#[tokio::test]
async fn the_mail_server_is_told_the_name_that_others_reach_us_by() {
    let post = send_one(Behaviour::Accept, &[]).await;
    let commands = post.mailbox.commands();
    assert_eq!(commands[0], "EHLO auth.example.test");
}
