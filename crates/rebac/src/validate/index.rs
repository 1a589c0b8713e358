//! A model's relations numbered in the order of their names, and found by name.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Model, Relation, Rewrite};
use crate::place::Item;

/// The relations of a model. Of several types or relations of one name, the first counts.
#[derive(Debug)]
pub(super) struct Index<'m> {
    types: BTreeMap<&'m str, BTreeMap<&'m str, usize>>,
    relations: Vec<Entry<'m>>,
    conditions: BTreeSet<&'m str>,
}

/// A relation and the type that has it.
#[derive(Debug)]
pub(super) struct Entry<'m> {
    /// The type.
    pub(super) type_name: &'m str,
    /// The relation.
    pub(super) relation: &'m Relation,
    /// Whether it stands behind a `from`.
    pub(super) is_tupleset: bool,
    /// The types it may be assigned objects of, each once; only those that exist, so that they are
    /// as few as types are.
    pub(super) targets: BTreeSet<&'m str>,
}

impl<'m> Index<'m> {
    /// Numbers the relations of a model.
    pub(super) fn new(model: &'m Model) -> Self {
        let mut first: BTreeMap<&str, BTreeMap<&str, &Relation>> = BTreeMap::new();
        for definition in &model.types {
            if first.contains_key(definition.name.as_str()) {
                continue;
            }
            let relations = first.entry(&definition.name).or_default();
            for relation in &definition.relations {
                relations.entry(&relation.name).or_insert(relation);
            }
        }
        let mut index = Self {
            types: BTreeMap::new(),
            relations: Vec::new(),
            conditions: model
                .conditions
                .iter()
                .map(|condition| condition.name.as_str())
                .collect(),
        };
        let type_names: BTreeSet<&str> = first.keys().copied().collect();
        for (type_name, relations) in first {
            index.add(type_name, relations, &type_names);
        }
        index
    }

    /// Every relation, sorted by type and name; its place is its number.
    pub(super) fn relations(&self) -> &[Entry<'m>] {
        &self.relations
    }

    /// The names of the types, sorted.
    pub(super) fn type_names(&self) -> impl Iterator<Item = &'m str> {
        self.types.keys().copied()
    }

    /// The number of a relation.
    pub(super) fn number(&self, type_name: &str, relation: &str) -> Option<usize> {
        self.types.get(type_name)?.get(relation).copied()
    }

    /// A relation.
    pub(super) fn find(&self, type_name: &str, relation: &str) -> Option<&Entry<'m>> {
        self.relations.get(self.number(type_name, relation)?)
    }

    /// Whether there is such a type.
    pub(super) fn has_type(&self, type_name: &str) -> bool {
        self.types.contains_key(type_name)
    }

    /// Whether there is such a condition.
    pub(super) fn has_condition(&self, condition: &str) -> bool {
        self.conditions.contains(condition)
    }

    fn add(
        &mut self,
        type_name: &'m str,
        relations: BTreeMap<&'m str, &'m Relation>,
        type_names: &BTreeSet<&'m str>,
    ) {
        let tuplesets: BTreeSet<&str> = relations
            .values()
            .flat_map(|relation| rewrites(&relation.rewrite))
            .filter_map(|rewrite| match rewrite {
                Rewrite::From { tupleset, .. } => Some(tupleset.as_str()),
                _ => None,
            })
            .collect();
        let mut numbers = BTreeMap::new();
        for (name, relation) in relations {
            numbers.insert(name, self.relations.len());
            let targets = relation.assignable.iter();
            let targets = targets.map(|assignable| assignable.type_name.as_str());
            self.relations.push(Entry {
                type_name,
                relation,
                is_tupleset: tuplesets.contains(name),
                targets: targets.filter(|name| type_names.contains(name)).collect(),
            });
        }
        self.types.insert(type_name, numbers);
    }
}

impl Entry<'_> {
    /// The item of the relation.
    pub(super) fn item(&self) -> Item {
        Item::Relation {
            type_name: self.type_name.to_owned(),
            relation: self.relation.name.clone(),
        }
    }

    /// The item of a relation that its rewrite names.
    pub(super) fn reference(&self, named: &str) -> Item {
        Item::Reference {
            type_name: self.type_name.to_owned(),
            relation: self.relation.name.clone(),
            named: named.to_owned(),
        }
    }

    /// The item of one of its assignable types.
    pub(super) fn assignable(&self, index: usize) -> Item {
        Item::Assignable {
            type_name: self.type_name.to_owned(),
            relation: self.relation.name.clone(),
            index,
        }
    }

    /// The message that its definition is invalid.
    pub(super) fn is_invalid(&self, reason: &str) -> String {
        let (type_name, relation) = (self.type_name, &self.relation.name);
        format!(
            "the definition of relation '{relation}' in object type '{type_name}' is invalid: \
             {reason}"
        )
    }
}

/// A rewrite and all within it, in the order in which they are written.
pub(super) fn rewrites(rewrite: &Rewrite) -> impl Iterator<Item = &Rewrite> {
    let mut waiting = vec![rewrite];
    std::iter::from_fn(move || {
        let next = waiting.pop()?;
        match next {
            Rewrite::Direct | Rewrite::Computed(_) | Rewrite::From { .. } => {}
            Rewrite::Union(children) | Rewrite::Intersection(children) => {
                waiting.extend(children.iter().rev());
            }
            Rewrite::Difference(sides) => waiting.extend([&sides.1, &sides.0]),
        }
        Some(next)
    })
}
