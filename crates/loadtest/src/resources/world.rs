//! The world that is asked about: registered over HTTP, and what each step of that cost.

use super::Asked;
use super::report::{Figure, Step};
use crate::auth::progress;
use crate::client::{Answer, Client, request};
use crate::server::Server;
use crate::{Error, Result, failed};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;
use types::{Clock, Entropy, SystemClock, SystemEntropy};

/// Resources of one request.
const AT_ONCE: usize = 100;
/// Connections that register.
const WRITERS: usize = 8;
/// People who sign in and ask.
const ASKERS: usize = 50;
/// What is listed: as much as fits a page.
const LISTED: usize = 1_000;
const PASSWORD: &str = "correct-horse-1";

/// How large the world is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    users: usize,
    teams: usize,
    projects: usize,
    generations: usize,
}

impl Size {
    /// A part of the whole.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "sizes of a benchmark"
    )]
    pub(super) fn of(scale: f64) -> Self {
        // Each who asks has a team, and three projects of their own kind.
        let part = |whole: usize| ((whole as f64 * scale) as usize).max(3 * ASKERS);
        Self {
            users: part(100_000),
            teams: part(10_000),
            projects: part(50_000),
            generations: part(1_000_000),
        }
    }
}

/// Somebody who asks.
#[derive(Debug)]
struct Person {
    id: String,
    token: String,
    email: String,
}

/// The world.
#[derive(Debug)]
pub(super) struct World {
    people: Vec<Person>,
    /// What each of them owns, sees by a team, sees as everybody, and may not know of.
    asked: Vec<[String; 4]>,
    tokens: Vec<String>,
    /// The first generation of each project.
    generations: Vec<String>,
    pub(super) filled: Filled,
}

/// How the world came to be.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct Filled {
    pub(super) engine: String,
    pub(super) steps: Vec<Step>,
}

/// Requests that several connections send, each once.
struct Filling<'a> {
    server: &'a Server,
    key: &'a str,
    steps: Vec<Step>,
}

impl World {
    /// Registers the world with the service key, and signs those in who will ask.
    pub(super) async fn register(server: &Server, size: Size, engine: &str) -> Result<Self> {
        let key = server.fact("secret_key");
        let mut filling = Filling {
            server,
            key: &key,
            steps: Vec::new(),
        };
        progress(&format!("{engine}: {} users", size.users));
        let users = filling.users(size.users).await?;
        progress(&format!("{engine}: {} teams", size.teams));
        let teams = filling.teams(size.teams, &users).await?;
        progress(&format!("{engine}: {} projects", size.projects));
        let projects = filling.projects(size.projects, &users, &teams).await?;
        progress(&format!("{engine}: {} generations", size.generations));
        let generations = filling
            .generations(size.generations, &projects, &users)
            .await?;
        let people = filling.people().await?;
        for (number, person) in people.iter().enumerate() {
            filling.join(person, at(&teams, number)).await?;
        }
        let mut asked = Vec::new();
        let mut tokens = Vec::new();
        for (number, person) in people.iter().enumerate() {
            let own = filling.own(person).await?;
            let of = |project: usize| at(&generations, project % size.projects).clone();
            // Projects take turns: linked to a team, public, private.
            asked.push([
                own.clone(),
                of(3 * number),
                of(3 * number + 1),
                of(3 * number + 2),
            ]);
            tokens.push(filling.link(person, &own).await?);
        }
        if let Some(person) = people.first() {
            filling.gallery(person).await?;
        }
        Ok(Self {
            people,
            asked,
            tokens,
            generations,
            filled: Filled {
                engine: engine.to_owned(),
                steps: filling.steps,
            },
        })
    }

    /// The requests of a figure, which take turns.
    pub(super) fn requests(&self, figure: Figure) -> Vec<Asked> {
        let people = self.people.iter().zip(&self.asked);
        let good = |request| Asked {
            request,
            status: 200,
        };
        match figure {
            Figure::Authorize => {
                let all = people.flat_map(|(person, asked)| {
                    asked.iter().zip([200, 200, 200, 404]).map(|(id, status)| {
                        let body = question(id);
                        let request = post("/authz/authorize", &person.token, &body);
                        Asked { request, status }
                    })
                });
                all.collect()
            }
            Figure::Batch => {
                let all = self.people.iter().enumerate().map(|(number, person)| {
                    let first = number * AT_ONCE;
                    let ids = (first..first + AT_ONCE).map(|one| at(&self.generations, one));
                    let items: Vec<_> = ids.map(|id| question(id)).collect();
                    let body = json!({ "items": items });
                    good(post("/authz/authorize/batch", &person.token, &body))
                });
                all.collect()
            }
            Figure::Visible => {
                let path = "/api/v1/authz/visible?type=generation&limit=1000";
                let person = self.people.iter().take(1);
                let all = person.map(|person| good(request("GET", path, Some(&person.token), "")));
                all.collect()
            }
            Figure::Media => {
                let paths = self
                    .tokens
                    .iter()
                    .map(|token| format!("/api/v1/media/{token}"));
                paths
                    .map(|path| good(request("GET", &path, None, "")))
                    .collect()
            }
        }
    }
}

impl Filling<'_> {
    async fn users(&mut self, count: usize) -> Result<Vec<String>> {
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

    async fn teams(&mut self, count: usize, users: &[String]) -> Result<Vec<String>> {
        let requests = (0..count).map(|number| {
            let body =
                json!({ "name": "A team", "owner_id": at(users, number), "max_members": 1000 });
            post("/teams", self.key, &body)
        });
        let answers = self.send("teams", count, requests.collect()).await?;
        answers.iter().map(|answer| text(answer, "id")).collect()
    }

    /// A third of the projects is linked to a team, a third public, a third private.
    async fn projects(
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
    async fn generations(
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

    async fn people(&mut self) -> Result<Vec<Person>> {
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

    async fn join(&mut self, person: &Person, team: &str) -> Result<()> {
        let body = json!({ "email": person.email, "role": "editor" });
        let sent = self
            .one(post(&format!("/teams/{team}/invitations"), self.key, &body))
            .await?;
        let offer = json!({ "invitation_id": text(&sent, "id")? });
        self.one(post("/teams/invitations/accept", &person.token, &offer))
            .await?;
        Ok(())
    }

    async fn own(&mut self, person: &Person) -> Result<String> {
        let id = fresh();
        let body = json!({ "type": "generation", "id": id });
        self.one(post("/authz/resources", &person.token, &body))
            .await?;
        Ok(id)
    }

    async fn link(&mut self, person: &Person, generation: &str) -> Result<String> {
        let id = fresh();
        let body = json!({ "type": "media", "id": id, "generation_id": generation });
        self.one(post("/authz/resources", &person.token, &body))
            .await?;
        let body = json!({ "media_id": id, "expires_in": 86_400 });
        let signed = self.one(post("/media/sign", &person.token, &body)).await?;
        text(&signed, "token")
    }

    /// As many generations of one person as fit a page.
    async fn gallery(&mut self, person: &Person) -> Result<()> {
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

fn question(id: &str) -> Value {
    json!({ "type": "generation", "id": id, "permission": "view" })
}

fn post(path: &str, token: &str, body: &Value) -> Vec<u8> {
    request(
        "POST",
        &format!("/api/v1{path}"),
        Some(token),
        &body.to_string(),
    )
}

fn fresh() -> String {
    SystemEntropy.uuid().to_string()
}

/// One of them, whatever the number.
#[expect(clippy::indexing_slicing, reason = "the remainder is below the length")]
fn at(all: &[String], number: usize) -> &String {
    &all[number % all.len()]
}
