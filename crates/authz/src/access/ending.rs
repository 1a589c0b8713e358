//! When a decision ends by itself: where it rests on a tuple that expires.

use super::decide::Decision;
use super::error::Result;
use super::resource::{Resource, key, user};
use super::word::{Kind, Method, Permission};
use super::{Access, STORE};
use std::collections::BTreeMap;
use store::tuples;
use types::{Call, Object, Subject, Time, TupleKey, UserId};

/// Tuples that are looked at for the endings of one answer.
const TUPLES_MAX: usize = 1_000;

impl Access {
    /// Adds when decisions end, in a round trip or three for all of them; most rest on nothing
    /// that ends, and cost none.
    pub(super) async fn add_endings(
        &self,
        call: &Call,
        user_id: UserId,
        decisions: &mut [Decision],
    ) -> Result<()> {
        let ends = |decision: &&mut Decision| relations(decision).is_some();
        let mut ending: Vec<_> = decisions.iter_mut().filter(ends).collect();
        if ending.is_empty() {
            return Ok(());
        }
        let above = self
            .above(call, ending.iter().map(|one| one.item.resource))
            .await?;
        let mut keys = Vec::new();
        for decision in &ending {
            keys.extend(resting_on(decision, &above, user_id));
        }
        keys.sort_unstable();
        keys.dedup();
        let known = self.authz().known(call, STORE).await?;
        let found = tuples::find_all(&mut self.db(call), known.number, &keys).await?;
        let found: BTreeMap<_, _> = found
            .into_iter()
            .map(|stored| (stored.tuple.key, stored.tuple.expires_at))
            .collect();
        for decision in &mut ending {
            let tuples = resting_on(decision, &above, user_id);
            let ends = tuples.filter_map(|key| found.get(&key));
            let ends = ends.filter(|at| at.is_none_or(|at| at > call.now));
            // Of several the last counts; one that never ends outlasts them all.
            decision.expires_at = ends
                .copied()
                .map(|at| at.unwrap_or(Time(i64::MAX)))
                .max()
                .filter(|at| *at != Time(i64::MAX));
        }
        Ok(())
    }

    /// What each resource lies in: its generation, and the project of that.
    async fn above(
        &self,
        call: &Call,
        resources: impl Iterator<Item = Resource>,
    ) -> Result<BTreeMap<Object, Vec<Object>>> {
        let known = self.authz().known(call, STORE).await?;
        let mut above: BTreeMap<Object, Vec<Object>> = BTreeMap::new();
        let mut open: Vec<Object> = resources.map(Resource::object).collect();
        for _ in 0..2 {
            open.sort_unstable();
            open.dedup();
            let wanted = open.iter().filter_map(|object| {
                let relation = relation_above(object.type_name())?;
                Some((object.clone(), relation.to_owned()))
            });
            let wanted = tuples::Wanted {
                objects: wanted.collect(),
                ..tuples::Wanted::default()
            };
            if wanted.is_empty() {
                break;
            }
            let mut snapshot = self.db(call).snapshot().await?;
            let number = known.number;
            let loaded = tuples::load_at(&mut snapshot, number, &wanted, call.now, TUPLES_MAX);
            let found = loaded.await?.map(|(_, found)| found.objects);
            open.clear();
            for tuple in found.unwrap_or_default() {
                if let Subject::Object(subject) = tuple.key.subject {
                    open.push(subject.clone());
                    above.entry(tuple.key.object).or_default().push(subject);
                }
            }
        }
        Ok(above)
    }
}

/// What something of a type lies in.
fn relation_above(type_name: &str) -> Option<&'static str> {
    match Kind::parse(type_name)? {
        Kind::Media => Some("generation"),
        Kind::Generation => Some("project"),
        Kind::Project | Kind::StyleStack => None,
    }
}

/// The relations whose tuples a decision may rest on and that may end.
fn relations(decision: &Decision) -> Option<&'static [&'static str]> {
    match (decision.method?, decision.item.permission) {
        (Method::ProjectCollaboration, Permission::View | Permission::Download) => {
            Some(&["reader", "writer"])
        }
        (Method::ProjectCollaboration, _) => Some(&["writer"]),
        (Method::EmergencyAccess, _) => Some(&["emergency_reader"]),
        _ => None,
    }
}

/// The tuples that a decision may rest on: about the resource and whatever it lies in.
fn resting_on<'a>(
    decision: &Decision,
    above: &'a BTreeMap<Object, Vec<Object>>,
    user_id: UserId,
) -> impl Iterator<Item = TupleKey> + use<'a> {
    let relations = relations(decision).unwrap_or_default();
    let mut objects = vec![decision.item.resource.object()];
    let mut at = 0;
    while let Some(object) = objects.get(at).cloned() {
        objects.extend(above.get(&object).into_iter().flatten().cloned());
        at += 1;
    }
    objects.into_iter().flat_map(move |object| {
        let key = move |relation: &&str| key(&object, relation, user(user_id));
        relations.iter().map(key)
    })
}
