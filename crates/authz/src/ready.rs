//! A valid model made ready for questions, and which tuples it takes.

use foldhash::{HashMap, HashSet};
use rebac::condition::{Compiled, check_tuple_context};
use rebac::{AssignableKind, Model, NameId, Names, Plan, Relation, RelationId, Rewrite};
use types::{Subject, SubjectRef, TupleCondition, TupleKey};

/// A valid model, ready.
#[derive(Debug)]
pub struct ReadyModel {
    /// The model as it was written.
    pub model: Model,
    pub(crate) plan: Plan,
    pub(crate) conditions: HashMap<NameId, Compiled>,
    types: HashSet<NameId>,
    bytes: u64,
}

/// What about a question or a tuple the model has no word for, or does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The model has no such type.
    #[error("type `{0}` is not defined")]
    Type(String),
    /// The type has no such relation.
    #[error("type `{type_name}` has no relation `{relation}`")]
    Relation {
        /// The type.
        type_name: String,
        /// The relation.
        relation: String,
    },
    /// The tuple is none that the model takes.
    #[error("{0}")]
    Tuple(String),
}

impl ReadyModel {
    /// Makes a valid model ready. Its names are added to those of its store.
    pub fn new(model: Model, names: &mut Names) -> Self {
        let plan = Plan::new(&model, names);
        // Also of types that no relation speaks of: they can be asked about.
        let types = model.types.iter().map(|one| names.add(&one.name)).collect();
        let compiled = model.conditions.iter().filter_map(|condition| {
            let ready = Compiled::new(condition).ok()?;
            Some((names.add(&condition.name), ready))
        });
        let conditions = compiled.collect();
        let bytes = bytes(&model);
        Self {
            model,
            plan,
            conditions,
            types,
            bytes,
        }
    }

    /// The memory that it takes, roughly, and rather too much than too little.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The relation of a type, as it was written.
    pub(crate) fn defined(&self, type_name: &str, relation: &str) -> Result<&Relation, Unfit> {
        let found = self.model.relation(type_name, relation);
        found.ok_or_else(|| self.undefined(type_name, relation))
    }

    /// The number of a relation of a type.
    pub(crate) fn relation(
        &self,
        names: &Names,
        type_name: &str,
        relation: &str,
    ) -> Result<RelationId, Unfit> {
        let number = names.find(type_name).zip(names.find(relation));
        let found = number.and_then(|(type_id, name)| self.plan.relation(type_id, name));
        found.ok_or_else(|| self.undefined(type_name, relation))
    }

    /// That the model has a type.
    pub(crate) fn known_type(&self, names: &Names, type_name: &str) -> Result<(), Unfit> {
        let number = names.find(type_name);
        if number.is_some_and(|number| self.types.contains(&number)) {
            return Ok(());
        }
        Err(Unfit::Type(type_name.to_owned()))
    }

    /// That the model knows what a subject is made of.
    pub(crate) fn known_subject(
        &self,
        names: &Names,
        subject: SubjectRef<'_>,
    ) -> Result<(), Unfit> {
        match subject {
            SubjectRef::Userset(object, relation) => {
                self.relation(names, object.type_name(), relation).map(drop)
            }
            _ => self.known_type(names, subject.type_name()),
        }
    }

    fn undefined(&self, type_name: &str, relation: &str) -> Unfit {
        if self.model.type_of(type_name).is_none() {
            return Unfit::Type(type_name.to_owned());
        }
        Unfit::Relation {
            type_name: type_name.to_owned(),
            relation: relation.to_owned(),
        }
    }

    /// That the model takes a tuple: its types and relations exist, its subject may be assigned,
    /// and its condition is the one that is asked for, with values of the right types.
    pub(crate) fn takes(
        &self,
        names: &Names,
        key: &TupleKey,
        condition: Option<&TupleCondition>,
    ) -> Result<(), Unfit> {
        let relation = self.defined(key.object.type_name(), &key.relation)?;
        self.known_subject(names, key.subject.by_ref())?;
        check_assignable(relation, &key.subject, condition)?;
        if let Subject::Userset(object, member) = &key.subject
            && *object == key.object
            && *member == key.relation
        {
            let message = format!("`{key}` follows from itself");
            return Err(Unfit::Tuple(message));
        }
        let Some(TupleCondition { name, context }) = condition else {
            return Ok(());
        };
        let number = names.find(name);
        let compiled = number.and_then(|number| self.conditions.get(&number));
        let compiled =
            compiled.ok_or_else(|| Unfit::Tuple(format!("condition `{name}` is not defined")))?;
        check_tuple_context(compiled, context)
            .map_err(|error| Unfit::Tuple(format!("condition `{name}`: {error}")))
    }
}

/// What a model takes in memory when it is ready, by the number of its parts.
fn bytes(model: &Model) -> u64 {
    /// A type or a relation, with its entries in maps and its name.
    const NAMED: usize = 512;
    /// A part of a rewrite, or what may be assigned.
    const PART: usize = 192;
    /// An expression, for each of its bytes.
    const EXPRESSION_BYTE: usize = 64;
    /// A pattern that is compiled with its expression.
    const PATTERN: usize = 64 << 10;
    let relations = model.types.iter().flat_map(|one| &one.relations);
    let relations = relations
        .map(|relation| NAMED + (parts(&relation.rewrite) + relation.assignable.len()) * PART);
    let conditions = model.conditions.iter().map(|condition| {
        let patterns = condition.expression.matches("matches").count();
        NAMED + condition.expression.len() * EXPRESSION_BYTE + patterns * PATTERN
    });
    let all: usize = relations.chain(conditions).sum();
    (all + model.types.len() * NAMED) as u64
}

fn parts(rewrite: &Rewrite) -> usize {
    match rewrite {
        Rewrite::Direct | Rewrite::Computed(_) | Rewrite::From { .. } => 1,
        Rewrite::Union(children) | Rewrite::Intersection(children) => {
            1 + children.iter().map(parts).sum::<usize>()
        }
        Rewrite::Difference(two) => 1 + parts(&two.0) + parts(&two.1),
    }
}

fn check_assignable(
    relation: &Relation,
    subject: &Subject,
    condition: Option<&TupleCondition>,
) -> Result<(), Unfit> {
    let kind = match subject {
        Subject::Object(_) => AssignableKind::Object,
        Subject::Wildcard(_) => AssignableKind::Wildcard,
        Subject::Userset(_, relation) => AssignableKind::Userset(relation.clone()),
    };
    let type_name = subject.type_name();
    let fits = (relation.assignable.iter())
        .filter(|one| one.type_name == type_name && one.kind == kind)
        .map(|one| one.condition.as_deref());
    let fits: Vec<_> = fits.collect();
    let given = condition.map(|condition| condition.name.as_str());
    if fits.contains(&given) {
        return Ok(());
    }
    let name = &relation.name;
    Err(Unfit::Tuple(match (fits.is_empty(), given) {
        (true, _) => {
            let kind = match &kind {
                AssignableKind::Object => type_name.to_owned(),
                AssignableKind::Wildcard => format!("{type_name}:*"),
                AssignableKind::Userset(relation) => format!("{type_name}#{relation}"),
            };
            format!("`{kind}` may not be assigned to relation `{name}`")
        }
        (false, None) => format!("relation `{name}` takes it with a condition only"),
        (false, Some(given)) => {
            format!("relation `{name}` does not take it with condition `{given}`")
        }
    }))
}
