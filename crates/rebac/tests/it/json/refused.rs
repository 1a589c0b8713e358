//! What is refused in the JSON form of a model, and in which words.

use rebac::json::DEPTH_MAX;
use rebac::{JsonFault, from_json};
use serde_json::{Value, json};

/// The error that a model with this one type definition gives.
fn refused_type(definition: &Value) -> String {
    refused(&json!({ "type_definitions": [{}, definition] }))
}

fn refused(value: &Value) -> String {
    from_json(value).unwrap_err().to_string()
}

#[test]
fn errors_say_where_what_was_found_and_what_was_expected() {
    assert_eq!(refused(&json!([])), "expected an object, found a list");
    assert_eq!(
        refused(&json!({ "type_definitions": { "type": "user" } })),
        "type_definitions: expected a list, found an object"
    );
    assert_eq!(
        refused(&json!({ "typeDefinitions": [null] })),
        "typeDefinitions[0]: expected an object, found null"
    );
    assert_eq!(
        refused(&json!({ "schema_version": 1.1 })),
        "schema_version: expected a text, found the number 1.1"
    );
    let deep = json!({ "relations": { "viewer": { "union": { "child": [
        { "this": {} },
        { "computedUserset": { "relation": true } },
    ] } } } });
    assert_eq!(
        refused_type(&deep),
        "type_definitions[1].relations.viewer.union.child[1].computedUserset.relation: \
         expected a text, found `true`"
    );
    let odd = json!({ "relations": { "a b": 7 } });
    assert_eq!(
        refused_type(&odd),
        "type_definitions[1].relations[\"a b\"]: expected an object, found the number 7"
    );
    let half = json!({ "relations": { "r": { "difference": { "base": { "this": {} } } } } });
    assert_eq!(
        refused_type(&half),
        "type_definitions[1].relations.r.difference.subtract: expected a rewrite, found nothing"
    );
}

#[test]
fn of_two_fields_that_exclude_each_other_neither_wins() {
    let twice = json!({ "type_definitions": [], "typeDefinitions": [] });
    assert_eq!(
        refused(&twice),
        "expected one of `type_definitions` and `typeDefinitions`, found both"
    );
    let kinds = json!({ "relations": { "r": { "this": {}, "union": {} } } });
    assert_eq!(
        refused_type(&kinds),
        "type_definitions[1].relations.r: expected one of `this` and `union`, found both"
    );
    let both = json!({ "type": "user", "relation": "r", "wildcard": {} });
    let both = json!({ "metadata": { "relations": { "r": {
        "directly_related_user_types": [both],
    } } } });
    assert!(refused_type(&both).ends_with("expected one of `relation` and `wildcard`, found both"));
}

#[test]
fn mistakes_in_the_model_are_told_from_malformed_json() {
    let is_malformed = |value: &Value| from_json(value).unwrap_err().fault.is_malformed();
    let one_relation = |rewrite: Value| json!({ "type_definitions": [{ "type": "repo", "relations": { "owner": rewrite } }] });
    assert!(is_malformed(&json!(3)));
    assert!(is_malformed(&one_relation(json!({ "this": 1 }))));
    assert!(is_malformed(&one_relation(json!({ "difference": {} }))));
    for schema in ["1.0", "1.3", "0.9", "latest"] {
        let value = json!({ "schema_version": schema });
        assert!(!is_malformed(&value));
        assert!(
            refused(&value).contains("invalid schema version"),
            "{schema}"
        );
    }
    let nothing = one_relation(json!({}));
    assert!(!is_malformed(&nothing));
    assert!(refused(&nothing).contains(
        "the definition of relation 'owner' in object type 'repo' is invalid: \
         invalid userset rewrite definition"
    ));
    let unnamed = json!({ "type_definitions": [{ "metadata": { "relations": { "r": {
        "directly_related_user_types": [{ "type": "user", "relation": "" }],
    } } } }] });
    assert!(!is_malformed(&unnamed));
    assert!(refused(&unnamed).contains("empty relation reference"));
}

#[test]
fn a_condition_stands_under_its_own_name() {
    let named = |name: &str| json!({ "conditions": { "one": { "name": name } } });
    assert!(from_json(&named("one")).is_ok());
    let error = from_json(&named("two")).unwrap_err();
    assert!(!error.fault.is_malformed());
    assert_eq!(
        error.to_string(),
        "conditions.one: condition key 'one' does not match condition name 'two'"
    );
}

#[test]
fn parameters_have_known_types_with_as_many_types_in_them_as_they_take() {
    let parameter = |of: Value| {
        json!({ "conditions": { "c": {
        "name": "c", "parameters": { "p": of },
    } } })
    };
    let reason = |of: Value| match from_json(&parameter(of)).unwrap_err().fault {
        JsonFault::ParameterType { reason, .. } => reason,
        other => panic!("{other:?}"),
    };
    let text = json!({ "type_name": "TYPE_NAME_STRING" });
    let map = |inner: &[&Value]| json!({ "type_name": "TYPE_NAME_MAP", "generic_types": inner });
    assert!(from_json(&parameter(text.clone())).is_ok());
    assert!(from_json(&parameter(map(&[&text]))).is_ok());
    for unknown in [
        json!({}),
        json!({ "type_name": "TYPE_NAME_UNSPECIFIED" }),
        json!({ "type_name": "TYPE_NAME_COLOUR" }),
        json!({ "type_name": 12 }),
        json!({ "type_name": -1 }),
    ] {
        assert_eq!(
            reason(unknown),
            "unknown condition parameter type `TYPE_NAME_UNSPECIFIED`"
        );
    }
    assert_eq!(
        reason(map(&[])),
        "condition parameter type `TYPE_NAME_MAP` requires 1 generic types; found 0"
    );
    assert_eq!(
        reason(map(&[&text, &text])),
        "condition parameter type `TYPE_NAME_MAP` requires 1 generic types; found 2"
    );
    assert_eq!(
        reason(json!({ "type_name": "TYPE_NAME_BOOL", "generic_types": [text] })),
        "condition parameter type `TYPE_NAME_BOOL` requires 0 generic types; found 1"
    );
    assert!(refused(&parameter(json!({}))).contains(
        "failed to compile expression on condition 'c' - failed to decode parameter type \
             for parameter 'p': unknown condition parameter type"
    ));
}

#[test]
fn nesting_ends_at_the_limit() {
    let nested = |depth: usize| {
        let mut rewrite = json!({ "this": {} });
        for _ in 1..depth {
            rewrite = json!({ "union": { "child": [rewrite] } });
        }
        json!({ "type_definitions": [{ "relations": { "r": rewrite } }] })
    };
    assert!(from_json(&nested(DEPTH_MAX)).is_ok());
    let error = from_json(&nested(DEPTH_MAX + 1)).unwrap_err();
    assert_eq!(error.fault, JsonFault::TooDeep);
    let listed = |depth: usize| {
        let mut of = json!({ "type_name": "TYPE_NAME_INT" });
        for _ in 1..depth {
            of = json!({ "type_name": "TYPE_NAME_LIST", "generic_types": [of] });
        }
        json!({ "conditions": { "c": { "name": "c", "parameters": { "p": of } } } })
    };
    assert!(from_json(&listed(DEPTH_MAX)).is_ok());
    let error = from_json(&listed(DEPTH_MAX + 1)).unwrap_err();
    assert_eq!(error.fault, JsonFault::TooDeep);
}
