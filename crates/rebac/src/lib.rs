//! May they? The authorization engine: the model language, its rules, its evaluation.
//!
//! No I/O, no clock, no randomness, no async: models and tuples come in, answers and the names of
//! what is missing go out.

pub mod condition;
pub mod model;
pub mod place;

pub use model::{
    Assignable, AssignableKind, Condition, Definition, Model, ParameterType, Relation, Rewrite,
    Schema, TypeDefinition,
};
pub use place::{Item, Place, Places};
