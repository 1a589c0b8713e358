//! Bodies against recorded replies and against what Go itself makes of them.

use super::*;
use proptest::prelude::*;
use serde_json::json;
use types::limits::{JSON_DEPTH_MAX, JSON_VALUES_MAX};

mod words;

fn refused(body: impl AsRef<[u8]>) -> String {
    parse(body.as_ref(), "SignupParams")
        .unwrap_err()
        .to_string()
}

fn object(body: impl AsRef<[u8]>) -> Object {
    parse(body.as_ref(), "SignupParams").unwrap()
}

fn data(value: &str) -> Map<String, Value> {
    object(format!("{{\"data\":{{\"v\":{value}}}}}"))
        .object("data")
        .unwrap()
        .unwrap()
}

#[test]
fn fields_are_found_in_any_letter_case_and_the_last_one_counts() {
    let body =
        object("{\"EMAIL\":\"a\",\"email\":\"b\",\"eMail\":\"c\",\"flag\":true,\"\u{17f}\":\"d\"}");
    assert_eq!(body.text("email").unwrap(), "c");
    assert!(body.bool("FLAG").unwrap());
    assert_eq!(body.text("s").unwrap(), "d");
    assert_eq!(body.text("mail").unwrap(), "");
}

#[test]
fn missing_fields_and_null_are_zero() {
    for body in ["{}", "null", " null ", "{\"x\":null}"] {
        let body = object(body);
        assert_eq!(body.text("x").unwrap(), "");
        assert_eq!(body.opt_text("x").unwrap(), None);
        assert!(!body.bool("x").unwrap());
        assert_eq!(body.opt_bool("x").unwrap(), None);
        assert_eq!(body.object("x").unwrap(), None);
    }
    assert_eq!(object("{}").uuid("x").unwrap(), Uuid::nil());
    // A later null leaves a value alone and resets a pointer and a map.
    let body = object("{\"x\":\"a\",\"m\":{},\"x\":null,\"m\":null}");
    assert_eq!(body.text("x").unwrap(), "a");
    assert_eq!(body.opt_text("x").unwrap(), None);
    assert_eq!(body.object("m").unwrap(), None);
}

#[test]
fn values_are_read_by_kind() {
    let body = object("{\"b\":true,\"m\":{\"a\":1,\"b\":2},\"M\":{\"b\":3}}");
    assert_eq!(body.opt_bool("b").unwrap(), Some(true));
    assert_eq!(
        Value::Object(body.object("m").unwrap().unwrap()),
        json!({"a": 1, "b": 3})
    );
}

#[test]
fn strings_are_decoded_as_in_go() {
    for (literal, text) in [
        (
            &b"\"\\b\\f\\n\\r\\t\\/\\\\\\\"\\u00e9\\ud83d\\ude00\""[..],
            "\u{8}\u{c}\n\r\t/\\\"\u{e9}\u{1f600}",
        ),
        (b"\"\\ud800\"", "\u{fffd}"),
        (b"\"\\ud800\\u0041\\udc00\"", "\u{fffd}A\u{fffd}"),
        (b"\"a\xffb\xe2\x82c\"", "a\u{fffd}b\u{fffd}\u{fffd}c"),
        (b"\"\\u0000\"", "\0"),
    ] {
        let body = [b"{\"x\":", literal, b"}"].concat();
        assert_eq!(object(body).text("x").unwrap(), text);
    }
}

#[test]
fn numbers_keep_what_64_bits_hold() {
    for (written, printed) in [
        ("12345678901234567890", "12345678901234567890"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("9007199254740993", "9007199254740993"),
        ("123456789012345678901234567890", "1.2345678901234568e+29"),
        ("1.0", "1"),
        ("1e3", "1000"),
        ("2.5", "2.5"),
        ("-0", "-0"),
        ("1E-7", "1e-7"),
        ("0.000001", "0.000001"),
        ("1e20", "100000000000000000000"),
        ("1e21", "1e+21"),
        ("1e-400", "0"),
    ] {
        assert_eq!(
            to_string(&data(written)),
            format!("{{\"v\":{printed}}}"),
            "{written}"
        );
    }
    // The recorded row of the original server, read back from the database.
    let stored: Value = serde_json::from_str("{\"big\":12345678901234567000}").unwrap();
    assert_eq!(to_string(&stored), "{\"big\":12345678901234567000}");
}

#[test]
fn output_can_stand_in_a_page_as_recorded() {
    let recorded = "{\"html\":\"\\u003cb\\u003e\\u0026\",\"n\":1,\"nested\":{\"a\":[1,null,true]}}";
    let value = json!({"nested": {"a": [1, null, true]}, "n": 1, "html": "<b>&"});
    assert_eq!(to_string(&value), recorded);
    assert_eq!(
        to_string(&json!({"<": "\u{2028}\u{2029}\u{8}\u{c}\n\r\t\u{1}\u{7f}\"\\/\u{e9}\u{1f600}"})),
        "{\"\\u003c\":\"\\u2028\\u2029\\b\\f\\n\\r\\t\\u0001\u{7f}\\\"\\\\/\u{e9}\u{1f600}\"}"
    );
    let raw = serde_json::value::RawValue::from_string("{\"a\":\"<\"}".to_owned()).unwrap();
    assert_eq!(to_string(&raw), "{\"a\":\"\\u003c\"}");
    assert_eq!(to_string(&[1.5_f32, 1e21, -1e-7]), "[1.5,1e+21,-1e-7]");
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| {
        let lists = depth - 1;
        format!("{{\"data\":{}{}}}", "[".repeat(lists), "]".repeat(lists))
    };
    assert!(parse(nested(JSON_DEPTH_MAX).as_bytes(), "X").is_ok());
    for depth in [JSON_DEPTH_MAX + 1, 100_000] {
        assert_eq!(
            refused(nested(depth)),
            "invalid character '[' exceeded max depth"
        );
    }
}

#[test]
fn values_are_counted() {
    let bodies: [fn(usize) -> String; 3] = [
        |values| format!("{{\"data\":[{}0]}}", "0,".repeat(values - 3)),
        |values| format!("{{{}\"\":0}}", "\"\":0,".repeat(values - 2)),
        |values| format!("{{\"data\":[{}]}}", vec!["[[]]"; values / 2 - 1].join(",")),
    ];
    for body in bodies {
        assert!(parse(body(50_000).as_bytes(), "X").is_ok());
        assert_eq!(refused(body(50_002)), "more than 50000 values");
    }
    // A text holds what it likes.
    let text = format!("{{\"x\":\"{}\"}}", ",[{".repeat(60_000));
    assert!(parse(text.as_bytes(), "X").is_ok());
}

#[test]
fn hostile_bodies_take_linear_time() {
    // Each of these is as large as a body may be, or has as many values; quadratic work would take
    // minutes.
    let size = types::limits::BODY_BYTES_MAX;
    let fill = |unit: &str| unit.repeat(size / unit.len());
    let values = |unit: &str| unit.repeat(JSON_VALUES_MAX - 4);
    let members = format!("{{{}\"x\":1}}", values("\"data\":{},"));
    assert!(object(members).object("data").unwrap().is_some());
    let escapes = format!("{{\"x\":\"{}\"}}", fill("\\ud800"));
    assert_eq!(object(escapes).text("x").unwrap().chars().count(), size / 6);
    let bytes = [b"{\"x\":\"", &vec![0xff; size][..], b"\"}"].concat();
    assert_eq!(object(bytes).text("x").unwrap().chars().count(), size);
    let numbers = format!("{{\"data\":{{\"v\":[{}1]}}}}", values("1e-9,"));
    assert!(object(numbers).object("data").unwrap().is_some());
    assert!(refused(fill("[\"")).contains("invalid character"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e12..1e12).prop_map(|n: f64| json!(n.trunc() + 0.5)),
        (1e-300..1e-3).prop_map(|n: f64| json!(n)),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-zA-Z<&]{0,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(value in any_json()) {
        let body = to_string(&json!({ "data": { "v": value.clone() } }));
        let read = object(&body).object("data").unwrap().unwrap();
        prop_assert_eq!(read.get("v"), Some(&value), "{}", body);
        let escaped = !body.contains(['<', '>', '&', '\u{2028}', '\u{2029}']);
        prop_assert!(escaped);
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..60)) {
        let _ = parse(&body, "X");
    }

    #[test]
    fn what_is_accepted_is_json(body in "([{}\\[\\],:\" 0-9.eE+-]|\"a\"|true|null|\\\\u00){0,20}") {
        let ours = parse(body.as_bytes(), "X");
        let theirs: Result<Value, _> = serde_json::from_str(&body);
        let ours = ours.is_ok() || ours.is_err_and(|e| e.to_string().starts_with("json:"));
        let out_of_range = |e: serde_json::Error| e.to_string().contains("out of range");
        let theirs = theirs.is_ok() || theirs.is_err_and(out_of_range);
        prop_assert_eq!(ours, theirs);
    }
}
