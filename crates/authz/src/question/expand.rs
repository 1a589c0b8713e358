//! What makes up a relation to an object, one level deep.

use super::Progress;
use crate::asked::Asked;
use crate::error::{Refusal, Result};
use crate::request::{Answered, Scope, WrittenTuple};
use crate::service::Authz;
use crate::written;
use rebac::Failure;
use rebac::expand::{Branch, Expanded};
use std::sync::Arc;
use types::Call;

/// A relation of an object, with its rewrite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpandTree {
    /// Whoever has the relation: `document:budget#viewer`. Every node is called so.
    pub name: String,
    /// The rewrite.
    pub root: ExpandNode,
}

/// A node of the rewrite, in the words of OpenFGA's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpandNode {
    /// Those whom the tuples name, sorted.
    Users(Vec<String>),
    /// Whoever has another relation to the same object.
    Computed(String),
    /// Whoever has a relation to the objects that a tupleset leads to.
    TupleToUserset {
        /// The tupleset.
        tupleset: String,
        /// The relations to the objects in it.
        computed: Vec<String>,
    },
    /// Any of these.
    Union(Vec<Self>),
    /// All of these.
    Intersection(Vec<Self>),
    /// The first and not the second.
    Difference(Box<(Self, Self)>),
}

impl Authz {
    /// Expands a relation to an object.
    pub async fn expand(
        &self,
        call: &Call,
        scope: Scope,
        object: &str,
        relation: &str,
        contextual: &[WrittenTuple],
    ) -> Result<Answered<ExpandTree>> {
        let (store, view) = self.view(call, scope).await?;
        let object = written::object(object)?;
        let relation = (view.ready).relation(&view.names, object.type_name(), relation);
        let relation = relation.map_err(Refusal::from)?;
        let contextual = written::contextual(&view.ready, &view.names, contextual)?;
        let mut asked = Asked::of(&view, &contextual);
        let number = asked.object(object);
        let unknown = || Refusal::TypeNotFound(object.type_name().to_owned());
        let object = number.ok_or_else(unknown)?;
        let ready = Arc::clone(&view.ready);
        let evaluate = move |asked: &Asked, budget| {
            let expanded = rebac::expand::expand(&ready.plan, asked, (object, relation), budget);
            match expanded {
                Expanded::Done(tree) => Progress::Done(Ok(ExpandTree {
                    name: asked.text(tree.name),
                    root: node(asked, tree.root),
                })),
                Expanded::Missing(missing) => Progress::Missing(missing, None),
                Expanded::TooManySteps => {
                    let message = Failure::<String>::TooManySteps.to_string();
                    Progress::OutOfSteps(Err(Refusal::TooComplex(message)), None)
                }
            }
        };
        let (tree, _, version) = self.settle(call, store, asked, evaluate).await?;
        Ok(Answered {
            value: tree?,
            model: view.model_id,
            version,
        })
    }
}

fn node(asked: &Asked, branch: Branch) -> ExpandNode {
    let texts = |subjects: Vec<rebac::Subject>| {
        let texts = subjects.into_iter().map(|subject| asked.text(subject));
        let mut texts: Vec<_> = texts.collect();
        texts.sort_unstable();
        texts
    };
    let nodes = |branches: Vec<Branch>| {
        let nodes = branches.into_iter().map(|branch| node(asked, branch));
        nodes.collect()
    };
    match branch {
        Branch::Users(users) => ExpandNode::Users(texts(users)),
        Branch::Computed(computed) => ExpandNode::Computed(asked.text(computed)),
        Branch::From { tupleset, computed } => ExpandNode::TupleToUserset {
            tupleset: asked.text(tupleset),
            computed: texts(computed),
        },
        Branch::Union(branches) => ExpandNode::Union(nodes(branches)),
        Branch::Intersection(branches) => ExpandNode::Intersection(nodes(branches)),
        Branch::Difference(parts) => {
            let (base, subtract) = *parts;
            ExpandNode::Difference(Box::new((node(asked, base), node(asked, subtract))))
        }
    }
}
