//! Types in JSON: their relations, and beside them in `metadata` what may be assigned to these.

use serde_json::{Value, json};

use super::cursor::{At, Name, object};
use super::rewrites::{self, Owner};
use super::{JsonError, JsonFault, read_definition, write_definition};
use crate::model::{Assignable, AssignableKind, Definition, Relation, TypeDefinition};

const TYPE: Name = Name("type", "type");
const RELATIONS: Name = Name("relations", "relations");
const METADATA: Name = Name("metadata", "metadata");
const ASSIGNABLE: Name = Name("directly_related_user_types", "directlyRelatedUserTypes");
const RELATION: Name = Name("relation", "relation");
const WILDCARD: Name = Name("wildcard", "wildcard");
const CONDITION: Name = Name("condition", "condition");

/// Reads a type. What `metadata` says of relations that the type does not have is ignored.
pub(super) fn read(at: &At<'_>) -> Result<TypeDefinition, JsonError> {
    let name = at.text_of(TYPE)?;
    let mut read = TypeDefinition {
        name: name.to_owned(),
        ..TypeDefinition::default()
    };
    if let Some(relations) = at.field(RELATIONS)? {
        for (relation, at) in relations.entries()? {
            let owner = Owner {
                type_name: name,
                relation,
            };
            read.relations.push(Relation {
                name: relation.to_owned(),
                rewrite: rewrites::read(&at, owner)?,
                assignable: Vec::new(),
                definition: Definition::default(),
            });
        }
    }
    if let Some(metadata) = at.field(METADATA)? {
        read_metadata(&metadata, &mut read)?;
    }
    Ok(read)
}

/// Writes a type. Metadata is `null` only where there is nothing to say.
pub(super) fn write(definition: &TypeDefinition) -> Value {
    let relations = &definition.relations;
    let rewrites = relations
        .iter()
        .map(|relation| (relation.name.as_str(), rewrites::write(&relation.rewrite)));
    let has_metadata = !relations.is_empty() || definition.definition != Definition::default();
    json!({
        "type": definition.name,
        "relations": object(rewrites),
        "metadata": has_metadata.then(|| write_metadata(definition)),
    })
}

fn read_metadata(at: &At<'_>, read: &mut TypeDefinition) -> Result<(), JsonError> {
    read.definition = read_definition(at)?;
    let Some(relations) = at.field(RELATIONS)? else {
        return Ok(());
    };
    for (name, at) in relations.entries()? {
        // Both sides are sorted by name.
        let known = read
            .relations
            .binary_search_by(|relation| relation.name.as_str().cmp(name));
        let assignable = read_assignables(&at)?;
        let definition = read_definition(&at)?;
        let relation = known.ok().and_then(|index| read.relations.get_mut(index));
        if let Some(relation) = relation {
            relation.assignable = assignable;
            relation.definition = definition;
        }
    }
    Ok(())
}

fn read_assignables(at: &At<'_>) -> Result<Vec<Assignable>, JsonError> {
    let Some(assignables) = at.field(ASSIGNABLE)? else {
        return Ok(Vec::new());
    };
    assignables.items()?.iter().map(read_assignable).collect()
}

fn read_assignable(at: &At<'_>) -> Result<Assignable, JsonError> {
    let type_name = at.text_of(TYPE)?;
    let kind = match (at.field(RELATION)?, at.field(WILDCARD)?) {
        (Some(_), Some(_)) => return Err(at.both(RELATION.0, WILDCARD.0)),
        (None, None) => AssignableKind::Object,
        (None, Some(wildcard)) => {
            wildcard.object()?;
            AssignableKind::Wildcard
        }
        (Some(relation), None) => match relation.text()? {
            "" => {
                return Err(relation.fault(JsonFault::EmptyRelation(type_name.to_owned())));
            }
            name => AssignableKind::Userset(name.to_owned()),
        },
    };
    let condition = at.text_of(CONDITION)?;
    Ok(Assignable {
        type_name: type_name.to_owned(),
        kind,
        condition: (!condition.is_empty()).then(|| condition.to_owned()),
    })
}

fn write_metadata(definition: &TypeDefinition) -> Value {
    let (module, source_info) = write_definition(&definition.definition);
    let relations = definition.relations.iter().map(|relation| {
        let (module, source_info) = write_definition(&relation.definition);
        let assignables: Vec<_> = relation.assignable.iter().map(write_assignable).collect();
        let metadata = json!({
            "directly_related_user_types": assignables,
            "module": module,
            "source_info": source_info,
        });
        (relation.name.as_str(), metadata)
    });
    json!({
        "relations": object(relations),
        "module": module,
        "source_info": source_info,
    })
}

/// Of `relation` and `wildcard` only the one that is set is written.
fn write_assignable(assignable: &Assignable) -> Value {
    let type_name = &assignable.type_name;
    let condition = assignable.condition.as_deref().unwrap_or_default();
    match &assignable.kind {
        AssignableKind::Object => json!({ "type": type_name, "condition": condition }),
        AssignableKind::Wildcard => {
            json!({ "type": type_name, "wildcard": {}, "condition": condition })
        }
        AssignableKind::Userset(relation) => {
            json!({ "type": type_name, "relation": relation, "condition": condition })
        }
    }
}
