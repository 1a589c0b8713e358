//! To which objects of a type does this user have this relation?

use super::asked::Asked;
use super::error::{self, Failure};
use super::message::Message;
use super::tuples::USER_BYTES_MAX;
use super::{pattern, tuples, wire};
use crate::http::page_token::Purpose;
use crate::http::reply::{Reply, Rest};
use crate::log::masked;
use authz::{Error, List, Listing, ObjectStream, ObjectsQuestion, Scope};
use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};
use types::{Call, StoreId};

/// Most objects that wait for a client to read them.
const WAITING_OBJECTS_MAX: usize = 100_000;

/// A question with where it is asked.
struct Question {
    store: StoreId,
    scope: Scope,
    asked: ObjectsQuestion,
    /// What a token of this list is good for.
    of: [String; 4],
}

/// `POST /stores/{store_id}/list-objects`.
pub(super) async fn list(asked: Asked<'_>) -> Result<Reply, Failure> {
    let question = Question::of(asked, "ListObjectsRequest")?;
    let of = question.of.each_ref().map(String::as_str);
    let exchange = asked.exchange;
    let (store, scope) = (question.store, question.scope);
    let listed = (exchange.app.authz).list_objects(&exchange.call, scope, question.asked);
    let listed = listed.await;
    let listed = listed.map_err(|error| asked.missed((store, scope.model), error))?;
    let List {
        found,
        is_complete,
        resume_after,
    } = listed.value;
    let tokens = &exchange.app.openfga.tokens;
    let resume = resume_after.map(|after| tokens.write(purpose(&of), &after));
    let mut reply = wire::ok(&json!({ "objects": found }));
    wire::name_model(&mut reply, listed.model);
    wire::name_end(&mut reply, is_complete, resume.as_deref());
    Ok(reply)
}

/// `POST /stores/{store_id}/streamed-list-objects`: a line for each object, as it is found.
///
/// All objects are of one version of the store, and each stands once. A list that is found without
/// waiting comes in the order of its texts, and says in the head whether it is complete. Of any
/// other, the head leaves before that is known, and the order is none. In both, a last line with an
/// error says that objects may be missing, as in OpenFGA; without it the list is complete.
pub(super) async fn stream(asked: Asked<'_>) -> Result<Reply, Failure> {
    let question = Question::of(asked, "StreamedListObjectsRequest")?;
    let exchange = asked.exchange;
    let (store, scope) = (question.store, question.scope);
    let (authz, call) = (&exchange.app.authz, &exchange.call);
    let streamed = authz.stream_objects(call, scope, question.asked, WAITING_OBJECTS_MAX);
    let streamed = streamed.await;
    let streamed = streamed.map_err(|error| asked.missed((store, scope.model), error))?;
    let mut reply = match streamed.listing {
        Listing::Whole(list, error) => {
            let error = error.map(|error| ended(call, error));
            let lines = list.found.iter().map(|object| line(object)).chain(error);
            let mut reply = wire::of_lines(wire::lines(lines));
            wire::name_end(&mut reply, list.is_complete, None);
            reply
        }
        Listing::Underway(first, rest) => {
            let mut reply = wire::of_lines(wire::lines(first.iter().map(|object| line(object))));
            reply.extensions_mut().insert(pieces(call, rest));
            reply
        }
    };
    wire::name_model(&mut reply, streamed.model);
    Ok(reply)
}

fn line(object: &str) -> Value {
    json!({ "result": { "object": object } })
}

/// The line that ends a list which is not complete.
fn ended(call: &Call, error: Error) -> Value {
    let (line, fault) = error::line(error);
    if let Some(fault) = fault {
        tracing::error!(request.id = %call.id, fault = masked(&fault), "a stream has ended early");
    }
    line
}

/// The lines of the objects to come.
fn pieces(call: &Call, objects: ObjectStream) -> Rest {
    let call = call.clone();
    let pieces = stream::unfold(Some((call, objects)), |state| async {
        let (call, mut objects) = state?;
        match objects.next().await? {
            Ok(found) => {
                let lines = wire::lines(found.iter().map(|object| line(object)));
                Some((lines, Some((call, objects))))
            }
            Err(error) => Some((wire::lines([ended(&call, error)].into_iter()), None)),
        }
    });
    Rest::new(pieces.boxed())
}

fn purpose<'p>(of: &'p [&'p str; 4]) -> Purpose<'p> {
    Purpose {
        endpoint: "list-objects",
        of,
    }
}

impl Question {
    fn of(asked: Asked<'_>, name: &'static str) -> Result<Self, Failure> {
        let store = asked.store(name)?;
        let body = asked.body()?;
        let message = Message::of(name, &body)?;
        let mut question = question(&message)?;
        let scope = asked.scope(store, &message)?;
        let of = [
            store.to_string(),
            question.type_name.clone(),
            question.relation.clone(),
            question.user.clone(),
        ];
        question.after = asked.resumed(purpose(&of.each_ref().map(String::as_str)))?;
        Ok(Self {
            store,
            scope,
            asked: question,
            of,
        })
    }
}

fn question(message: &Message<'_>) -> Result<ObjectsQuestion, Failure> {
    let type_name = message.required("type", pattern::TYPE)?.to_owned();
    let relation = message.required("relation", pattern::RELATION)?.to_owned();
    let user = message.short("user", USER_BYTES_MAX)?;
    if user.is_empty() {
        return Err(message.refuse("user", "value length must be at least 1 bytes"));
    }
    Ok(ObjectsQuestion {
        user: user.to_owned(),
        relation,
        type_name,
        given: tuples::given(message)?,
        after: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_has_a_line_for_each_object() {
        let lines = wire::lines(["doc:1", "doc:2"].iter().map(|object| line(object)));
        let text = String::from_utf8(lines.to_vec()).unwrap();
        assert_eq!(
            text,
            "{\"result\":{\"object\":\"doc:1\"}}\n{\"result\":{\"object\":\"doc:2\"}}\n"
        );
        assert!(wire::lines(std::iter::empty()).is_empty());
    }
}
