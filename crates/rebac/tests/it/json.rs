//! The JSON form of models: what is read, and what is written.

mod any_text;
mod random;
mod refused;

use rebac::{
    Assignable, AssignableKind, Model, ParameterType, Rewrite, Schema, from_json, to_json,
};
use serde_json::{Value, json};

/// A model in which everything that the form has occurs.
fn full() -> Value {
    json!({
        "schema_version": "1.2",
        "type_definitions": [
            { "type": "user", "relations": {}, "metadata": null },
            {
                "type": "document",
                "relations": {
                    "blocked": { "this": {} },
                    "parent": { "this": {} },
                    "viewer": { "difference": {
                        "base": { "union": { "child": [
                            { "this": {} },
                            { "computedUserset": { "object": "", "relation": "owner" } },
                            { "tupleToUserset": {
                                "tupleset": { "object": "", "relation": "parent" },
                                "computedUserset": { "object": "", "relation": "viewer" },
                            } },
                        ] } },
                        "subtract": { "intersection": { "child": [
                            { "computedUserset": { "object": "", "relation": "blocked" } },
                            { "computedUserset": { "object": "", "relation": "owner" } },
                        ] } },
                    } },
                },
                "metadata": {
                    "relations": {
                        "blocked": {
                            "directly_related_user_types": [
                                { "type": "user", "condition": "" },
                                { "type": "user", "wildcard": {}, "condition": "" },
                                { "type": "group", "relation": "member", "condition": "lately" },
                            ],
                            "module": "blocking",
                            "source_info": { "file": "blocking.fga" },
                        },
                        "parent": {
                            "directly_related_user_types": [],
                            "module": "",
                            "source_info": null,
                        },
                        "viewer": {
                            "directly_related_user_types": [],
                            "module": "",
                            "source_info": null,
                        },
                    },
                    "module": "core",
                    "source_info": { "file": "core.fga" },
                },
            },
        ],
        "conditions": full_conditions(),
    })
}

fn full_conditions() -> Value {
    json!({
        "lately": {
            "name": "lately",
            "expression": "at < until",
            "parameters": {
                "at": { "type_name": "TYPE_NAME_TIMESTAMP", "generic_types": [] },
                "tags": {
                    "type_name": "TYPE_NAME_LIST",
                    "generic_types": [
                        { "type_name": "TYPE_NAME_MAP", "generic_types": [
                            { "type_name": "TYPE_NAME_ANY", "generic_types": [] },
                        ] },
                    ],
                },
            },
            "metadata": { "module": "core", "source_info": null },
        },
        "never": {
            "name": "never",
            "expression": "false",
            "parameters": {},
            "metadata": null,
        },
    })
}

#[test]
fn what_a_server_answers_is_read_and_written_the_same() {
    let model = from_json(&full()).unwrap();
    assert_eq!(to_json(&model), full());
    assert_eq!(from_json(&to_json(&model)), Ok(model));
}

#[test]
fn everything_lands_where_it_belongs() {
    let model = from_json(&full()).unwrap();
    assert_eq!(model.schema, Schema::V1_2);
    let document = model.type_of("document").unwrap();
    assert_eq!(document.definition.module.as_deref(), Some("core"));
    let names: Vec<_> = document.relations.iter().map(|one| &one.name).collect();
    assert_eq!(names, ["blocked", "parent", "viewer"]);
    let blocked = document.relation("blocked").unwrap();
    assert_eq!(blocked.definition.file.as_deref(), Some("blocking.fga"));
    let group_members = Assignable {
        type_name: "group".to_owned(),
        kind: AssignableKind::Userset("member".to_owned()),
        condition: Some("lately".to_owned()),
    };
    assert_eq!(blocked.assignable[1].kind, AssignableKind::Wildcard);
    assert_eq!(blocked.assignable[2], group_members);
    let Rewrite::Difference(sides) = &document.relation("viewer").unwrap().rewrite else {
        panic!("viewer is a difference");
    };
    let Rewrite::Union(children) = &sides.0 else {
        panic!("its base is a union");
    };
    let from_parent = Rewrite::From {
        computed: "viewer".to_owned(),
        tupleset: "parent".to_owned(),
    };
    assert_eq!(children[2], from_parent);
    let tags = ParameterType::List(Box::new(ParameterType::Map(Box::new(ParameterType::Any))));
    assert_eq!(
        model.condition("lately").unwrap().parameters[1],
        ("tags".to_owned(), tags)
    );
}

#[test]
fn both_spellings_of_a_field_are_understood_and_unknown_fields_ignored() {
    let spelled = json!({
        "schemaVersion": "1.2", "id": "01H", "whatever": [1],
        "typeDefinitions": [{
            "type": "document", "new": {},
            "relations": {
                "owner": { "this": {}, "hint": 1 },
                "viewer": { "computed_userset": { "relation": "owner" } },
                "reader": { "tuple_to_userset": {
                    "tupleset": { "relation": "owner" },
                    "computed_userset": { "relation": "viewer" },
                } },
            },
            "metadata": {
                "relations": { "owner": {
                    "directlyRelatedUserTypes": [{ "type": "user" }],
                    "sourceInfo": { "file": "a.fga" },
                } },
            },
        }],
        "conditions": { "c": { "name": "c", "parameters": {
            "p": { "typeName": "TYPE_NAME_LIST", "genericTypes": [{ "typeName": 3 }] },
        } } },
    });
    let model = from_json(&spelled).unwrap();
    let written = to_json(&model);
    let document = &written["type_definitions"][0];
    assert_eq!(written["schema_version"], "1.2");
    assert_eq!(
        document["relations"]["reader"]["tupleToUserset"]["computedUserset"]["relation"],
        "viewer"
    );
    let owner = &document["metadata"]["relations"]["owner"];
    assert_eq!(owner["directly_related_user_types"][0]["type"], "user");
    assert_eq!(owner["source_info"]["file"], "a.fga");
    let parameter = &written["conditions"]["c"]["parameters"]["p"];
    assert_eq!(
        parameter["generic_types"][0]["type_name"],
        "TYPE_NAME_STRING"
    );
}

#[test]
fn what_is_absent_or_null_is_empty() {
    let empty = Model::default();
    assert_eq!(from_json(&json!({})), Ok(empty.clone()));
    let nulls = json!({ "schema_version": null, "type_definitions": null, "conditions": null });
    assert_eq!(from_json(&nulls), Ok(empty.clone()));
    assert_eq!(from_json(&json!({ "schema_version": "" })), Ok(empty));
    let bare = json!({ "type_definitions": [
        { "type": "user" },
        { "type": "a", "relations": { "r": { "this": {}, "union": null } } },
        { "type": "b", "relations": null, "metadata": { "relations": { "gone": {} } } },
    ] });
    let model = from_json(&bare).unwrap();
    assert_eq!(model.relation("a", "r").unwrap().assignable, []);
    assert_eq!(model.type_of("b").unwrap().relations, []);
}
