//! The shape of store files, as it is written.

use crate::request::WrittenTuple;
use rebac::condition::JsonObject;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use types::TupleCondition;

/// A store file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Store {
    pub(super) name: Option<String>,
    pub(super) model: Option<String>,
    pub(super) model_file: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) tuples: Vec<WrittenTuple>,
    pub(super) tuple_file: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) tuple_files: Vec<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) tests: Vec<Test>,
}

/// One test.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Test {
    pub(super) name: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) tuples: Vec<WrittenTuple>,
    pub(super) tuple_file: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) tuple_files: Vec<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) check: Vec<Check>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) list_objects: Vec<ListObjects>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) list_users: Vec<ListUsers>,
}

/// The condition of a tuple as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionShape {
    name: String,
    #[serde(default, deserialize_with = "or_empty")]
    context: JsonObject,
}

pub(crate) fn condition<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<TupleCondition>, D::Error> {
    let shape = Option::<ConditionShape>::deserialize(from)?;
    Ok(shape.map(|ConditionShape { name, context }| TupleCondition { name, context }))
}

/// Who has which relation to what: every user is asked for with every object.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "CheckShape")]
pub struct Check {
    /// Who: at least one.
    pub users: Vec<String>,
    /// To what: at least one.
    pub objects: Vec<String>,
    /// The values that the request gives to conditions.
    pub context: Option<JsonObject>,
    /// What is expected, by relation.
    pub assertions: BTreeMap<String, bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckShape {
    user: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    users: Vec<String>,
    object: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    objects: Vec<String>,
    context: Option<JsonObject>,
    assertions: BTreeMap<String, bool>,
}

/// What somebody has a relation to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListObjects {
    /// Who.
    pub user: String,
    /// The type of the objects.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The values that the request gives to conditions.
    pub context: Option<JsonObject>,
    /// The objects that are expected, in any order, by relation.
    pub assertions: BTreeMap<String, Option<Vec<String>>>,
}

/// Who has a relation to something.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListUsers {
    /// To what.
    pub object: String,
    /// The kinds of users that are listed.
    pub user_filter: Vec<UserFilter>,
    /// The values that the request gives to conditions.
    pub context: Option<JsonObject>,
    /// The users that are expected, by relation.
    pub assertions: BTreeMap<String, Users>,
}

/// A kind of users: objects of a type, or whoever has a relation to one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserFilter {
    /// The type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The relation.
    pub relation: Option<String>,
}

/// The users that are expected, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// All of them.
    #[serde(default, deserialize_with = "or_empty")]
    pub users: Vec<String>,
}

impl TryFrom<CheckShape> for Check {
    type Error = &'static str;

    fn try_from(shape: CheckShape) -> Result<Self, Self::Error> {
        let users = one_or_more(shape.user, shape.users);
        let objects = one_or_more(shape.object, shape.objects);
        Ok(Self {
            users: users.ok_or("a check has either `user` or `users`")?,
            objects: objects.ok_or("a check has either `object` or `objects`")?,
            context: shape.context,
            assertions: shape.assertions,
        })
    }
}

fn one_or_more(one: Option<String>, more: Vec<String>) -> Option<Vec<String>> {
    match one {
        Some(one) if more.is_empty() => Some(vec![one]),
        None if !more.is_empty() => Some(more),
        _ => None,
    }
}

/// A field that is written without a value is empty.
fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
