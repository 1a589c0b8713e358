//! Tests of how values are read and refused.

use super::*;

#[test]
fn values_are_brought_into_one_form() {
    for (kind, text, value) in [
        (Kind::Boolean, "T", "true"),
        (Kind::Whole(1, 9), " 7", "7"),
        (Kind::Span, "1h", "\"3600s\""),
        (Kind::Span, "0", "\"0s\""),
        (Kind::Span, "876000h", "\"3153600000s\""),
        (Kind::List, "a, b,,", "[\"a\", \"b\"]"),
        (
            Kind::Networks,
            "10.0.0.0/8,::1",
            "[\"10.0.0.0/8\", \"::1/128\"]",
        ),
        (
            Kind::Map,
            "155:123,166:456",
            "{ 155 = \"123\", 166 = \"456\" }",
        ),
        (Kind::ListMap, "X-A:1,X-A:2", "{ X-A = [\"1\", \"2\"] }"),
        (Kind::Rate, "30/5m", "\"30/300s\""),
        (Kind::Budget, "30", "\"30\""),
    ] {
        let read = kind.read(text).map(|value| value.to_string());
        assert_eq!(read, Ok(value.to_owned()), "{text}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_the_form() {
    for (kind, text, fault) in [
        (
            Kind::Boolean,
            "yes",
            "`yes` does not fit; write true or false",
        ),
        (
            Kind::Whole(6, 10),
            "11",
            "`11` does not fit; write a whole number from 6 to 10",
        ),
        (
            Kind::PositiveSpan,
            "0s",
            "`0s` does not fit; write a span above zero such as 90s, 1h30m or 250ms",
        ),
        (
            Kind::PositiveSpan,
            "18446744073709551615",
            "`18446744073709551615` is longer than 100 years; write a shorter span",
        ),
        (
            Kind::Rate,
            "1/18446744073709551615s",
            "`1/18446744073709551615s` does not fit; write a rate such as 30/5m",
        ),
        (
            Kind::Choice(&["a", "b"]),
            "c",
            "`c` does not fit; write one of \"a\", \"b\"",
        ),
        (
            Kind::Networks,
            "10.0.0.0/33",
            "`10.0.0.0/33` does not fit; write a list of networks such as 10.0.0.0/8",
        ),
        (
            Kind::Map,
            "a",
            "an item has no colon; write name:value,name:value",
        ),
        (
            Kind::Rate,
            "30",
            "`30` does not fit; write a rate such as 30/5m",
        ),
    ] {
        let Err(Fault { what, advice }) = kind.read(text) else {
            panic!("{text} was accepted");
        };
        assert_eq!(format!("{what}; {advice}"), fault);
    }
}

#[test]
fn a_secret_is_never_repeated_in_a_fault() {
    let Err(fault) = Kind::SecretMap.read("hunter2") else {
        panic!("accepted");
    };
    assert!(!format!("{fault:?}").contains("hunter2"));
}

#[test]
fn a_file_may_hold_numbers_where_text_is_usual() {
    let check = |kind: Kind, value: Value| kind.check(&value).map(|value| value.to_string());
    assert_eq!(check(Kind::Span, Value::Integer(90)), Ok("\"90s\"".into()));
    assert_eq!(check(Kind::Budget, Value::Integer(5)), Ok("\"5\"".into()));
    assert!(check(Kind::Boolean, Value::from("true")).is_err());
    assert!(check(Kind::List, Value::from("a,b")).is_err());
    assert!(check(Kind::Whole(0, 9), Value::Float(1.5)).is_err());
}
