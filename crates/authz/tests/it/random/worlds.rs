//! Random valid models and tuples that they take, the same for the same seed.

use crate::tenant::json;
use authz::WrittenTuple;
use rebac::condition::Compiled;
use rebac::{Assignable, AssignableKind, Model, Relation, Rewrite, TypeDefinition, validate};
use serde_json::json;
use std::collections::BTreeSet;
use types::{JsonObject, TupleCondition};

pub(super) const TYPES: [&str; 3] = ["user", "group", "doc"];
pub(super) const RELATIONS: [&str; 4] = ["a", "b", "c", "d"];
pub(super) const IDS: [&str; 3] = ["1", "2", "3"];
/// Leads from object to object: what tuplesets are made of.
const PARENT: &str = "parent";
/// Holds from 5 on.
pub(super) const CONDITION: &str = "enough";

/// Chance, the same for the same seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end` (`SplitMix64`).
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let end = u64::try_from(end).unwrap();
        usize::try_from((mixed ^ (mixed >> 31)) % end).unwrap()
    }

    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A model that is valid.
    pub(super) fn model(&mut self) -> Model {
        loop {
            let model = self.any_model();
            let compiles = |condition: &rebac::Condition| {
                let compiled = Compiled::new(condition);
                compiled.map(drop).map_err(|error| error.to_string())
            };
            if validate(&model, compiles).is_ok() {
                return model;
            }
        }
    }

    fn any_model(&mut self) -> Model {
        let frame = "model\n  schema 1.1\ntype user\ncondition enough(x: int) {\n  x >= 5\n}\n";
        let mut model = crate::tenant::model(frame);
        for name in &TYPES[1..] {
            let mut relations: Vec<_> = RELATIONS.map(|name| self.relation(name)).into();
            let parents = TYPES[1..].iter().map(|name| Assignable {
                type_name: (*name).to_owned(),
                kind: AssignableKind::Object,
                condition: None,
            });
            relations.push(Relation {
                name: PARENT.to_owned(),
                rewrite: Rewrite::Direct,
                assignable: parents.collect(),
                definition: rebac::Definition::default(),
            });
            model.types.push(TypeDefinition {
                name: (*name).to_owned(),
                relations,
                ..TypeDefinition::default()
            });
        }
        model
    }

    fn relation(&mut self, name: &str) -> Relation {
        let rewrite = self.rewrite(2);
        let mut assignable = Vec::new();
        if has_direct(&rewrite) {
            for _ in 0..=self.below(4) {
                let one = self.assignable();
                if !assignable.contains(&one) {
                    assignable.push(one);
                }
            }
        }
        Relation {
            name: name.to_owned(),
            rewrite,
            assignable,
            definition: rebac::Definition::default(),
        }
    }

    fn rewrite(&mut self, nesting: usize) -> Rewrite {
        let kinds = if nesting == 0 { 6 } else { 10 };
        let parts = |dice: &mut Self| vec![dice.rewrite(nesting - 1), dice.rewrite(nesting - 1)];
        match self.below(kinds) {
            0..4 => Rewrite::Direct,
            4 => Rewrite::Computed(self.one_of(&RELATIONS).to_owned()),
            5 => Rewrite::From {
                computed: self.one_of(&RELATIONS).to_owned(),
                tupleset: PARENT.to_owned(),
            },
            6 | 7 => Rewrite::Union(parts(self)),
            8 => Rewrite::Intersection(parts(self)),
            _ => {
                let parts = (self.rewrite(nesting - 1), self.rewrite(nesting - 1));
                Rewrite::Difference(Box::new(parts))
            }
        }
    }

    fn assignable(&mut self) -> Assignable {
        let kind = match self.below(6) {
            0..3 => AssignableKind::Object,
            3 => AssignableKind::Wildcard,
            _ => AssignableKind::Userset(self.one_of(&RELATIONS).to_owned()),
        };
        let first = usize::from(matches!(kind, AssignableKind::Userset(_)));
        Assignable {
            type_name: self.one_of(&TYPES[first..]).to_owned(),
            kind,
            condition: (self.below(4) == 0).then(|| CONDITION.to_owned()),
        }
    }

    /// Up to so many tuples that a model takes, each key once.
    pub(super) fn tuples(&mut self, model: &Model, most: usize) -> Vec<WrittenTuple> {
        let mut takes = Vec::new();
        for definition in &model.types {
            for relation in &definition.relations {
                let each = relation.assignable.iter();
                takes.extend(each.map(|one| (&definition.name, &relation.name, one)));
            }
        }
        let (mut tuples, mut keys) = (Vec::new(), BTreeSet::new());
        for _ in 0..most {
            let (type_name, relation, assignable) = self.one_of(&takes);
            let object = format!("{type_name}:{}", self.one_of(&IDS));
            let user = {
                let (name, id) = (&assignable.type_name, self.one_of(&IDS));
                match &assignable.kind {
                    AssignableKind::Object => format!("{name}:{id}"),
                    AssignableKind::Wildcard => format!("{name}:*"),
                    AssignableKind::Userset(relation) => format!("{name}:{id}#{relation}"),
                }
            };
            let follows_from_itself = user == format!("{object}#{relation}");
            let key = (object.clone(), relation.clone(), user.clone());
            if follows_from_itself || !keys.insert(key) {
                continue;
            }
            let condition = assignable.condition.as_ref().map(|name| TupleCondition {
                name: name.clone(),
                context: self.context().unwrap_or_default(),
            });
            tuples.push(WrittenTuple {
                user,
                relation: relation.clone(),
                object,
                condition,
            });
        }
        tuples
    }

    /// What fulfils the condition, what does not, or nothing.
    pub(super) fn context(&mut self) -> Option<JsonObject> {
        self.one_of(&[None, Some(1), Some(9)])
            .map(|x| json(json!({"x": x})))
    }
}

fn has_direct(rewrite: &Rewrite) -> bool {
    match rewrite {
        Rewrite::Direct => true,
        Rewrite::Computed(_) | Rewrite::From { .. } => false,
        Rewrite::Union(parts) | Rewrite::Intersection(parts) => parts.iter().any(has_direct),
        Rewrite::Difference(parts) => has_direct(&parts.0) || has_direct(&parts.1),
    }
}
