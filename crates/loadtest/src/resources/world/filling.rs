//! Filling the world: requests over HTTP, a few at a time, and what each step took.

use super::{ASKERS, AT_ONCE, LISTED, Person, at, fresh, post};
use crate::client::{Answer, Client, request};
use crate::resources::report::Step;
use crate::server::Server;
use crate::{Error, Result, failed};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;
use types::{Clock, SystemClock};

/// Connections that register.
const WRITERS: usize = 8;
const PASSWORD: &str = "correct-horse-1";

/// Requests that several connections send, each once.
pub(super) struct Filling<'a> {
    pub(super) server: &'a Server,
    pub(super) key: &'a str,
    pub(super) steps: Vec<Step>,
}

impl Filling<'_> {
    pub(super) async fn users(&mut self, count: usize) -> Result<Vec<String>> {
        let requests = (0..count).map(|number| {
            let body =
                json!({ "email": format!("user{number}@example.com"), "email_confirm": true });
            request(
                "POST",
                "/auth/v1/admin/users",
                Some(self.key),
                &body.to_string(),
            )
        });
        let answers = self.send("users", count, requests.collect()).await?;
        answers.iter().map(|answer| text(answer, "id")).collect()
    }

    pub(super) async fn teams(&mut self, count: usize, users: &[String]) -> Result<Vec<String>> {
        let requests = (0..count).map(|number| {
            let body =
                json!({ "name": "A team", "owner_id": at(users, number), "max_members": 1000 });
            post("/teams", self.key, &body)
        });
        let answers = self.send("teams", count, requests.collect()).await?;
        answers.iter().map(|answer| text(answer, "id")).collect()
    }

    /// A third of the projects is linked to a team, a third public, a third private.
    pub(super) async fn projects(
        &mut self,
        count: usize,
        users: &[String],
        teams: &[String],
    ) -> Result<Vec<String>> {
        let ids: Vec<_> = (0..count).map(|_| fresh()).collect();
        let projects = ids.iter().enumerate().map(|(number, id)| {
            let visibility = match number % 3 {
                0 => "team-only",
                1 => "public",
                _ => "private",
            };
            let owner = at(users, number);
            json!({ "type": "project", "id": id, "owner_id": owner, "visibility": visibility })
        });
        self.register("projects", projects.collect()).await?;
        let links = ids.iter().enumerate().filter(|(number, _)| number % 3 == 0);
        let links = links.map(|(number, id)| {
            let team = at(teams, number / 3);
            let path = format!("/api/v1/authz/resources/project/{id}/teams/{team}");
            let body = json!({ "access_level": "write" }).to_string();
            request("PUT", &path, Some(self.key), &body)
        });
        let links: Vec<_> = links.collect();
        self.send("links", links.len(), links).await?;
        Ok(ids)
    }

    /// The first generation of each project.
    pub(super) async fn generations(
        &mut self,
        count: usize,
        projects: &[String],
        users: &[String],
    ) -> Result<Vec<String>> {
        let ids: Vec<_> = (0..count).map(|_| fresh()).collect();
        let generations = ids.iter().enumerate().map(|(number, id)| {
            let (owner, project) = (at(users, number), at(projects, number));
            json!({ "type": "generation", "id": id, "owner_id": owner, "project_id": project })
        });
        self.register("generations", generations.collect()).await?;
        Ok(ids.into_iter().take(projects.len()).collect())
    }

    async fn register(&mut self, what: &'static str, resources: Vec<Value>) -> Result<()> {
        let requests = resources.chunks(AT_ONCE).map(|portion| {
            let body = json!({ "resources": portion });
            post("/authz/resources/batch", self.key, &body)
        });
        let requests = requests.collect();
        self.send(what, resources.len(), requests).await.map(drop)
    }

    pub(super) async fn people(&mut self) -> Result<Vec<Person>> {
        let requests = (0..ASKERS).map(|number| {
            let email = format!("asker{number}@example.com");
            let body = json!({ "email": email, "password": PASSWORD });
            request("POST", "/auth/v1/signup", None, &body.to_string())
        });
        let answers = self.send("sign-ups", ASKERS, requests.collect()).await?;
        let people = answers.iter().map(|answer| {
            Ok(Person {
                id: text(answer.get("user").unwrap_or(&Value::Null), "id")?,
                email: text(answer.get("user").unwrap_or(&Value::Null), "email")?,
                token: text(answer, "access_token")?,
            })
        });
        people.collect()
    }

    pub(super) async fn join(&mut self, person: &Person, team: &str) -> Result<()> {
        let body = json!({ "email": person.email, "role": "editor" });
        let sent = self
            .one(post(&format!("/teams/{team}/invitations"), self.key, &body))
            .await?;
        let offer = json!({ "invitation_id": text(&sent, "id")? });
        self.one(post("/teams/invitations/accept", &person.token, &offer))
            .await?;
        Ok(())
    }

    pub(super) async fn own(&mut self, person: &Person) -> Result<String> {
        let id = fresh();
        let body = json!({ "type": "generation", "id": id });
        self.one(post("/authz/resources", &person.token, &body))
            .await?;
        Ok(id)
    }

    pub(super) async fn link(&mut self, person: &Person, generation: &str) -> Result<String> {
        let id = fresh();
        let body = json!({ "type": "media", "id": id, "generation_id": generation });
        self.one(post("/authz/resources", &person.token, &body))
            .await?;
        let body = json!({ "media_id": id, "expires_in": 86_400 });
        let signed = self.one(post("/media/sign", &person.token, &body)).await?;
        text(&signed, "token")
    }

    /// As many generations of one person as fit a page.
    pub(super) async fn gallery(&mut self, person: &Person) -> Result<()> {
        let resources = (0..LISTED)
            .map(|_| json!({ "type": "generation", "id": fresh(), "owner_id": person.id }));
        self.register("a gallery", resources.collect()).await?;
        let single = (0..LISTED).map(|_| {
            let body = json!({ "type": "project", "id": fresh() });
            post("/authz/resources", &person.token, &body)
        });
        self.send("projects, one by one", LISTED, single.collect())
            .await
            .map(drop)
    }

    async fn one(&self, request: Vec<u8>) -> Result<Value> {
        let mut client = Client::connect(self.server.address).await?;
        done(&client.send(&request).await?)
    }

    /// Sends all of them, a few at a time; their answers in their order.
    async fn send(
        &mut self,
        what: &'static str,
        count: usize,
        requests: Vec<Vec<u8>>,
    ) -> Result<Vec<Value>> {
        let started = SystemClock.instant();
        let total = requests.len();
        let queue: VecDeque<_> = requests.into_iter().enumerate().collect();
        let queue = Arc::new(Mutex::new(queue));
        let mut workers: JoinSet<Result<Vec<(usize, Value)>>> = JoinSet::new();
        for _ in 0..WRITERS {
            let queue = Arc::clone(&queue);
            let mut client = Client::connect(self.server.address).await?;
            workers.spawn(async move {
                let mut answers = Vec::new();
                loop {
                    let next = queue
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .pop_front();
                    let Some((place, request)) = next else {
                        return Ok(answers);
                    };
                    answers.push((place, done(&client.send(&request).await?)?));
                }
            });
        }
        let mut answers = Vec::with_capacity(total);
        while let Some(outcome) = workers.join_next().await {
            let Ok(some) = outcome else {
                return failed("a worker panicked");
            };
            answers.extend(some?);
        }
        answers.sort_by_key(|(place, _)| *place);
        self.steps.push(Step {
            what,
            count,
            requests: total,
            seconds: (SystemClock.instant() - started).as_secs_f64(),
        });
        Ok(answers.into_iter().map(|(_, answer)| answer).collect())
    }
}

fn done(answer: &Answer) -> Result<Value> {
    let body = String::from_utf8_lossy(&answer.body);
    if !(200..300).contains(&answer.status) {
        return failed(format!("answered {}: {body}", answer.status));
    }
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&body).map_err(|e| Error::Failed(e.to_string()))
}

fn text(value: &Value, name: &str) -> Result<String> {
    let text = value.get(name).and_then(Value::as_str);
    let text = text.ok_or_else(|| Error::Failed(format!("no {name} in an answer")))?;
    Ok(text.to_owned())
}
