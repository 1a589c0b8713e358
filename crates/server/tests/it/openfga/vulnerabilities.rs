//! Known vulnerabilities of authorization engines, by their numbers, over HTTP: each world is asked
//! by every kind of question, kept in memory and loaded on demand.

mod apart;
mod evaluation;
mod input;

use super::{Fga, SETTINGS, World, text};
use crate::app::{Engine, TestApp};
use serde_json::{Map, Value as Json, json};

/// A store with its model, and what must be answered about it.
struct Case {
    /// The numbers under which the flaw is known.
    numbers: &'static str,
    model: &'static str,
    tuples: Vec<Json>,
    /// Questions as `object#relation@user`, with the answers.
    facts: Vec<(&'static str, bool)>,
    /// What all questions bring along.
    context: Json,
    contextual: Vec<Json>,
}

impl Case {
    fn new(numbers: &'static str, model: &'static str) -> Self {
        Self {
            numbers,
            model,
            tuples: Vec::new(),
            facts: Vec::new(),
            context: json!({}),
            contextual: Vec::new(),
        }
    }

    fn tuples(mut self, tuples: &[&str]) -> Self {
        self.tuples.extend(tuples.iter().map(|text| key(text)));
        self
    }

    fn conditional(mut self, tuple: &str, name: &str, context: &Json) -> Self {
        self.tuples.push(with_condition(tuple, name, context));
        self
    }

    fn allows(mut self, questions: &[&'static str]) -> Self {
        self.facts
            .extend(questions.iter().map(|text| (*text, true)));
        self
    }

    fn denies(mut self, questions: &[&'static str]) -> Self {
        self.facts
            .extend(questions.iter().map(|text| (*text, false)));
        self
    }
}

/// `document:1#viewer@user:ann` as a tuple.
fn key(text: &str) -> Json {
    let (left, user) = text.split_once('@').expect("object#relation@user");
    let (object, relation) = left.split_once('#').expect("object#relation");
    super::tuple(user, relation, object)
}

fn with_condition(tuple: &str, name: &str, context: &Json) -> Json {
    let mut tuple = key(tuple);
    tuple["condition"] = json!({ "name": name, "context": context });
    tuple
}

/// A server that keeps stores in memory, and one that loads them as they are asked.
async fn both(engine: Engine) -> Option<[Fga; 2]> {
    let whole = Fga::open(engine).await?;
    let app = TestApp::open(engine).await?;
    let database = app.database().to_owned();
    let none = [SETTINGS, &[("CLAVIGER_OPENFGA_RESIDENT_MIB_MAX", "0")]].concat();
    Some([whole, Fga::over(app, &database, &none).await])
}

/// A new store with a model in OpenFGA's language; `Err` with the code where it is refused.
async fn store<'f>(fga: &'f Fga, model: &str) -> Result<World<'f>, String> {
    let store = fga.new_store("vulnerable").await;
    let (model, _) = rebac::dsl::parse(model).expect("a model");
    let path = format!("/stores/{store}/authorization-models");
    let written = fga.post(&path, &rebac::to_json(&model)).await;
    let body = written.json();
    if written.status != 201 {
        return Err(text(&body["code"]));
    }
    Ok(World {
        fga,
        store,
        model: text(&body["authorization_model_id"]),
    })
}

/// Asks all facts of a case, twice: what was found out for one question must not spoil another.
async fn ask(fga: &Fga, case: &Case) {
    let world = store(fga, case.model).await;
    let world = world.unwrap_or_else(|code| panic!("{}: {code}", case.numbers));
    if !case.tuples.is_empty() {
        world.write(&case.tuples).await;
    }
    let forth = case.facts.iter();
    for fact in forth.clone().chain(forth.rev()) {
        assert_fact(&world, case, *fact).await;
    }
    assert_batch(&world, case).await;
}

/// Asks cases of both servers.
async fn all(engine: Engine, cases: &[Case]) {
    let Some(servers) = both(engine).await else {
        return;
    };
    for fga in &servers {
        for case in cases {
            ask(fga, case).await;
        }
    }
}

/// What a question brings along, added to a body.
fn given(case: &Case, mut body: Json) -> Json {
    body["context"] = case.context.clone();
    body["contextual_tuples"] = json!({ "tuple_keys": case.contextual });
    body
}

async fn assert_fact(world: &World<'_>, case: &Case, (fact, allowed): (&str, bool)) {
    let place = format!("{}: {fact}", case.numbers);
    let tuple_key = key(fact);
    let body = given(case, json!({ "tuple_key": tuple_key }));
    let answer = world.answer("check", &body).await;
    assert_eq!(answer["allowed"], allowed, "{place}, check");
    let (user, relation) = (text(&tuple_key["user"]), text(&tuple_key["relation"]));
    let object = text(&tuple_key["object"]);
    let (type_name, id) = object.split_once(':').expect("type:id");
    let body = json!({ "type": type_name, "relation": relation, "user": user });
    let body = given(case, body);
    let listed = world.answer("list-objects", &body).await;
    let found = listed["objects"].as_array().expect("objects").clone();
    assert_eq!(
        found.contains(&json!(object)),
        allowed,
        "{place}, list-objects"
    );
    let streamed = world.post("streamed-list-objects", &body).await.text();
    let line = json!({ "result": { "object": object } }).to_string();
    let is_streamed = streamed.lines().any(|one| one == line);
    assert_eq!(is_streamed, allowed, "{place}, streamed-list-objects");
    assert_eq!(
        listed_users(world, case, (type_name, id, &relation), (&user, allowed)).await,
        allowed,
        "{place}, list-users"
    );
}

/// Whether a user is in the list of those who have a relation, by name or with everybody; a list
/// with everybody does not tell who is taken away.
async fn listed_users(
    world: &World<'_>,
    case: &Case,
    (type_name, id, relation): (&str, &str, &str),
    (user, is_allowed): (&str, bool),
) -> bool {
    let (user, of_relation) = user.split_once('#').unwrap_or((user, ""));
    let (user_type, user_id) = user.split_once(':').expect("type:id");
    let mut filter = json!({ "type": user_type });
    if !of_relation.is_empty() {
        filter["relation"] = json!(of_relation);
    }
    let body = json!({ "object": { "type": type_name, "id": id }, "relation": relation,
        "user_filters": [filter], "context": case.context,
        "contextual_tuples": case.contextual });
    let answer = world.answer("list-users", &body).await;
    let users = answer["users"].as_array().expect("users").clone();
    users.iter().any(|found| {
        let named = if of_relation.is_empty() {
            &found["object"]
        } else {
            &found["userset"]
        };
        named["id"] == user_id || (is_allowed && found["wildcard"]["type"] == user_type)
    })
}

/// All facts in one batch, each twice.
async fn assert_batch(world: &World<'_>, case: &Case) {
    let facts: Vec<_> = case.facts.iter().chain(&case.facts).collect();
    let checks = facts.iter().enumerate().map(|(number, (fact, _))| {
        let check = json!({ "tuple_key": key(fact), "correlation_id": number.to_string() });
        given(case, check)
    });
    let body = json!({ "checks": checks.collect::<Vec<_>>() });
    let answer = world.answer("batch-check", &body).await;
    let result: &Map<String, Json> = answer["result"].as_object().expect("results");
    for (number, (fact, allowed)) in facts.iter().enumerate() {
        let place = format!("{}: {fact}, batch-check", case.numbers);
        assert_eq!(result[&number.to_string()]["allowed"], *allowed, "{place}");
    }
}
