//! May they? The authorization engine: the model language, its rules, its evaluation.
//!
//! No I/O, no clock, no randomness, no async: models and tuples come in, answers and the names of
//! what is missing go out.

pub mod check;
pub mod condition;
pub mod dsl;
pub mod expand;
pub mod explain;
pub mod graph;
pub mod json;
pub mod list;
pub mod model;
pub mod names;
pub mod place;
pub mod plan;
pub mod validate;
pub mod world;

pub use check::{Answer, Asking, Budget, Conditions, Failure, Question, check, check_one_of};
pub use expand::{Branch, Expanded, Tree, expand};
pub use explain::{Explanation, explain};
pub use graph::{BackEdge, Conditional, Edge, Graph, Loaded, Set, Subject};
pub use json::{JsonError, JsonFault, from_json, to_json};
pub use list::{
    ListQuestion, Listed, UsersQuestion, list_objects, list_objects_in_order, list_objects_while,
    list_users,
};
pub use model::{
    Assignable, AssignableKind, Condition, Definition, Model, ParameterType, Relation, Rewrite,
    Schema, TypeDefinition,
};
pub use names::{NameId, Names, ObjectId};
pub use place::{Item, Place, Places};
pub use plan::{Plan, RelationId};
pub use validate::{Kind, Problem, lint, validate};
pub use world::World;
