//! Rewrites in JSON: `this`, `computedUserset`, `tupleToUserset` and the three operators.

use serde_json::{Value, json};

use super::cursor::{At, Name};
use super::{DEPTH_MAX, JsonError, JsonFault};
use crate::model::Rewrite;

const THIS: Name = Name("this", "this");
const COMPUTED: Name = Name("computed_userset", "computedUserset");
const FROM: Name = Name("tuple_to_userset", "tupleToUserset");
const UNION: Name = Name("union", "union");
const INTERSECTION: Name = Name("intersection", "intersection");
const DIFFERENCE: Name = Name("difference", "difference");
const KINDS: [Name; 6] = [THIS, COMPUTED, FROM, UNION, INTERSECTION, DIFFERENCE];

const CHILD: Name = Name("child", "child");
const BASE: Name = Name("base", "base");
const SUBTRACT: Name = Name("subtract", "subtract");
const RELATION: Name = Name("relation", "relation");
const TUPLESET: Name = Name("tupleset", "tupleset");

/// Whose rewrite it is, for the error that it has none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    /// The type.
    pub(super) type_name: &'a str,
    /// Its relation.
    pub(super) relation: &'a str,
}

/// Reads the rewrite of a relation.
pub(super) fn read(at: &At<'_>, owner: Owner<'_>) -> Result<Rewrite, JsonError> {
    read_nested(at, owner, 1)
}

/// Writes a rewrite. The depth of the call is the depth of the rewrite, which its readers bound.
pub(super) fn write(rewrite: &Rewrite) -> Value {
    match rewrite {
        Rewrite::Direct => json!({ "this": {} }),
        Rewrite::Computed(relation) => json!({ "computedUserset": userset(relation) }),
        Rewrite::From { computed, tupleset } => json!({ "tupleToUserset": {
            "tupleset": userset(tupleset),
            "computedUserset": userset(computed),
        } }),
        Rewrite::Union(children) => json!({ "union": write_children(children) }),
        Rewrite::Intersection(children) => json!({ "intersection": write_children(children) }),
        Rewrite::Difference(sides) => json!({ "difference": {
            "base": write(&sides.0),
            "subtract": write(&sides.1),
        } }),
    }
}

fn read_nested(at: &At<'_>, owner: Owner<'_>, depth: usize) -> Result<Rewrite, JsonError> {
    if depth > DEPTH_MAX {
        return Err(at.fault(JsonFault::TooDeep));
    }
    let Some((kind, inner)) = only_kind(at)? else {
        return Err(at.fault(JsonFault::NoRewrite {
            type_name: owner.type_name.to_owned(),
            relation: owner.relation.to_owned(),
        }));
    };
    let side = |name: Name| {
        let side = inner.required(name, "a rewrite")?;
        read_nested(&side, owner, depth + 1)
    };
    match kind.0 {
        "computed_userset" => inner.text_of(RELATION).map(owned).map(Rewrite::Computed),
        "tuple_to_userset" => Ok(Rewrite::From {
            computed: named_relation(&inner, COMPUTED)?,
            tupleset: named_relation(&inner, TUPLESET)?,
        }),
        "union" => read_children(&inner, owner, depth).map(Rewrite::Union),
        "intersection" => read_children(&inner, owner, depth).map(Rewrite::Intersection),
        "difference" => Ok(Rewrite::Difference(Box::new((
            side(BASE)?,
            side(SUBTRACT)?,
        )))),
        _ => inner.object().map(|_| Rewrite::Direct),
    }
}

/// The one field of a rewrite that says which kind it is of.
fn only_kind<'v>(at: &At<'v>) -> Result<Option<(Name, At<'v>)>, JsonError> {
    let mut found: Option<(Name, At<'v>)> = None;
    for kind in KINDS {
        let Some(inner) = at.field(kind)? else {
            continue;
        };
        if let Some((before, _)) = found {
            return Err(at.both(before.1, kind.1));
        }
        found = Some((kind, inner));
    }
    Ok(found)
}

fn read_children(at: &At<'_>, owner: Owner<'_>, depth: usize) -> Result<Vec<Rewrite>, JsonError> {
    let Some(children) = at.field(CHILD)? else {
        return Ok(Vec::new());
    };
    let children = children.items()?;
    let read_child = |child: &At<'_>| read_nested(child, owner, depth + 1);
    children.iter().map(read_child).collect()
}

fn named_relation(at: &At<'_>, name: Name) -> Result<String, JsonError> {
    let relation = at.field(name)?.map(|at| at.text_of(RELATION));
    relation.unwrap_or(Ok("")).map(owned)
}

fn owned(text: &str) -> String {
    text.to_owned()
}

fn userset(relation: &str) -> Value {
    json!({ "object": "", "relation": relation })
}

fn write_children(children: &[Rewrite]) -> Value {
    json!({ "child": children.iter().map(write).collect::<Vec<_>>() })
}
