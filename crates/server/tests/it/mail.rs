//! Mail over a real SMTP dialogue: what arrives, what is tried again, and who waits for it.

mod content;
mod delivery;
mod line;
mod nodes;
mod stopping;

use crate::app::{Engine, TestApp};
use crate::engines::{absent, settings, sign_up};
use server::config::Config;
use server::jobs::outbox::Sender;
use server::mail::Mailer;
use std::net::SocketAddr;
use store::outbox::{self, DeadLetter, Message};
use testkit::http::{Reply, Request};
use testkit::mailbox::Mailbox;
use tokio::sync::watch;

/// More than any test writes.
const MAILS_MAX: i64 = 1_000;
/// What the operator has set beside the mail server.
const SETTINGS: &[(&str, &str)] = &[
    ("CLAVIGER_SITE_EXTERNAL_URL", "https://auth.example.test"),
    ("CLAVIGER_SITE_SITE_URL", "https://app.example.test"),
    ("CLAVIGER_SMTP_HOST", "127.0.0.1"),
    ("CLAVIGER_SMTP_SECURITY", "none"),
    ("CLAVIGER_SMTP_ADMIN_EMAIL", "auth@example.test"),
    ("CLAVIGER_SMTP_SENDER_NAME", "Example, Inc."),
    ("CLAVIGER_LIMITS_MAILS", "100000"),
    ("CLAVIGER_LIMITS_BY_PEER_ADDRESS", "false"),
];

/// A server, the mail server that it knows, and whoever carries mails from one to the other.
struct Post {
    app: TestApp,
    mailbox: Mailbox,
    address: SocketAddr,
    sender: Sender,
    stop: watch::Sender<bool>,
}

impl Post {
    /// `None` when the engine is not there.
    async fn open(engine: Engine, more: &[(&str, &str)]) -> Option<Self> {
        let Some(app) = TestApp::open(engine).await else {
            absent(engine);
            return None;
        };
        let database = app.database().to_owned();
        Some(Self::open_on(app, &database, more).await)
    }

    async fn open_on(mut app: TestApp, database: &str, more: &[(&str, &str)]) -> Self {
        let mailbox = Mailbox::start().await.expect("a free port");
        let settings = with_port(&mailbox, more);
        let address = app.server_on(database, "post", &settings).await.address;
        let (stop, stopped) = watch::channel(false);
        let sender = sender(&mut app, "post", stopped).await;
        Self {
            app,
            mailbox,
            address,
            sender,
            stop,
        }
    }

    async fn sign_up(&self, email: &str) -> Reply {
        self.ask(sign_up(email)).await
    }

    async fn ask(&self, request: Request) -> Reply {
        let reply = request.send(self.address).await.expect("an answer");
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply
    }

    /// Sends what is due; how much that was.
    async fn round(&mut self) -> usize {
        self.sender.round().await.expect("the outbox")
    }

    async fn outbox(&self) -> Vec<Message> {
        let mut db = self.app.store().db(&self.app.call());
        outbox::list(&mut db, MAILS_MAX).await.expect("the outbox")
    }

    async fn dead_letters(&self) -> Vec<DeadLetter> {
        let mut db = self.app.store().db(&self.app.call());
        let found = outbox::list_dead(&mut db, MAILS_MAX).await;
        found.expect("the dead letters")
    }
}

fn with_port(mailbox: &Mailbox, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let port = mailbox.address().port().to_string();
    settings(&[SETTINGS, &[("CLAVIGER_SMTP_PORT", port.as_str())], more].concat())
}

/// A sender for a server that runs.
async fn sender(app: &mut TestApp, name: &str, stop: watch::Receiver<bool>) -> Sender {
    let world = app.world();
    let running = app.server(name, &[]).await;
    let config: &Config = &running.config;
    let mailer = Mailer::new(config).expect("a mailer");
    let built = &running.built;
    Sender::new(built.app.clone(), built.store.clone(), world, mailer, stop)
}
