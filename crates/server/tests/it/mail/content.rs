//! What a mail says, from whom it is, and what nobody can put into it.

use super::Post;
use crate::app::Engine;
use crate::engines::{PASSWORD, on_both_engines, sign_up};
use serde_json::json;
use testkit::http::Request;

on_both_engines!(
    a_confirmation_arrives_with_both_parts_from_the_configured_sender,
    what_a_mail_said_is_forgotten_when_it_has_left,
);

async fn a_confirmation_arrives_with_both_parts_from_the_configured_sender(engine: Engine) {
    let more = [("CLAVIGER_SMTP_HEADERS", "X-Campaign:auth")];
    let Some(mut post) = Post::open(engine, &more).await else {
        return;
    };
    post.sign_up("ada@example.com").await;
    assert_eq!(post.mailbox.mails(), [], "nothing leaves within a request");
    let written = post.outbox().await.remove(0);
    assert_eq!(post.round().await, 1);
    let mails = post.mailbox.mails();
    let [mail] = &mails[..] else {
        panic!("{mails:?}");
    };
    assert_eq!(mail.from, "auth@example.test");
    assert_eq!(mail.to, ["ada@example.com"]);
    assert_eq!(
        mail.header("from"),
        "Example, Inc. <auth@example.test>",
        "{}",
        mail.data
    );
    assert_eq!(mail.header("to"), "ada@example.com");
    assert_eq!(mail.header("subject"), written.subject);
    assert_eq!(mail.header("x-campaign"), "auth");
    let id = format!("<{}@example.test>", written.id);
    assert_eq!(mail.headers("message-id"), [id]);
    assert!(!mail.header("date").is_empty());
    assert!(
        mail.header("content-type")
            .starts_with("multipart/alternative")
    );
    let link = "https://auth.example.test/auth/v1/verify?";
    for (kind, sent) in [("text/plain", &written.text), ("text/html", &written.html)] {
        let part = mail.part(kind).replace("\r\n", "\n");
        assert_eq!(part.trim_end(), sent.trim_end(), "{kind}");
        assert!(part.contains(link), "{kind}: {part}");
    }
    // What arrived confirms the address.
    let text = mail.part("text/plain");
    let (_, hash) = text.split_once("token=").expect("a link with a token");
    let hash: String = hash
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let verify =
        Request::post("/auth/v1/verify").json(&json!({ "type": "signup", "token_hash": hash }));
    let reply = post.ask(verify).await;
    assert_eq!(reply.json()["user"]["email"], "ada@example.com");
}

async fn what_a_mail_said_is_forgotten_when_it_has_left(engine: Engine) {
    let Some(mut post) = Post::open(engine, &[]).await else {
        return;
    };
    post.sign_up("ada@example.com").await;
    let before = post.outbox().await.remove(0);
    assert!(!before.subject.is_empty() && !before.text.is_empty() && !before.html.is_empty());
    assert_eq!(post.round().await, 1);
    let after = post.outbox().await.remove(0);
    assert_eq!((after.id, after.recipient), (before.id, before.recipient));
    assert_eq!([after.subject, after.text, after.html], ["", "", ""]);
}

/// Where a proxy, or somebody who plays one, says that the server is elsewhere.
#[tokio::test]
async fn links_are_built_from_configured_urls_whatever_a_request_says() {
    let post = Post::open(Engine::Sqlite, &[]).await;
    let mut post = post.expect("SQLite is built in");
    let request = Request::post("/auth/v1/signup?redirect_to=https://evil.test/steal")
        .json(&json!({ "email": "ada@example.com", "password": PASSWORD }))
        .header("host", "evil.test")
        .header("x-forwarded-host", "evil.test")
        .header("x-forwarded-proto", "http")
        .header("x-forwarded-port", "666")
        .header("x-forwarded-prefix", "/evil")
        .header("x-original-host", "evil.test")
        .header("forwarded", "host=evil.test;proto=http")
        .header("referer", "https://evil.test/page")
        .header("origin", "https://evil.test");
    post.ask(request).await;
    assert_eq!(post.round().await, 1);
    let mail = post.mailbox.mails().remove(0);
    assert!(!mail.data.contains("evil"), "{}", mail.data);
    for kind in ["text/plain", "text/html"] {
        let part = mail.part(kind).replace("&amp;", "&");
        assert!(
            part.contains("https://auth.example.test/auth/v1/verify?token="),
            "{part}"
        );
        assert!(
            part.contains("redirect_to=https://app.example.test"),
            "{part}"
        );
    }
}

#[tokio::test]
async fn line_breaks_in_a_persons_data_add_no_header_and_no_recipient() {
    let subject = (
        "GOTRUE_MAILER_SUBJECTS_CONFIRMATION",
        "Hello {{ .Data.name }}",
    );
    let text = (
        "GOTRUE_MAILER_TEMPLATES_CONFIRMATION",
        "<p>{{ .Data.name }}</p><p>.\n.</p>{{ .ConfirmationURL }}",
    );
    let taken = [
        ("API_EXTERNAL_URL", "https://auth.example.test"),
        ("GOTRUE_SITE_URL", "https://app.example.test"),
        (
            "GOTRUE_JWT_SECRET",
            "a-secret-of-this-test-a-secret-of-this-test",
        ),
        ("GOTRUE_JWT_AUD", "authenticated"),
        subject,
        text,
    ];
    let post = Post::open(Engine::Sqlite, &taken).await;
    let mut post = post.expect("SQLite is built in");
    let name =
        "x\r\nBcc: victim@example.com\r\n\r\n.\r\nMAIL FROM:<a@b.c>\u{2028}\u{0085}\nEvil: 1";
    let request = Request::post("/auth/v1/signup").json(&json!({
        "email": "ada@example.com", "password": PASSWORD, "data": { "name": name },
    }));
    post.ask(request).await;
    assert_eq!(post.round().await, 1);
    let mails = post.mailbox.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0].to, ["ada@example.com"]);
    let mut names = mails[0].header_names();
    names.sort_unstable();
    let expected = [
        "content-type",
        "date",
        "from",
        "message-id",
        "mime-version",
        "subject",
        "to",
    ];
    assert_eq!(names, expected, "{}", mails[0].data);
    assert!(
        mails[0].header("subject").starts_with("Hello x"),
        "{}",
        mails[0].data
    );
    // A dot on a line of its own has not ended the mail early.
    assert!(
        mails[0].part("text/html").contains("verify?token="),
        "{}",
        mails[0].data
    );
}

#[tokio::test]
async fn line_breaks_in_an_address_are_refused_before_any_mail() {
    let post = Post::open(Engine::Sqlite, &[]).await;
    let post = post.expect("SQLite is built in");
    for email in [
        "ada@example.com\r\nBcc: victim@example.com",
        "ada@example.com\nRCPT TO:<victim@example.com>",
        "ada@example.com>, <victim@example.com",
    ] {
        let reply = sign_up(email).send(post.address).await.expect("an answer");
        assert_eq!(reply.status, 400, "{email:?}: {}", reply.text());
    }
    assert_eq!(post.outbox().await, []);
}
