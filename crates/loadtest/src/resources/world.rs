//! The world that is asked about: registered over HTTP, and what each step of that cost.

mod filling;

use super::Asked;
use super::report::{Figure, Step};
use crate::Result;
use crate::auth::progress;
use crate::client::request;
use crate::server::Server;
use filling::Filling;
use serde_json::{Value, json};
use types::{Entropy, SystemEntropy};

/// Resources of one request.
const AT_ONCE: usize = 100;
/// People who sign in and ask.
const ASKERS: usize = 50;
/// What is listed: as much as fits a page.
const LISTED: usize = 1_000;

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
