//! Our server as the subject of a replay: all recorded instances over one database.

use super::http_client;
use super::instances::Instances;
use super::request::HttpRequest;
use super::subject::{Engine, Mail, Reply, Subject};
use crate::app::{self, TestApp};
use authn::refresh_token;
use std::collections::BTreeSet;
use std::time::Duration;
use store::{outbox, sessions};
use types::{Clock, MailId, Time};

/// More messages than any story sends.
const MAILS_MAX: i64 = 1_000;

/// The servers of one story.
pub(crate) struct OurServer {
    app: TestApp,
    instances: Instances,
    seen: BTreeSet<MailId>,
}

impl OurServer {
    /// An empty database; `None` when the engine is not there.
    pub(crate) async fn open(instances: &Instances, engine: Engine) -> Option<Self> {
        let app = TestApp::open(match engine {
            Engine::Sqlite => app::Engine::Sqlite,
            Engine::Postgres => app::Engine::Postgres,
        })
        .await?;
        Some(Self {
            app,
            instances: instances.clone(),
            seen: BTreeSet::new(),
        })
    }

    async fn server(&mut self, instance: &str) -> &app::Running {
        let settings = self.instances.settings(instance);
        self.app.server(instance, &settings).await
    }
}

impl Subject for OurServer {
    fn engine(&self) -> Engine {
        match self.app.engine() {
            app::Engine::Sqlite => Engine::Sqlite,
            app::Engine::Postgres => Engine::Postgres,
        }
    }

    async fn request(&mut self, instance: &str, request: &HttpRequest) -> Reply {
        let address = self.server(instance).await.address;
        http_client::send(address, request)
            .await
            .expect("an answer")
    }

    async fn request_at_once(
        &mut self,
        instance: &str,
        request: &HttpRequest,
        count: usize,
    ) -> Vec<Reply> {
        let address = self.server(instance).await.address;
        let mut sent = tokio::task::JoinSet::new();
        for _ in 0..count {
            let request = request.clone();
            sent.spawn(async move { http_client::send(address, &request).await });
        }
        sent.join_all()
            .await
            .into_iter()
            .map(|reply| reply.expect("an answer"))
            .collect()
    }

    async fn mails_since_last(&mut self, instance: &str) -> Vec<Mail> {
        let smtp = self.server(instance).await.config.smtp.clone();
        let from = format!("{} <{}>", smtp.sender_name, smtp.admin_email);
        let mut db = self.app.store().db(&self.app.call());
        let messages = outbox::list(&mut db, MAILS_MAX).await.expect("the outbox");
        let fresh = messages
            .into_iter()
            .filter(|message| self.seen.insert(message.id));
        fresh
            .map(|message| Mail {
                to: vec![message.recipient],
                from: from.clone(),
                subject: message.subject,
                html: message.html,
                text: Some(message.text),
            })
            .collect()
    }

    async fn execute_sql(&mut self, sql: &str) {
        let call = self.app.call();
        self.app
            .store()
            .script(sql.to_owned(), &call)
            .await
            .expect("the state change");
    }

    async fn refresh_key(&mut self, session: &str) -> Vec<u8> {
        let db = self.app.store().db(&self.app.call());
        let mut tx = db.begin().await.expect("a transaction");
        let id = session.parse().expect("a session id");
        let session = sessions::lock(&mut tx, id)
            .await
            .expect("the session")
            .expect("it lives");
        let column = session
            .refresh_token_hmac_key
            .expect("a session of the second generation");
        refresh_token::decode_hmac_key(&column)
            .expect("a key")
            .expose()
            .clone()
    }

    fn advance(&mut self, span: Duration) {
        self.app.clock().advance(span);
    }

    fn now(&self) -> Time {
        self.app.clock().now()
    }
}
