//! What makes up a relation to an object, one level deep.

use super::asked::Asked;
use super::code::Code;
use super::error::Failure;
use super::message::Message;
use super::{pattern, tuples, wire};
use crate::http::reply::Reply;
use authz::{ExpandNode, ExpandTree};
use serde_json::{Value, json};

/// `POST /stores/{store_id}/expand`.
pub(super) async fn expand(asked: Asked<'_>) -> Result<Reply, Failure> {
    const MESSAGE: &str = "ExpandRequest";
    let store = asked.store(MESSAGE)?;
    let body = asked.body()?;
    let message = Message::of(MESSAGE, &body)?;
    let key = message.needed("tuple_key", "ExpandRequestTupleKey")?;
    let relation = key.optional("relation", pattern::RELATION)?;
    let object = key.optional("object", pattern::OBJECT)?;
    let contextual = tuples::contextual(&message)?;
    let scope = asked.scope(store, &message)?;
    if relation.is_empty() || object.is_empty() {
        let what = "Invalid input. Make sure you provide an object and a relation";
        return Err(Failure::Refused(Code::InvalidExpandInput, what.to_owned()));
    }
    let exchange = asked.exchange;
    let authz = &exchange.app.authz;
    let answered = authz.expand(&exchange.call, scope, object, relation, &contextual);
    let answered = answered.await;
    let answered = answered.map_err(|error| asked.missed((store, scope.model), error))?;
    let ExpandTree { name, root } = answered.value;
    let tree = wire::one("root", node(&name, &root));
    let mut reply = wire::ok(&json!({ "tree": tree }));
    wire::name_model(&mut reply, answered.model);
    Ok(reply)
}

/// A node of the tree; all of them have the name of the root.
fn node(name: &str, of: &ExpandNode) -> Value {
    let nodes = |nodes: &[ExpandNode]| {
        let nodes: Vec<Value> = nodes.iter().map(|one| node(name, one)).collect();
        json!({ "nodes": nodes })
    };
    let userset = |userset: &String| json!({ "userset": userset });
    match of {
        ExpandNode::Users(users) => leaf(name, &json!({ "users": { "users": users } })),
        ExpandNode::Computed(computed) => leaf(name, &json!({ "computed": userset(computed) })),
        ExpandNode::TupleToUserset { tupleset, computed } => {
            let computed: Vec<Value> = computed.iter().map(userset).collect();
            let reached = json!({ "tupleset": tupleset, "computed": computed });
            leaf(name, &json!({ "tupleToUserset": reached }))
        }
        ExpandNode::Union(children) => json!({ "name": name, "union": nodes(children) }),
        ExpandNode::Intersection(children) => {
            json!({ "name": name, "intersection": nodes(children) })
        }
        ExpandNode::Difference(parts) => {
            let (base, subtract) = parts.as_ref();
            let parts = json!({ "base": node(name, base), "subtract": node(name, subtract) });
            json!({ "name": name, "difference": parts })
        }
    }
}

fn leaf(name: &str, leaf: &Value) -> Value {
    json!({ "name": name, "leaf": leaf })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_written_as_openfga_does() {
        let text = |text: &str| text.to_owned();
        let tree = ExpandNode::Difference(Box::new((
            ExpandNode::Union(vec![
                ExpandNode::Users(vec![text("user:a")]),
                ExpandNode::Computed(text("doc:1#editor")),
            ]),
            ExpandNode::Intersection(vec![ExpandNode::TupleToUserset {
                tupleset: text("doc:1#parent"),
                computed: vec![text("folder:1#viewer")],
            }]),
        )));
        let name = "doc:1#viewer";
        let expected = json!({"name": name, "difference": {
            "base": {"name": name, "union": {"nodes": [
                {"name": name, "leaf": {"users": {"users": ["user:a"]}}},
                {"name": name, "leaf": {"computed": {"userset": "doc:1#editor"}}},
            ]}},
            "subtract": {"name": name, "intersection": {"nodes": [
                {"name": name, "leaf": {"tupleToUserset": {
                    "tupleset": "doc:1#parent", "computed": [{"userset": "folder:1#viewer"}]}}},
            ]}},
        }});
        assert_eq!(node(name, &tree), expected);
    }
}
