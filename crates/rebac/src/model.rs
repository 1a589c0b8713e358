//! An authorization model as everything else sees it, whichever form it was written in.
//!
//! The form is OpenFGA's (schema 1.1 and 1.2). A model that was parsed is not yet valid: its names
//! may lead nowhere and its relations in circles.

/// A whole model. Types, relations and conditions stand in the order in which they were written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Model {
    /// The version of the language.
    pub schema: Schema,
    /// The types of objects.
    pub types: Vec<TypeDefinition>,
    /// The conditions that tuples may carry.
    pub conditions: Vec<Condition>,
}

/// A version of the model language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Schema {
    /// Types restrict what may be assigned.
    #[default]
    V1_1,
    /// 1.1 with modules.
    V1_2,
}

/// Where a part of a modular model was defined; empty in a model of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Definition {
    /// The module (`metadata.module`).
    pub module: Option<String>,
    /// The file (`source_info.file`), relative to `fga.mod`.
    pub file: Option<String>,
}

/// A type of object and what objects of it may be related by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TypeDefinition {
    /// Such as `document`.
    pub name: String,
    /// Its relations.
    pub relations: Vec<Relation>,
    /// Where it was defined.
    pub definition: Definition,
}

/// A relation of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Such as `viewer`.
    pub name: String,
    /// Who has it.
    pub rewrite: Rewrite,
    /// What may be assigned to it by a tuple; empty unless [`Rewrite::Direct`] is in `rewrite`.
    pub assignable: Vec<Assignable>,
    /// Where it was defined, if elsewhere than its type (`extend type`).
    pub definition: Definition,
}

/// How it follows who has a relation to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rewrite {
    /// A tuple says so (`[user]`; `this` in JSON).
    Direct,
    /// Whoever has that relation to the same object (`computedUserset`).
    Computed(String),
    /// Whoever has the relation `computed` to an object that `tupleset` leads to
    /// (`computed from tupleset`; `tupleToUserset`).
    From {
        /// The relation of that other object.
        computed: String,
        /// The relation of this object that leads there.
        tupleset: String,
    },
    /// Whoever is in any of these (`or`).
    Union(Vec<Self>),
    /// Whoever is in all of these (`and`).
    Intersection(Vec<Self>),
    /// Whoever is in the first and not in the second (`but not`).
    Difference(Box<(Self, Self)>),
}

/// What may be assigned to a relation by a tuple.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignable {
    /// The type of the subject.
    pub type_name: String,
    /// One, all of them, or those who have a relation to one.
    pub kind: AssignableKind,
    /// The condition that the tuple must carry; one with a condition may be assigned only with it,
    /// one without only without.
    pub condition: Option<String>,
}

/// The kind of subject that may be assigned.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AssignableKind {
    /// One object (`user`).
    Object,
    /// All objects of the type, those to come included (`user:*`).
    Wildcard,
    /// Whoever has this relation to an object of the type (`group#member`).
    Userset(String),
}

/// What must hold for a tuple to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Its name.
    pub name: String,
    /// Its parameters, all of which must be given.
    pub parameters: Vec<(String, ParameterType)>,
    /// An expression of the Common Expression Language, as it was written.
    pub expression: String,
    /// Where it was defined.
    pub definition: Definition,
}

/// The type of a condition's parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterType {
    /// `bool`
    Bool,
    /// `string`
    String,
    /// `int`: 64 bits, signed.
    Int,
    /// `uint`: 64 bits.
    Uint,
    /// `double`
    Double,
    /// `duration`, such as `1h30m`.
    Duration,
    /// `timestamp` (RFC 3339).
    Timestamp,
    /// `ipaddress`, version 4 or 6.
    IpAddress,
    /// Any JSON value; it has no form in the DSL.
    Any,
    /// `list<T>`
    List(Box<Self>),
    /// `map<T>`, with texts as keys.
    Map(Box<Self>),
}

impl Model {
    /// The type of this name.
    pub fn type_of(&self, name: &str) -> Option<&TypeDefinition> {
        self.types.iter().find(|definition| definition.name == name)
    }

    /// The relation of a type.
    pub fn relation(&self, type_name: &str, relation: &str) -> Option<&Relation> {
        self.type_of(type_name)?.relation(relation)
    }

    /// The condition of this name.
    pub fn condition(&self, name: &str) -> Option<&Condition> {
        self.conditions
            .iter()
            .find(|condition| condition.name == name)
    }
}

impl TypeDefinition {
    /// The relation of this name.
    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }
}

impl Schema {
    /// As it is written after `schema`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
        }
    }
}
