//! A second evaluator, as plain as can be and written apart: it follows texts through the model and
//! the list of all tuples, along every path, and remembers nothing.

use crate::worlds::{Stored, Verdict};
use rebac::{AssignableKind, Model, Rewrite};
use types::{Object, Subject};

/// What is asked of whom.
pub(crate) struct Reference<'a> {
    pub(crate) model: &'a Model,
    pub(crate) tuples: &'a [Stored],
    pub(crate) subject: &'a Subject,
    /// Tuples in a chain that are followed.
    pub(crate) depth: usize,
}

/// The answer at one point of one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Yes,
    No,
    /// No, with a circle on the way.
    Circle,
    Broken,
}

/// The objects and relations on the way, and how many tuples lie between them.
#[derive(Clone, Default)]
struct Path {
    met: Vec<(Object, String)>,
    tuples: usize,
}

impl Reference<'_> {
    pub(crate) fn ask(&self, object: &Object, relation: &str) -> Found {
        self.at(object, relation, &Path::default())
    }

    fn at(&self, object: &Object, relation: &str, path: &Path) -> Found {
        if path.tuples >= self.depth {
            return Found::Broken;
        }
        let here = (object.clone(), relation.to_owned());
        if *self.subject == Subject::Userset(here.0.clone(), here.1.clone()) {
            return Found::Yes;
        }
        if path.met.contains(&here) {
            return Found::Circle;
        }
        let Some(found) = self.model.relation(object.type_name(), relation) else {
            return Found::No;
        };
        let mut path = path.clone();
        path.met.push(here);
        self.rewrite(object, relation, &found.rewrite, &path)
    }

    fn rewrite(&self, object: &Object, relation: &str, rewrite: &Rewrite, path: &Path) -> Found {
        let part = |rewrite| self.rewrite(object, relation, rewrite, path);
        match rewrite {
            Rewrite::Direct => any(self.direct(object, relation, path)),
            Rewrite::Computed(other) => self.at(object, other, path),
            Rewrite::From { computed, tupleset } => {
                let led = self.counting(object, tupleset);
                any(led.filter_map(|(subject, verdict)| match subject {
                    Subject::Object(next) => {
                        self.model.relation(next.type_name(), computed)?;
                        Some(after(verdict, || self.at(next, computed, &path.behind())))
                    }
                    _ => None,
                }))
            }
            Rewrite::Union(parts) => any(parts.iter().map(part)),
            Rewrite::Intersection(parts) => all(parts.iter().map(part)),
            Rewrite::Difference(parts) => {
                let is_not = match part(&parts.1) {
                    Found::Yes => Found::No,
                    Found::No => Found::Yes,
                    other => other,
                };
                all([part(&parts.0), is_not])
            }
        }
    }

    fn direct(&self, object: &Object, relation: &str, path: &Path) -> Vec<Found> {
        let everybody = Subject::Wildcard(self.subject.type_name().to_owned());
        let is_one = matches!(self.subject, Subject::Object(_));
        let led = self.counting(object, relation);
        led.map(|(subject, verdict)| match subject {
            same if same == self.subject => after(verdict, || Found::Yes),
            public if is_one && *public == everybody => after(verdict, || Found::Yes),
            Subject::Userset(next, relation) => {
                after(verdict, || self.at(next, relation, &path.behind()))
            }
            _ => Found::No,
        })
        .collect()
    }

    /// The tuples of an object and a relation that the model allows.
    fn counting(
        &self,
        object: &Object,
        relation: &str,
    ) -> impl Iterator<Item = (&Subject, Option<Verdict>)> {
        let allowed = self.model.relation(object.type_name(), relation);
        let of_set = self.tuples.iter().filter(move |stored| {
            stored.key.object == *object
                && stored.key.relation == relation
                && allowed.is_some_and(|allowed| {
                    allowed.assignable.iter().any(|one| {
                        one.type_name == stored.key.subject.type_name()
                            && one.kind == kind_of(&stored.key.subject)
                            && one.condition.as_deref() == stored.condition_name()
                    })
                })
        });
        of_set
            .map(|stored| (&stored.key.subject, stored.verdict))
            .collect::<Vec<_>>()
            .into_iter()
    }
}

impl Path {
    /// The way behind one more tuple.
    fn behind(&self) -> Self {
        Self {
            tuples: self.tuples + 1,
            ..self.clone()
        }
    }
}

fn kind_of(subject: &Subject) -> AssignableKind {
    match subject {
        Subject::Object(_) => AssignableKind::Object,
        Subject::Wildcard(_) => AssignableKind::Wildcard,
        Subject::Userset(_, relation) => AssignableKind::Userset(relation.clone()),
    }
}

/// What lies behind a tuple, if its condition holds.
fn after(verdict: Option<Verdict>, next: impl FnOnce() -> Found) -> Found {
    match verdict {
        None | Some(Verdict::Holds) => next(),
        Some(Verdict::Fails) => Found::No,
        Some(Verdict::Breaks) => Found::Broken,
    }
}

fn any(found: impl IntoIterator<Item = Found>) -> Found {
    let found: Vec<_> = found.into_iter().collect();
    let order = [Found::Yes, Found::Broken, Found::Circle];
    let first = order.into_iter().find(|one| found.contains(one));
    first.unwrap_or(Found::No)
}

fn all(found: impl IntoIterator<Item = Found>) -> Found {
    let found: Vec<_> = found.into_iter().collect();
    let order = [Found::No, Found::Broken, Found::Circle];
    let first = order.into_iter().find(|one| found.contains(one));
    first.unwrap_or(Found::Yes)
}
