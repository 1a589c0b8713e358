//! Tests of how fields are read, and of what is told about those that cannot be.

use super::super::pattern;
use super::*;
use serde_json::json;

fn told<T: std::fmt::Debug>(result: Result<T, Failure>) -> (&'static str, String) {
    let failure = result.unwrap_err();
    let (code, message) = failure.told();
    (code.name(), message.to_owned())
}

#[test]
fn fields_answer_to_both_names_and_null_is_unset() {
    let body = json!({"tupleKey": {"user": "user:a"}, "page_size": null, "more": 1});
    let message = Message::of("ReadRequest", &body).unwrap();
    let key = message.needed("tuple_key", "Key").unwrap();
    assert_eq!(key.text("user").unwrap(), "user:a");
    assert_eq!(key.text("relation").unwrap(), "");
    assert_eq!(message.whole("page_size").unwrap(), None);
    let both = json!({"tupleKey": {}, "tuple_key": {}});
    let both = Message::of("ReadRequest", &both).unwrap();
    let (code, message) = told(both.value("tuple_key"));
    assert_eq!(code, "validation_error");
    assert!(message.contains("duplicate field"), "{message}");
}

#[test]
fn whole_numbers_may_be_texts() {
    let body = json!({"a": "7", "b": 7, "c": 1.5, "d": "x"});
    let message = Message::of("M", &body).unwrap();
    assert_eq!(message.whole("a").unwrap(), Some(7));
    assert_eq!(message.whole("b").unwrap(), Some(7));
    assert!(message.whole("c").is_err() && message.whole("d").is_err());
}

#[test]
fn other_types_are_refused() {
    let body = json!({"field": 5});
    let message = Message::of("M", &body).unwrap();
    for told in [
        told(message.text("field")),
        told(message.flag("field")),
        told(message.message("field", "N")),
        told(message.messages("field", "N")),
        told(message.values("field")),
    ] {
        assert_eq!(told.0, "validation_error");
        assert!(told.1.ends_with("field field"), "{}", told.1);
    }
    let item = json!({"field": [5]});
    let message = Message::of("M", &item).unwrap();
    assert!(message.messages("field", "N").is_err());
}

#[test]
fn broken_rules_are_told_as_openfga_tells_them() {
    let body = json!({"object": "a b", "user": "u".repeat(513), "keys": [{}, {}],
        "mode": "x"});
    let message = Message::of("Key", &body).unwrap();
    assert_eq!(
        told(message.required("object", pattern::OBJECT)),
        (
            "validation_error",
            r#"invalid Key.Object: value does not match regex pattern "^[^\\s]{2,256}$""#
                .to_owned()
        )
    );
    assert_eq!(
        told(message.short("user", 512)).1,
        "invalid Key.User: value length must be at most 512 bytes"
    );
    assert_eq!(
        told(message.at_most("keys", "K", 1)).1,
        "invalid Key.Keys: value must contain no more than 1 item(s)"
    );
    assert_eq!(
        told(message.needed("tuple_key", "K")),
        (
            "tuple_key_value_not_specified",
            "invalid Key.TupleKey: value is required".to_owned()
        )
    );
    assert_eq!(
        told(message.word("mode", &["", "error", "ignore"])).1,
        "invalid Key.Mode: value must be in list [ error ignore]"
    );
    assert_eq!(message.optional("relation", pattern::RELATION).unwrap(), "");
}

#[test]
fn contexts_hold_no_control_characters() {
    for bad in [
        json!({"a\u{0}": 1}),
        json!({"a": "\u{0}"}),
        json!({"a": [{"b": "\u{7f}"}]}),
        json!({"a": {"\u{1}": 1}}),
    ] {
        let body = json!({"context": bad});
        let message = Message::of("M", &body).unwrap();
        assert!(told(message.values("context")).1.contains("control"));
    }
    let body = json!({"context": {"a": "b\n"}});
    let message = Message::of("M", &body).unwrap();
    assert_eq!(message.values("context").unwrap().unwrap()["a"], "b\n");
}

#[test]
fn bodies_are_json_objects_of_bounded_size() {
    assert_eq!(parse(b" \n").unwrap(), json!({}));
    assert_eq!(told(parse(b"{\"a\":")).0, "validation_error");
    assert!(
        told(Message::of("M", &json!([])))
            .1
            .contains("M is an object")
    );
    let many = format!("[{}1]", "1,".repeat(CHECKS_VALUES_MAX));
    assert!(told(parse(many.as_bytes())).1.contains("100000 values"));
    // What stands in a text is no value, whatever quotes it has.
    let texts = format!(r#"["\"{}\\"]"#, "[,{".repeat(CHECKS_VALUES_MAX));
    assert!(parse(texts.as_bytes()).is_ok());
    let behind = format!(r#"["\\",{}1]"#, "1,".repeat(CHECKS_VALUES_MAX));
    assert!(parse(behind.as_bytes()).is_err());
    let deep = "[".repeat(1_000);
    assert_eq!(told(parse(deep.as_bytes())).0, "validation_error");
}
