//! What is refused, and in which words.

use super::*;

#[test]
fn recorded_bodies_are_refused_with_the_recorded_words() {
    for (body, message) in [
        ("", "unexpected end of JSON input"),
        ("{", "unexpected end of JSON input"),
        (
            "[]",
            "json: cannot unmarshal array into Go value of type api.SignupParams",
        ),
        (
            "{\"email\":\"t1@example.com\",\"password\":\"correct-horse-1\"} x",
            "invalid character 'x' after top-level value",
        ),
    ] {
        assert_eq!(refused(body), message, "{body}");
    }
    let number = "json: cannot unmarshal number into Go struct field";
    let error = object("{\"email\":1}").text("email").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{number} SignupParams.email of type string")
    );
    let grant = parse(b"{\"refresh_token\":12}", "RefreshTokenGrantParams").unwrap();
    let error = grant.text("refresh_token").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{number} RefreshTokenGrantParams.refresh_token of type string")
    );
    for (value, found) in [("\"x\"", "string"), ("[1]", "array")] {
        let error = object(format!("{{\"data\":{value}}}"))
            .object("data")
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "json: cannot unmarshal {found} into Go struct field SignupParams.data of type \
                 map[string]interface {{}}"
            )
        );
    }
    let error = object("{\"challenge_id\":\"zz\"}")
        .uuid("challenge_id")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "uuid: incorrect UUID length 2 in string \"zz\""
    );
}

/// What is no JSON, and what Go says about it.
const MALFORMED: &[(&str, &str)] = &[
    (
        "email=ada%40example.com",
        "invalid character 'e' looking for beginning of value",
    ),
    ("}", "invalid character '}' looking for beginning of value"),
    (
        "{\"a\":}",
        "invalid character '}' looking for beginning of value",
    ),
    (
        "{a:1}",
        "invalid character 'a' looking for beginning of object key string",
    ),
    (
        "{\"a\":1,}",
        "invalid character '}' looking for beginning of object key string",
    ),
    ("{\"a\" 1}", "invalid character '1' after object key"),
    (
        "{\"a\":1 2}",
        "invalid character '2' after object key:value pair",
    ),
    ("[1 2]", "invalid character '2' after array element"),
    (
        "[1,]",
        "invalid character ']' looking for beginning of value",
    ),
    ("{} {}", "invalid character '{' after top-level value"),
    (
        "'a'",
        "invalid character '\\'' looking for beginning of value",
    ),
    (
        "{\"a\":\"b\nc\"}",
        "invalid character '\\n' in string literal",
    ),
    ("\"\u{1}\"", "invalid character '\\x01' in string literal"),
    ("\"\\x\"", "invalid character 'x' in string escape code"),
    (
        "\"\\u12\"\"",
        "invalid character '\"' in \\u hexadecimal character escape",
    ),
    ("-a", "invalid character 'a' in numeric literal"),
    ("-", "invalid character ' ' in numeric literal"),
    ("01", "invalid character '1' after top-level value"),
    (
        "1.x",
        "invalid character 'x' after decimal point in numeric literal",
    ),
    ("1e", "invalid character ' ' in exponent of numeric literal"),
    (
        "1e+-",
        "invalid character '-' in exponent of numeric literal",
    ),
    (
        "tru",
        "invalid character ' ' in literal true (expecting 'e')",
    ),
    (
        "falsy",
        "invalid character 'y' in literal false (expecting 'e')",
    ),
    (
        "nul]",
        "invalid character ']' in literal null (expecting 'l')",
    ),
    (
        "\u{feff}{}",
        "invalid character '\u{ef}' looking for beginning of value",
    ),
    ("\"abc", "unexpected end of JSON input"),
    (
        "{\"a\":[1,{\"b\":\"\\",
        "invalid character ' ' in string escape code",
    ),
    ("null x", "invalid character 'x' after top-level value"),
    (
        "\"x\"",
        "json: cannot unmarshal string into Go value of type api.SignupParams",
    ),
    (
        "true",
        "json: cannot unmarshal bool into Go value of type api.SignupParams",
    ),
    (
        "1",
        "json: cannot unmarshal number into Go value of type api.SignupParams",
    ),
];

#[test]
fn malformed_bodies_are_refused_in_the_words_of_go() {
    for (body, message) in MALFORMED {
        assert_eq!(refused(body), *message, "{body}");
    }
    assert_eq!(
        refused(b"\x85"),
        "invalid character '\\u0085' looking for beginning of value"
    );
}

#[test]
fn a_syntax_error_anywhere_wins_over_a_wrong_type() {
    assert_eq!(refused("{\"email\":1,}"), {
        "invalid character '}' looking for beginning of object key string"
    });
}

#[test]
fn of_several_mismatches_the_first_in_the_body_is_reported() {
    const FIELDS: &[(&str, Kind)] = &[
        ("email", Kind::Text),
        ("flag", Kind::Bool),
        ("id", Kind::Uuid),
    ];
    let refused = |body: &str| object(body).expect(FIELDS).unwrap_err().to_string();
    let flag = "json: cannot unmarshal string into Go struct field SignupParams.flag of type bool";
    assert_eq!(refused("{\"flag\":\"x\",\"email\":1}"), flag);
    assert_eq!(
        refused("{\"email\":\"x\",\"FLAG\":\"x\",\"email\":1}"),
        flag
    );
    // A malformed UUID ends the reading.
    assert_eq!(
        refused("{\"email\":1,\"id\":\"{}\",\"flag\":1}"),
        "uuid: incorrect UUID length 2 in string \"{}\""
    );
    assert_eq!(object("{\"other\":1,\"flag\":null}").expect(FIELDS), Ok(()));
}

#[test]
fn mismatches_name_the_value_and_the_type() {
    let prefix = "json: cannot unmarshal";
    for (value, kind, expected) in [
        (
            "{}",
            Kind::Text,
            "object into Go struct field SignupParams.x of type string",
        ),
        (
            "true",
            Kind::Text,
            "bool into Go struct field SignupParams.x of type string",
        ),
        (
            "7",
            Kind::Uuid,
            "number into Go struct field SignupParams.x of type uuid.UUID",
        ),
        (
            "{\"a\":[1e400]}",
            Kind::Object,
            "number 1e400 into Go struct field SignupParams.x of type float64",
        ),
    ] {
        let error = object(format!("{{\"x\":{value}}}"))
            .expect(&[("x", kind)])
            .unwrap_err();
        assert_eq!(error.to_string(), format!("{prefix} {expected}"), "{value}");
    }
}

#[test]
fn uuids_are_read_in_all_their_spellings() {
    let uuid = "2768f604-4215-4d72-990a-3855b357e20e";
    let bare = uuid.replace('-', "");
    let read = |text: &str| object(json!({"id": text}).to_string()).uuid("id");
    for text in [
        uuid.to_owned(),
        uuid.to_uppercase(),
        bare.clone(),
        format!("{{{uuid}}}"),
        format!("{{{bare}}}"),
        format!("urn:uuid:{uuid}"),
        format!("urn:uuid:{bare}"),
    ] {
        assert_eq!(read(&text).unwrap().to_string(), uuid, "{text}");
    }
    for (text, message) in [
        (uuid.replace('-', "_"), {
            "uuid: incorrect UUID format in string \"2768f604_4215_4d72_990a_3855b357e20e\""
        }),
        ("z".repeat(32), "uuid: invalid UUID format"),
        (
            "z".repeat(34),
            "uuid: incorrect UUID format in string \"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\"",
        ),
        (
            "z".repeat(41),
            "uuid: incorrect UUID format in string \"zzzzzzzzz\"",
        ),
        (
            "\"\n".to_owned(),
            "uuid: incorrect UUID length 2 in string \"\\\"\\n\"",
        ),
    ] {
        assert_eq!(read(&text).unwrap_err().to_string(), message, "{text}");
    }
}
