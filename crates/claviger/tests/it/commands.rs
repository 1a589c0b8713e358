//! The commands of an operator: `doctor`, `mail dead`, `adopt --print-sql`, `healthcheck`.

use crate::process::{Engine, Place, call, on_both_engines};
use std::process::Output;
use store::outbox::{self, Message};
use testkit::mailbox::Mailbox;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use types::{MailId, SystemEntropy};

const RECIPIENT: &str = "ada.lovelace@example.com";

on_both_engines!(
    dead_letters_are_listed_without_whole_addresses_and_sent_after_all,
    a_doctor_who_finds_nothing_says_so,
);

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// Puts a mail into the outbox of a place and gives it up.
async fn give_up(place: &Place) -> MailId {
    let store = place.store();
    let call = call();
    let message = Message {
        id: MailId::random(&SystemEntropy),
        kind: "recovery".to_owned(),
        recipient: RECIPIENT.to_owned(),
        subject: "Reset your password".to_owned(),
        text: "the secret code".to_owned(),
        html: "<p>the secret code</p>".to_owned(),
        user_id: None,
        created_at: call.now,
        attempts: 0,
    };
    let db = store.db(&call);
    let mut tx = db.begin().await.expect("a transaction");
    outbox::put(&mut tx, &message);
    let claimed = outbox::claim(&mut tx, "test", call.now, call.now, 1).await;
    assert_eq!(claimed.expect("claimed").len(), 1);
    let error = format!("550 <{RECIPIENT}>: nobody");
    outbox::give_up(&mut tx, message.id, "test", call.now, &error);
    tx.commit().await.expect("the commit");
    store.close();
    message.id
}

async fn dead_letters_are_listed_without_whole_addresses_and_sent_after_all(engine: Engine) {
    let Some(place) = Place::open(engine).await else {
        return;
    };
    place.serve().await.stop().await;
    let none = place.run(&["mail", "dead"]).await;
    assert!(none.status.success() && said(&none).contains("no mail was given up"));
    let (first, second) = (give_up(&place).await, give_up(&place).await);
    let list = place.run(&["mail", "dead"]).await;
    let text = said(&list);
    assert!(list.status.success(), "{text}");
    assert!(
        text.contains(&first.to_string()) && text.contains(&second.to_string()),
        "{text}"
    );
    assert!(
        text.contains("a***@example.com") && text.contains(": nobody"),
        "{text}"
    );
    for secret in [RECIPIENT, "lovelace", "secret code"] {
        assert!(!text.contains(secret), "{text}");
    }
    let one = place
        .run(&["mail", "dead", "--retry", &first.to_string()])
        .await;
    assert!(one.status.success(), "{}", said(&one));
    let again = place
        .run(&["mail", "dead", "--retry", &first.to_string()])
        .await;
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    assert!(!said(&place.run(&["mail", "dead"]).await).contains(&first.to_string()));
    let all = place.run(&["mail", "dead", "--retry-all"]).await;
    assert!(
        all.status.success() && said(&all).starts_with("1 mail "),
        "{}",
        said(&all)
    );
    let mailbox = Mailbox::start().await.expect("a free port");
    let port = mailbox.address().port().to_string();
    let place = place
        .with("CLAVIGER_SMTP_HOST", "127.0.0.1")
        .with("CLAVIGER_SMTP_PORT", &port)
        .with("CLAVIGER_SMTP_SECURITY", "none")
        .with("CLAVIGER_SMTP_ADMIN_EMAIL", "auth@example.test");
    let server = place.serve().await;
    while mailbox.mails().len() < 2 {
        tokio::task::yield_now().await;
    }
    server.stop().await;
    assert_eq!(mailbox.mails().len(), 2);
}

async fn a_doctor_who_finds_nothing_says_so(engine: Engine) {
    let Some(place) = Place::open(engine).await else {
        return;
    };
    let mailbox = Mailbox::start().await.expect("a free port");
    let (redis, _tasks) = redis().await;
    let place = place
        .with("CLAVIGER_SITE_EXTERNAL_URL", "https://auth.claviger.test")
        .with("CLAVIGER_SITE_SITE_URL", "https://app.claviger.test")
        .with("CLAVIGER_SMTP_HOST", "127.0.0.1")
        .with("CLAVIGER_SMTP_PORT", &mailbox.address().port().to_string())
        .with("CLAVIGER_SMTP_SECURITY", "none")
        .with("CLAVIGER_SMTP_ADMIN_EMAIL", "auth@claviger.test")
        .with(
            "CLAVIGER_REDIS_URL",
            &format!("redis://:redis-word@{redis}"),
        );
    let doctor = ["doctor", "--listen", "127.0.0.1:0"];
    let before = place.run(&doctor).await;
    assert!(before.status.success(), "{}", said(&before));
    if engine == Engine::Sqlite {
        assert!(!place.data().exists(), "a doctor makes nothing");
    }
    let server = place.serve().await;
    let during = place.run(&doctor).await;
    let text = said(&during);
    assert!(during.status.success(), "{text}");
    for line in [
        "ok   configuration: ",
        "ok   data folder: ",
        "ok   private files: nobody else can read",
        "ok   database: ",
        "ok   clock: ",
        "ok   schema: our own, version ",
        "ok   encrypted columns: there are none",
        "ok   URLs: ",
        "ok   mail: ",
        "ok   redis: ",
        "ok   ports: ",
        // Redis is asked, and used by nothing yet.
        "note configuration: redis.url: not built yet, no effect",
        "11 well, 1 to know",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert_eq!(mailbox.mails(), []);
    assert!(mailbox.greeted() > 0);
    assert!(!text.contains("redis-word"), "{text}");
    let management = server.management.to_string();
    let ask = ["healthcheck", "--management", management.as_str()];
    assert!(place.run_bare(&ask).await.status.success());
    server.stop().await;
    let health = place.run_bare(&ask).await;
    assert_eq!(health.status.code(), Some(1));
}

/// Answers like Redis, to one who knows the password.
async fn redis() -> (std::net::SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let login = "*2\r\n$4\r\nAUTH\r\n$10\r\nredis-word\r\n";
            let ping = "*1\r\n$4\r\nPING\r\n";
            for (expected, answer) in [(login, "+OK\r\n"), (ping, "+PONG\r\n")] {
                let mut said = vec![0; expected.len()];
                let read = stream.read_exact(&mut said).await;
                if read.is_err() || said != expected.as_bytes() {
                    break;
                }
                drop(stream.write_all(answer.as_bytes()).await);
            }
        }
    });
    (address, tasks)
}

#[tokio::test]
async fn a_doctor_names_each_fault_and_what_to_do_about_it() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let taken = closed.local_addr().expect("an address").to_string();
    let nobody = {
        let gone = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        gone.local_addr().expect("an address")
    };
    let place = Place::bare()
        .with("CLAVIGER_SITE_EXTERNAL_URL", "http://auth.claviger.test")
        .with("CLAVIGER_SITE_SITE_URL", "https://app.claviger.test")
        .with("CLAVIGER_SMTP_HOST", "127.0.0.1")
        .with("CLAVIGER_SMTP_PORT", &nobody.port().to_string())
        .with("CLAVIGER_SMTP_SECURITY", "none")
        .with("CLAVIGER_SMTP_ADMIN_EMAIL", "auth@claviger.test")
        .with("CLAVIGER_REDIS_URL", &format!("redis://{nobody}"));
    let database = format!("postgres://postgres:secret-word@{nobody}/app");
    let words = ["doctor", "--listen", &taken, "--database", &database];
    let output = place.run(&words).await;
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for line in [
        "ok   configuration: ",
        "FAIL database: postgres: ",
        "     start the server, or correct database.url",
        "note URLs: site.external_url `http://auth.claviger.test` is not encrypted",
        "FAIL mail: 127.0.0.1:",
        "FAIL redis: 127.0.0.1:",
        "FAIL ports: 127.0.0.1:",
        "4 failed",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("secret-word"), "{text}");
    let place = Place::bare().with("CLAVIGER_KEYS_JWT_SECRET", "hunter2hunter2");
    let output = place.run(&["doctor"]).await;
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("FAIL configuration: CLAVIGER_KEYS_JWT_SECRET"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn a_command_makes_no_database_where_there_is_none() {
    let place = Place::bare();
    for words in [&["mail", "dead"][..], &["adopt", "--dry-run"]] {
        let output = place.run(words).await;
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(
            said(&output).contains("there is no database at"),
            "{}",
            said(&output)
        );
        assert!(!place.data().exists());
    }
}

/// The management port is the one below that of the API, which `GOTRUE_*` variables name.
#[tokio::test]
async fn a_healthcheck_asks_where_the_configuration_says() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let management = listener.local_addr().expect("an address");
    let api = (management.port() + 1).to_string();
    let secret = "a-secret-of-this-test-a-secret-of-this-test";
    let place = Place::bare()
        .with("API_EXTERNAL_URL", "http://auth.example.test")
        .with("GOTRUE_SITE_URL", "http://app.example.test")
        .with("GOTRUE_JWT_SECRET", secret)
        .with("GOTRUE_JWT_AUD", "authenticated")
        .with("PORT", &api);
    let mut answering = JoinSet::new();
    answering.spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("it asks");
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(stream.read_u8().await.expect("a whole head"));
        }
        let answer = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        answer.await.expect("an answer");
        asked
    });
    let health = ["healthcheck"];
    let output = place.run(&health).await;
    assert!(output.status.success(), "{}", said(&output));
    let asked = answering.join_all().await.concat();
    assert!(asked.starts_with(b"GET /readyz "));
    let output = place.run(&health).await;
    assert_eq!(output.status.code(), Some(1));
    let text = said(&output);
    assert!(
        text.contains(&format!("claviger: {management}: ")),
        "{text}"
    );
    let elsewhere = place
        .run(&["healthcheck", "--management", "127.0.0.1:1"])
        .await;
    assert!(said(&elsewhere).contains("claviger: 127.0.0.1:1: "));
}
