//! Resources, teams and media over real sockets, on both engines.

mod accounts;
mod atomic;
mod audited;
mod clocks;
mod costs;
mod deciding;
mod emergency;
mod grants;
mod ids;
mod invitations;
mod kept;
mod lifecycle;
mod media;
mod nodes;
mod openapi;
mod outage;
mod provenance;
mod races;
mod registering;
mod requests;
mod resting;
mod roles;
mod settled;
mod sharing;
mod teams;
mod texts;
mod visible;

use crate::app::{Engine, TestApp};
use crate::engines::PASSWORD;
use authz::access::STORE;
use requests::{act, delete, emergency_of, fresh, get, post, question, send, text};
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::time::Duration;
use store::db::{Query, Stmt};
use store::outbox::{self, Message};
use store::{Db, Read, Tx, stores};
use testkit::http::{Reply, Request};
use tokio::task::JoinSet;
use uuid::Uuid;

/// What an operator has set everywhere. Deadlines are for users, not for busy build machines.
const SETTINGS: &[(&str, &str)] = &[
    ("CLAVIGER_SITE_SITE_URL", "http://app.example.test"),
    ("CLAVIGER_EMAIL_AUTOCONFIRM", "true"),
    ("CLAVIGER_SIGNUP_ANONYMOUS_ENABLED", "true"),
    ("CLAVIGER_LIMITS_BY_PEER_ADDRESS", "false"),
    ("CLAVIGER_OPENFGA_CHECK_DEADLINE", "30s"),
    ("CLAVIGER_OPENFGA_LIST_DEADLINE", "30s"),
    ("CLAVIGER_HTTP_REQUEST_DEADLINE", "30s"),
];

/// One server, and what is behind it.
struct Site {
    app: TestApp,
    address: SocketAddr,
    /// The opaque service key.
    secret: String,
    /// The opaque key of browsers.
    publishable: String,
}

/// Somebody who has signed up.
#[derive(Debug, Clone)]
struct Person {
    id: String,
    email: String,
    token: String,
}

impl Site {
    async fn open(engine: Engine) -> Option<Self> {
        let Some(app) = TestApp::open(engine).await else {
            crate::engines::absent(engine);
            return None;
        };
        Some(Self::over(app, "one").await)
    }

    async fn over(app: TestApp, name: &str) -> Self {
        let database = app.database().to_owned();
        Self::on(app, &database, name).await
    }

    /// The same, with another way to the database.
    async fn on(mut app: TestApp, database: &str, name: &str) -> Self {
        let settings = crate::engines::settings(SETTINGS);
        let running = app.server_on(database, name, &settings).await;
        let (address, keys) = (running.address, &running.built.api_keys);
        let (secret, publishable) = (keys.secret.clone(), keys.publishable.clone());
        Self {
            app,
            address,
            secret,
            publishable,
        }
    }

    async fn send(&self, request: Request) -> Reply {
        request.send(self.address).await.expect("an answer")
    }

    /// Sends requests at the same time.
    async fn at_once(&self, requests: impl IntoIterator<Item = Request>) -> Vec<Reply> {
        let mut sent = JoinSet::new();
        let address = self.address;
        for request in requests {
            sent.spawn(async move { request.send(address).await });
        }
        let replies = sent.join_all().await.into_iter();
        replies.map(|reply| reply.expect("an answer")).collect()
    }

    async fn sign_up(&self, name: &str) -> Person {
        let email = format!("{name}@example.com");
        let body = json!({ "email": email, "password": PASSWORD });
        let reply = self
            .send(Request::post("/auth/v1/signup").json(&body))
            .await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        person(&email, &reply.json())
    }

    /// Signs in anew: the access token of before may have expired.
    async fn sign_in(&self, person_of: &Person) -> Person {
        let body = json!({ "email": person_of.email, "password": PASSWORD });
        let path = "/auth/v1/token?grant_type=password";
        let reply = self.send(Request::post(path).json(&body)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        person(&person_of.email, &reply.json())
    }

    /// The answer to a request that must have this status.
    async fn told(&self, request: Request, status: u16) -> Json {
        let reply = self.send(request).await;
        assert_eq!(reply.status, status, "{}", reply.text());
        if reply.text().is_empty() {
            Json::Null
        } else {
            reply.json()
        }
    }

    /// The code of the error that a request is answered with.
    async fn refused(&self, request: Request, status: u16) -> String {
        text(&self.told(request, status).await["code"])
    }

    async fn register(&self, who: &str, resource: &Json) -> Json {
        self.told(post("/authz/resources", who, resource), 201)
            .await
    }

    /// A project of somebody.
    async fn project(&self, owner: &Person, visibility: &str) -> Uuid {
        let id = fresh();
        let body = json!({ "type": "project", "id": id, "visibility": visibility });
        self.register(&owner.token, &body).await;
        id
    }

    /// A generation of somebody, in a project or alone.
    async fn generation(&self, owner: &Person, project: Option<Uuid>) -> Uuid {
        let id = fresh();
        let body = json!({ "type": "generation", "id": id, "project_id": project });
        self.register(&owner.token, &body).await;
        id
    }

    /// A file of a generation.
    async fn media(&self, owner: &Person, generation: Uuid) -> Uuid {
        let id = fresh();
        let body = json!({ "type": "media", "id": id, "generation_id": generation });
        self.register(&owner.token, &body).await;
        id
    }

    /// A team of somebody.
    async fn team(&self, owner: &Person) -> String {
        let made = post("/teams", &owner.token, &json!({ "name": "A team" }));
        text(&self.told(made, 201).await["id"])
    }

    /// Brings somebody into a team.
    async fn join(&self, team: &str, owner: &Person, member: &Person, role: &str) {
        let invitation = json!({ "email": member.email, "role": role });
        let path = format!("/teams/{team}/invitations");
        let sent = self.told(post(&path, &owner.token, &invitation), 201).await;
        let offer = json!({ "invitation_id": sent["id"] });
        self.told(
            post("/teams/invitations/accept", &member.token, &offer),
            200,
        )
        .await;
    }

    async fn link(&self, owner: &Person, project: Uuid, team: &str, level: &str) {
        let path = format!("/authz/resources/project/{project}/teams/{team}");
        let body = json!({ "access_level": level });
        self.told(send("PUT", &path, &owner.token, &body), 204)
            .await;
    }

    /// Changes a resource.
    async fn change(&self, owner: &Person, resource: &str, changes: Json) {
        let path = format!("/authz/resources/{resource}");
        self.told(send("PATCH", &path, &owner.token, &changes), 204)
            .await;
    }

    /// The answer to a question, whatever it is.
    async fn ask(&self, who: &Person, permission: &str, resource: &str) -> Json {
        let question = question(permission, resource);
        let reply = self
            .send(post("/authz/authorize", &who.token, &question))
            .await;
        let answer = reply.json();
        let status = match (&answer["granted"], answer["denial_reason"].as_str()) {
            (Json::Bool(true), None) => 200,
            (Json::Bool(false), Some("resource_not_found")) => 404,
            (Json::Bool(false), Some(_)) => 403,
            other => panic!("no decision: {other:?}"),
        };
        assert_eq!(reply.status, status, "{answer}");
        answer
    }

    /// The path by which something is granted; empty: it is not.
    async fn method(&self, who: &Person, permission: &str, resource: &str) -> String {
        let answer = self.ask(who, permission, resource).await;
        answer["access_method"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn advance(&self, span: Duration) {
        self.app.clock().advance(span);
    }

    fn db(&self) -> Db {
        self.app.store().db(&self.app.call())
    }

    /// Holds what is known of resources, as one who changes them does, until this ends.
    async fn hold(&self) -> Tx {
        let store = stores::find(&mut self.db(), STORE).await;
        let number = store.expect("an answer").expect("the store").number;
        let mut held = self.db().begin().await.expect("begun");
        stores::lock(&mut held, number, 0).await.expect("locked");
        held
    }

    async fn script(&self, sql: &str) {
        let call = self.app.call();
        let ran = self.app.store().script(sql.to_owned(), &call).await;
        ran.expect("the script");
    }

    /// Changes an account, as only the service key may.
    async fn change_account(&self, person: &Person, change: &Json) {
        let path = format!("/auth/v1/admin/users/{}", person.id);
        let change = Request::new("PUT", path).bearer(&self.secret).json(change);
        self.told(change, 200).await;
    }

    /// Makes somebody an administrator.
    async fn make_administrator(&self, person: &Person) {
        let role = json!({ "app_metadata": { "role": "admin" } });
        self.change_account(person, &role).await;
    }

    /// Bans somebody for a time; `none` ends it.
    async fn ban(&self, person: &Person, duration: &str) {
        let ban = json!({ "ban_duration": duration });
        self.change_account(person, &ban).await;
    }

    /// The names of our audit events, in their alphabetical order: the clock stands still.
    async fn events(&self) -> Vec<String> {
        let mut events = self.texts("SELECT event FROM events").await;
        events.sort_unstable();
        events
    }

    async fn texts(&self, sql: &'static str) -> Vec<String> {
        let query = Query(Stmt {
            name: "test",
            sqlite: sql,
            postgres: sql,
            scan: Some("a test"),
        });
        let rows = self.db().rows(query, Vec::new()).await.expect("the rows");
        rows.into_iter()
            .map(|mut row| row.take().expect("a text"))
            .collect()
    }

    /// The mails to somebody, the oldest first.
    async fn mails_to(&self, email: &str) -> Vec<Message> {
        let mails = outbox::list(&mut self.db(), 1_000).await;
        let mut mails = mails.expect("the outbox");
        mails.retain(|mail| mail.recipient == email);
        mails.reverse();
        mails
    }
}

fn person(email: &str, session: &Json) -> Person {
    Person {
        id: text(&session["user"]["id"]),
        email: email.to_owned(),
        token: text(&session["access_token"]),
    }
}
