//! To which objects of a type does this user have this relation?

use super::asked::Asked;
use super::error::Failure;
use super::message::Message;
use super::tuples::USER_BYTES_MAX;
use super::{pattern, tuples, wire};
use crate::http::page_token::Purpose;
use crate::http::reply::Reply;
use authz::{Answered, List, ObjectsQuestion};
use serde_json::json;

/// Longest stream of objects.
const STREAM_OBJECTS_MAX: usize = 100_000;

/// `POST /stores/{store_id}/list-objects`.
pub(super) async fn list(asked: Asked<'_>) -> Result<Reply, Failure> {
    let (listed, resume) = ask(asked, "ListObjectsRequest", false).await?;
    let List {
        found, is_complete, ..
    } = listed.value;
    let mut reply = wire::ok(&json!({ "objects": found }));
    wire::name_model(&mut reply, listed.model);
    wire::name_end(&mut reply, is_complete, resume.as_deref());
    Ok(reply)
}

/// `POST /stores/{store_id}/streamed-list-objects`: a line for each object.
pub(super) async fn stream(asked: Asked<'_>) -> Result<Reply, Failure> {
    let (listed, resume) = ask(asked, "StreamedListObjectsRequest", true).await?;
    let List {
        found, is_complete, ..
    } = listed.value;
    let line = |object: String| json!({ "result": { "object": object } });
    let mut reply = wire::lines(found.into_iter().map(line));
    wire::name_model(&mut reply, listed.model);
    wire::name_end(&mut reply, is_complete, resume.as_deref());
    Ok(reply)
}

/// The objects, and how to go on where some were left out. All are of one version.
async fn ask(
    asked: Asked<'_>,
    name: &'static str,
    is_stream: bool,
) -> Result<(Answered<List>, Option<String>), Failure> {
    let store = asked.store(name)?;
    let body = asked.body()?;
    let message = Message::of(name, &body)?;
    let mut question = question(&message)?;
    let scope = asked.scope(store, &message)?;
    let id = store.to_string();
    let of = [
        id.as_str(),
        &question.type_name,
        &question.relation,
        &question.user,
    ]
    .map(str::to_owned);
    let of: Vec<&str> = of.iter().map(String::as_str).collect();
    let purpose = Purpose {
        endpoint: "list-objects",
        of: &of,
    };
    question.after = asked.resumed(purpose)?;
    let exchange = asked.exchange;
    let (authz, call) = (&exchange.app.authz, &exchange.call);
    let missed = |error| asked.missed((store, scope.model), error);
    let listed = if is_stream {
        let most = STREAM_OBJECTS_MAX;
        authz.list_objects_up_to(call, scope, question, most).await
    } else {
        authz.list_objects(call, scope, question).await
    };
    let mut listed = listed.map_err(missed)?;
    let after = listed.value.resume_after.take();
    let resume = after.map(|after| exchange.app.openfga.tokens.write(purpose, &after));
    Ok((listed, resume))
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
        let line = |object: &str| json!({ "result": { "object": object } });
        let reply = wire::lines([line("doc:1"), line("doc:2")].into_iter());
        let text = String::from_utf8(reply.body().to_vec()).unwrap();
        assert_eq!(
            text,
            "{\"result\":{\"object\":\"doc:1\"}}\n{\"result\":{\"object\":\"doc:2\"}}\n"
        );
        let none = wire::lines(std::iter::empty());
        assert!(none.body().is_empty());
    }
}
