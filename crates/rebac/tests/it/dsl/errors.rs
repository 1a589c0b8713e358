//! What the language refuses: where, and with what advice.

use rebac::dsl::{self, ERRORS_MAX};

use super::{errors_of, with_relations};

/// Checks that a text has one error, which begins with its place and holds these words.
fn check(text: &str, place: &str, words: &str) {
    let errors = errors_of(text);
    assert!(
        errors.starts_with(&format!("{place}: ")),
        "{text}\n{errors}"
    );
    assert!(errors.contains(words), "{text}\n{errors}");
    assert_eq!(errors.lines().count(), 1, "{text}\n{errors}");
}

#[test]
fn a_wrong_header_is_named() {
    for (text, place, words) in [
        ("", "1:1", "found the end of the text, expected `model`"),
        ("type user\n", "1:1", "found `type`, expected `model`"),
        (
            "model schema 1.1\n",
            "1:7",
            "expected the end of the line after `model`",
        ),
        (
            "model\ntype user\n",
            "2:1",
            "found `type`, expected `schema 1.1`",
        ),
        (
            "model\n  schema1.1\n",
            "2:3",
            "found `schema1.1`, expected `schema 1.1`",
        ),
        (
            "model\n  schema 1.0\ntype a\n",
            "2:10",
            "found `1.0`, expected the schema's version",
        ),
        (
            "model\n  schema\n",
            "2:9",
            "found the end of the line, expected the schema's",
        ),
        ("module core\ntype a\n", "1:1", "read it with the `fga.mod`"),
        ("module\ntype a\n", "1:7", "expected the module's name"),
    ] {
        check(text, place, words);
    }
}

#[test]
fn a_wrong_line_is_named() {
    let head = "model\n  schema 1.1\n";
    for (text, place, words) in [
        (
            "tpye user",
            "3:1",
            "found `tpye`, expected `type`, `define` or `condition`",
        ),
        ("model", "3:1", "expected once, as the first line"),
        (
            "type",
            "3:5",
            "found the end of the text, expected the type's name",
        ),
        ("type a b", "3:8", "found `b`, expected the end of the line"),
        ("type 1a", "3:6", "names begin with a letter"),
        ("type é", "3:6", "names begin with a letter"),
        ("type a//b", "3:6", "found `a//b`"),
        ("type from", "3:6", "found the keyword `from`"),
        ("type a\u{a0}b", "3:7", r"found `\u{a0}`"),
        ("type a\ntype a", "4:6", "type `a` is defined twice"),
        (
            "extend type a",
            "3:1",
            "`extend type` stands in modules only",
        ),
        (
            "type a\n  relations\n",
            "4:3",
            "`relations` is followed by none",
        ),
        (
            "type a\n  relations x\n  define a: b",
            "4:13",
            "the end of the line after `relations`",
        ),
        ("relations", "3:1", "expected `type` and a name before it"),
        ("define a: b", "3:1", "expected `type` and a name before it"),
        (
            "type a\ndefine a: b\ndefine c: d",
            "4:1",
            "expected `relations`",
        ),
        (
            "condition c() { true }\ntype a",
            "4:1",
            "types stand before all conditions",
        ),
    ] {
        check(&format!("{head}{text}"), place, words);
    }
    check(
        &with_relations("define a: b\nrelations\ndefine c: d"),
        "7:1",
        "expected once in a type",
    );
}

/// The line, the column of the error (0 where it is in the next line), what is said.
const WRONG_EXPRESSIONS: &[(&str, usize, &str)] = &[
    ("define a b", 10, "found `b`, expected `:`"),
    ("define a as self", 10, "found `as`, expected `:`"),
    ("define from: b", 8, "a word of the language is no name"),
    ("define a:", 10, "an expression stands on one line"),
    ("define a: b or", 15, "an expression stands on one line"),
    (
        "define a: b\n  or c",
        0,
        "found the keyword `or`, expected `type`",
    ),
    (
        "define a: b and c or d",
        19,
        "found `or` after `and`, which do not mix",
    ),
    (
        "define a: ([u] or b) and (c or d from e) but not f",
        42,
        "which do not mix",
    ),
    (
        "define a: b but not c but not d",
        23,
        "found a second `but not`",
    ),
    ("define a: (b or c and d)", 19, "found `and` after `or`"),
    (
        "define a: but not b",
        11,
        "found `but not`, expected a relation",
    ),
    ("define a: b but c", 17, "expected `not` after `but`"),
    ("define a: or b", 11, "found the keyword `or`"),
    (
        "define a: b or [u]",
        16,
        "a list in brackets may stand once, as the first",
    ),
    (
        "define a: [u] or [v]",
        18,
        "a list in brackets may stand once",
    ),
    (
        "define a: b or ([u] and c)",
        17,
        "a list in brackets may stand once",
    ),
    (
        "define a: b but not [u]",
        21,
        "a list in brackets may stand once",
    ),
    (
        "define a: (b or c",
        18,
        "expected `or`, `and`, `but not` or `)`",
    ),
    ("define a: b or c)", 17, "there are more `)` than `(`"),
    ("define a: ()", 12, "found `)`, expected a relation"),
    ("define a: b c", 13, "found `c`, expected `or`"),
    (
        "define a: b from",
        17,
        "the relation that leads to the other object",
    ),
    (
        "define a: b from c from d",
        20,
        "found the keyword `from`, expected `or`",
    ),
    ("define a: []", 12, "expected a type that may be assigned"),
    ("define a: [u,]", 14, "expected a type that may be assigned"),
    ("define a: [u v]", 14, "expected `,` or `]`"),
    ("define a: [u:v]", 14, "expected `*` after `:`"),
    ("define a: [u:*:*]", 15, "expected `,` or `]`"),
    ("define a: [u#m:*]", 15, "expected `,` or `]`"),
    (
        "define a: [u with]",
        18,
        "expected a condition after `with`",
    ),
];

#[test]
fn a_wrong_expression_is_named() {
    for (line, column, words) in WRONG_EXPRESSIONS {
        let place = if *column == 0 {
            "7:3".to_owned()
        } else {
            format!("6:{column}")
        };
        check(&with_relations(line), &place, words);
    }
    let twice = with_relations("define a: b\ndefine a: c");
    check(&twice, "7:8", "relation `a` is defined twice in type `t`");
}

#[test]
fn a_wrong_condition_is_named() {
    for (line, place, words) in [
        ("condition c {", "3:13", "expected `(`"),
        (
            "condition c(p) { true }",
            "3:14",
            "expected `:` after the parameter's name",
        ),
        (
            "condition c(: int) { true }",
            "3:13",
            "expected a parameter's name",
        ),
        (
            "condition c(p: any) { true }",
            "3:16",
            "found `any`, expected bool, string",
        ),
        ("condition c(p: list) { true }", "3:20", "expected `<`"),
        ("condition c(p: map<int) { true }", "3:23", "expected `>`"),
        (
            "condition c(p: int,) { true }",
            "3:20",
            "expected a parameter's name",
        ),
        (
            "condition c(p: int, p: int) { true }",
            "3:21",
            "parameter `p` stands twice",
        ),
        (
            "condition c(p: int) true",
            "3:21",
            "expected `{` and an expression",
        ),
        (
            "condition c(p: int) { }",
            "3:21",
            "the condition has no expression",
        ),
        (
            "condition c(p: int) { true",
            "3:22",
            "found the end of the text, expected `}`",
        ),
        ("condition c(p: int) { 'a }", "3:23", "this text has no end"),
        (
            "condition c(p: int) { true } b",
            "3:30",
            "the end of the line after the condition",
        ),
        (
            "condition a() { b }\ncondition a() { c }",
            "4:11",
            "condition `a` is defined twice",
        ),
    ] {
        check(&format!("model\n  schema 1.1\n{line}\n"), place, words);
    }
}

#[test]
fn several_errors_are_found_at_once() {
    let text = "model\n  schema 2\ntype a\n  relations\n    define b: [\n    define c: d\n    \
        define e: f and\ntype 7\n  relations\n    define g: h\ncondition i {\n  x\n}\n\
        condition j() { 'k }\ntype l\ntype l\n";
    let errors = errors_of(text);
    let places: Vec<&str> = errors
        .lines()
        .map(|line| &line[..line.find(": ").unwrap()])
        .collect();
    assert_eq!(
        places,
        ["2:10", "6:5", "7:20", "8:6", "11:13", "14:17", "16:6"],
        "{errors}"
    );
}

#[test]
fn the_number_of_errors_has_a_limit() {
    let text = with_relations(&"define a:\n".repeat(ERRORS_MAX * 3));
    assert_eq!(dsl::parse(&text).unwrap_err().len(), ERRORS_MAX);
    let twice = "define a: b\n".repeat(ERRORS_MAX * 3);
    assert_eq!(
        dsl::parse(&with_relations(&twice)).unwrap_err().len(),
        ERRORS_MAX
    );
}

#[test]
fn long_words_are_cut_in_messages() {
    let errors = errors_of(&format!("model\n  schema {}\n", "é".repeat(10_000)));
    assert!(errors.len() < 400, "{}", errors.len());
}
