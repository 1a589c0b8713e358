//! Which users of a kind have this relation to this object?

use super::asked::Asked;
use super::error::Failure;
use super::message::Message;
use super::{pattern, tuples, wire};
use crate::http::page_token::Purpose;
use crate::http::reply::Reply;
use authz::UsersQuestion;
use serde_json::{Value, json};
use types::Subject;

/// `POST /stores/{store_id}/list-users`.
pub(super) async fn list(asked: Asked<'_>) -> Result<Reply, Failure> {
    const MESSAGE: &str = "ListUsersRequest";
    let store = asked.store(MESSAGE)?;
    let body = asked.body()?;
    let message = Message::of(MESSAGE, &body)?;
    let mut question = question(&message)?;
    let scope = asked.scope(store, &message)?;
    let of_relation = question.of_relation.as_deref().unwrap_or_default();
    let of = [
        &question.object,
        &question.relation,
        &question.type_name,
        of_relation,
    ];
    let of = of.map(str::to_owned);
    let id = store.to_string();
    let of: Vec<&str> = std::iter::once(&id)
        .chain(&of)
        .map(String::as_str)
        .collect();
    let purpose = Purpose {
        endpoint: "list-users",
        of: &of,
    };
    question.after = asked.resumed(purpose)?;
    let exchange = asked.exchange;
    let authz = &exchange.app.authz;
    let listed = authz.list_users(&exchange.call, scope, question).await;
    let listed = listed.map_err(|error| asked.missed((store, scope.model), error))?;
    let users: Vec<Value> = listed
        .value
        .found
        .iter()
        .filter_map(|user| entry(user))
        .collect();
    let mut reply = wire::ok(&json!({ "users": users }));
    let after = listed.value.resume_after;
    let resume = after.map(|after| exchange.app.openfga.tokens.write(purpose, &after));
    wire::name_model(&mut reply, listed.model);
    wire::name_end(&mut reply, listed.value.is_complete, resume.as_deref());
    Ok(reply)
}

fn question(message: &Message<'_>) -> Result<UsersQuestion, Failure> {
    let object = message.needed("object", "Object")?;
    let type_name = object.required("type", pattern::TYPE)?;
    let id = object.required("id", pattern::OBJECT_ID)?;
    let relation = message.required("relation", pattern::RELATION)?;
    let filters = message.messages("user_filters", "UserTypeFilter")?;
    let [filter] = filters.as_slice() else {
        let reason = "value must contain exactly 1 item(s)";
        return Err(message.refuse("user_filters", reason));
    };
    let user_type = filter.required("type", pattern::TYPE)?;
    let of_relation = filter.optional("relation", pattern::RELATION)?;
    Ok(UsersQuestion {
        object: format!("{type_name}:{id}"),
        relation: relation.to_owned(),
        type_name: user_type.to_owned(),
        of_relation: Some(of_relation.to_owned()).filter(|relation| !relation.is_empty()),
        given: tuples::given_to_users(message)?,
        after: None,
    })
}

/// A user by the kind of user it is. The use case writes users; each of them can be read.
fn entry(user: &str) -> Option<Value> {
    Some(match Subject::parse(user).ok()? {
        Subject::Object(object) => {
            json!({ "object": { "type": object.type_name(), "id": object.id() } })
        }
        Subject::Userset(object, relation) => {
            let (type_name, id) = (object.type_name(), object.id());
            json!({ "userset": { "type": type_name, "id": id, "relation": relation } })
        }
        Subject::Wildcard(type_name) => json!({ "wildcard": { "type": type_name } }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_written_by_their_kind() {
        for (user, written) in [
            ("user:ann", json!({"object": {"type": "user", "id": "ann"}})),
            (
                "group:a#member",
                json!({"userset": {"type": "group", "id": "a", "relation": "member"}}),
            ),
            ("user:*", json!({"wildcard": {"type": "user"}})),
        ] {
            assert_eq!(entry(user), Some(written));
        }
    }
}
