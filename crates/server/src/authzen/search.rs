//! Searches: which subjects, which resources, which actions? In the order of their texts, by page.

use super::entity::{self, Entity};
use super::error::Failure;
use super::evaluation::{self, Decision};
use super::message::{self, Fields, Invalid};
use super::scope;
use crate::http::exchange::Exchange;
use crate::http::page_token::Purpose;
use crate::http::reply::Reply;
use authz::{Answered, CheckQuestion, Error, Given, List, ObjectsQuestion, Refusal, UsersQuestion};
use serde_json::{Value, json};
use types::{ModelId, StoreId};

/// What was found, and what is told beside it.
#[derive(Debug, Default)]
struct Found {
    /// The texts, in their order; one page or more.
    texts: Vec<String>,
    /// There is more behind the last text.
    is_cut: bool,
    /// Something is missing that no further page has.
    is_partial: bool,
    /// Why nobody can say.
    error: Option<String>,
}

/// Which page of which search.
#[derive(Debug)]
struct Page {
    endpoint: &'static str,
    /// The store, and what is looked for in it: a token is good for the same search only.
    of: [String; 2],
    limit: usize,
    after: Option<String>,
}

/// `POST /access/v1/search/subject`.
pub(super) async fn subjects(exchange: &Exchange) -> Result<Reply, Failure> {
    let body = message::body(exchange)?;
    let fields = Fields::of(&body);
    let target = Entity::target(fields, "subject")?;
    let (relation, resource) = (entity::action(fields)?, Entity::read(fields, "resource")?);
    let given = given(fields)?;
    let scope = scope::of(exchange).await?;
    let search = json!([
        target.type_name,
        relation,
        resource.type_name,
        resource.id,
        given.context
    ]);
    let page = Page::read(exchange, "authzen-subjects", (scope.store, search), fields)?;
    let found = match resource.tuple_text() {
        Err(_) => Found::default(),
        Ok(object) => {
            let question = UsersQuestion {
                object,
                relation: relation.to_owned(),
                type_name: target.type_name.to_owned(),
                of_relation: None,
                given,
                after: page.after.clone(),
            };
            let authz = &exchange.app.authz;
            Found::listed(authz.list_users(&exchange.call, scope, question).await)?
        }
    };
    Ok(page.reply(exchange, found, typed))
}

/// `POST /access/v1/search/resource`.
pub(super) async fn resources(exchange: &Exchange) -> Result<Reply, Failure> {
    let body = message::body(exchange)?;
    let fields = Fields::of(&body);
    let target = Entity::target(fields, "resource")?;
    let (relation, subject) = (entity::action(fields)?, Entity::read(fields, "subject")?);
    let given = given(fields)?;
    let scope = scope::of(exchange).await?;
    let search = json!([
        target.type_name,
        relation,
        subject.type_name,
        subject.id,
        given.context
    ]);
    let page = Page::read(exchange, "authzen-resources", (scope.store, search), fields)?;
    let found = match subject.tuple_text() {
        Err(_) => Found::default(),
        Ok(user) => {
            let question = ObjectsQuestion {
                user,
                relation: relation.to_owned(),
                type_name: target.type_name.to_owned(),
                given,
                after: page.after.clone(),
            };
            let authz = &exchange.app.authz;
            Found::listed(authz.list_objects(&exchange.call, scope, question).await)?
        }
    };
    Ok(page.reply(exchange, found, typed))
}

/// `POST /access/v1/search/action`: every relation of the resource's type is asked.
pub(super) async fn actions(exchange: &Exchange) -> Result<Reply, Failure> {
    let body = message::body(exchange)?;
    let fields = Fields::of(&body);
    let (subject, resource) = (
        Entity::read(fields, "subject")?,
        Entity::read(fields, "resource")?,
    );
    let given = given(fields)?;
    let mut scope = scope::of(exchange).await?;
    let search = json!([
        subject.type_name,
        subject.id,
        resource.type_name,
        resource.id,
        given.context
    ]);
    let page = Page::read(exchange, "authzen-actions", (scope.store, search), fields)?;
    let model = exchange.app.authz.model_of(&exchange.call, scope).await;
    let (id, names) = match model {
        Ok((id, ready)) => (Some(id), relations(&ready.model, resource.type_name)),
        Err(Error::Refused(Refusal::NoModel)) => (None::<ModelId>, Vec::new()),
        Err(error) => return Err(error.into()),
    };
    // The questions are for the model that the names are of.
    scope.model = id;
    let is_behind = |name: &String| page.after.as_ref().is_none_or(|after| name > after);
    let mut names = names;
    names.retain(is_behind);
    let questions = names.iter().map(|name| {
        Ok(CheckQuestion {
            user: subject.tuple_text()?,
            relation: name.clone(),
            object: resource.tuple_text()?,
            given: given.clone(),
        })
    });
    let questions = questions.collect();
    let decisions = evaluation::decide(exchange, scope, questions).await?;
    let is_given_up = |decision: &Decision| matches!(decision, Err(why) if why.is_given_up);
    let is_partial = decisions.iter().any(is_given_up);
    let permitted = names.into_iter().zip(decisions);
    let permitted = permitted.filter(|(_, decision)| *decision == Ok(true));
    let found = Found {
        texts: permitted.map(|(name, _)| name).collect(),
        is_partial,
        ..Found::default()
    };
    Ok(page.reply(exchange, found, |name| Some(json!({ "name": name }))))
}

/// The relations of a type, in their order; of none that there is not.
fn relations(model: &rebac::Model, type_name: &str) -> Vec<String> {
    let defined = model.type_of(type_name);
    let relations = defined.iter().flat_map(|defined| &defined.relations);
    let mut names: Vec<String> = relations.map(|relation| relation.name.clone()).collect();
    names.sort_unstable();
    names
}

fn given(fields: Fields<'_>) -> Result<Given, Invalid> {
    Ok(Given {
        contextual: Vec::new(),
        context: entity::context(fields)?,
    })
}

/// `type:id` as a result.
fn typed(text: &str) -> Option<Value> {
    let (type_name, id) = text.split_once(':')?;
    Some(json!({ "type": type_name, "id": id }))
}

impl Found {
    /// What a list is worth here: types, relations and ids that there are not find nothing.
    fn listed(listed: Result<Answered<List>, Error>) -> Result<Self, Failure> {
        let list = match listed {
            Ok(answered) => answered.value,
            Err(Error::Refused(refusal)) => {
                let error = match refusal {
                    Refusal::TypeNotFound(_)
                    | Refusal::RelationNotFound { .. }
                    | Refusal::Invalid(_)
                    | Refusal::NoModel => None,
                    Refusal::Condition(_) | Refusal::TooComplex(_) | Refusal::OutOfTime => {
                        Some(refusal.to_string())
                    }
                    other => return Err(Error::Refused(other).into()),
                };
                return Ok(Self {
                    error,
                    ..Self::default()
                });
            }
            Err(error) => return Err(error.into()),
        };
        let is_cut = list.resume_after.is_some();
        Ok(Self {
            texts: list.found,
            is_cut,
            is_partial: !list.is_complete && !is_cut,
            error: None,
        })
    }
}

impl Page {
    fn read(
        exchange: &Exchange,
        endpoint: &'static str,
        (store, search): (StoreId, Value),
        fields: Fields<'_>,
    ) -> Result<Self, Failure> {
        let page = fields.object("page")?;
        let most = exchange.app.authz.settings().list_results_max;
        let mut read = Self {
            endpoint,
            of: [store.to_string(), search.to_string()],
            limit: most,
            after: None,
        };
        let Some(page) = page else {
            return Ok(read);
        };
        if let Some(limit) = page.value("limit") {
            let limit = limit.as_u64().filter(|limit| *limit > 0);
            let limit = limit.ok_or_else(|| page.mistyped("limit", "a number of at least 1"))?;
            read.limit = usize::try_from(limit).unwrap_or(most).min(most);
        }
        let token = page.optional("token")?.unwrap_or_default();
        let after = exchange
            .app
            .openfga
            .tokens
            .read(read.purpose(&read.of()), token);
        let forged = |_| Failure::Invalid("page.token was not given for this search".to_owned());
        read.after = after.map_err(forged)?;
        Ok(read)
    }

    fn of(&self) -> [&str; 2] {
        self.of.each_ref().map(String::as_str)
    }

    const fn purpose<'p>(&self, of: &'p [&'p str]) -> Purpose<'p> {
        Purpose {
            endpoint: self.endpoint,
            of,
        }
    }

    /// The answer: a page of what was found, and how to go on.
    fn reply(
        &self,
        exchange: &Exchange,
        mut found: Found,
        entry: impl Fn(&str) -> Option<Value>,
    ) -> Reply {
        let is_cut = found.is_cut || found.texts.len() > self.limit;
        found.texts.truncate(self.limit);
        let last = found.texts.last().filter(|_| is_cut);
        let tokens = &exchange.app.openfga.tokens;
        let next = last.map(|last| tokens.write(self.purpose(&self.of()), last));
        let results: Vec<Value> = found.texts.iter().filter_map(|text| entry(text)).collect();
        let page = json!({ "next_token": next.unwrap_or_default(), "count": results.len() });
        let mut body = json!({ "results": results, "page": page });
        let context = match &found.error {
            Some(what) => Some(json!({ "error": { "status": 400, "message": what } })),
            None => found.is_partial.then(|| json!({ "complete": false })),
        };
        if let (Some(context), Value::Object(body)) = (context, &mut body) {
            body.insert("context".to_owned(), context);
        }
        evaluation::ok(&body)
    }
}
