//! `fga.mod`: the few lines of YAML that are read, and the files that may not be named.

use rebac::Schema;
use rebac::dsl::parse_manifest;

/// Checks that an `fga.mod` has one error, at this place and with these words.
fn check(text: &str, place: &str, words: &str) {
    let errors = parse_manifest(text).expect_err(text);
    assert_eq!(errors.len(), 1, "{text}\n{errors:#?}");
    let error = errors[0].to_string();
    assert!(error.starts_with(&format!("{place}: ")), "{text}\n{error}");
    assert!(error.contains(words), "{text}\n{error}");
}

#[test]
fn files_are_listed_in_their_order_with_their_places() {
    let text = "---\r\n# why\r\nschema: \"1.2\" # quoted\r\n\r\ncontents: # all\r\n\
        - b.fga\r\n#\r\n-   'teams/a b.fga' # last\r\n- ./c..d/.e.fga\r\n";
    let manifest = parse_manifest(text).unwrap();
    assert_eq!(manifest.schema, Schema::V1_2);
    assert_eq!(manifest.schema_place.to_string(), "3:9");
    let contents = manifest.contents.iter();
    let listed: Vec<_> = contents
        .map(|entry| (entry.file.as_str(), entry.place.to_string()))
        .collect();
    let expected = [
        ("b.fga", "6:3"),
        ("teams/a b.fga", "8:5"),
        ("./c..d/.e.fga", "9:3"),
    ];
    assert_eq!(
        listed,
        expected.map(|(file, place)| (file, place.to_owned()))
    );
}

#[test]
fn the_keys_may_stand_in_either_order() {
    let text = "contents:\n  - a.fga\nschema: '1.2'\n";
    assert_eq!(parse_manifest(text).unwrap().contents.len(), 1);
}

/// The text, in which `LIST` stands for contents of one file; the place, what is said.
const WRONG_LINES: &[(&str, &str, &str)] = &[
    ("LIST", "1:1", "there is no schema: write `schema: '1.2'`"),
    ("schema: '1.2'\n", "1:1", "there are no contents"),
    (
        "schema: '1.2'\ncontents:\n",
        "2:1",
        "`contents` lists no file",
    ),
    ("schema: 1.2\nLIST", "1:9", "between quotes"),
    (
        "schema:\nLIST",
        "1:8",
        "found the end of the line, expected the schema",
    ),
    (
        "schema: '1.1'\nLIST",
        "1:9",
        "the only schema that has modules",
    ),
    ("schema: '1.2\nLIST", "1:9", "expected ' at the end"),
    (
        "schema: '1.2' x\nLIST",
        "1:9",
        "nothing after the closing quote",
    ),
    (
        "schema: '1.2'\nschema: '1.2'\nLIST",
        "2:1",
        "`schema` stands twice",
    ),
    (
        "schema: '1.2'\nname: x\nLIST",
        "2:1",
        "found `name: x`, expected `schema:`",
    ),
    (
        "- a.fga\nschema: '1.2'\nLIST",
        "1:1",
        "expected `contents:` on a line",
    ),
    (
        "schema: '1.2'\nLIST    - b.fga\n",
        "4:5",
        "as far as the first file",
    ),
    ("schema: '1.2'\nLIST\t- b.fga\n", "4:2", "found a tab"),
    ("schema: '1.2'\nLIST  -b.fga\n", "4:3", "`- ` and a file"),
    ("schema: '1.2'\nLIST  more\n", "4:3", "`- ` and a file"),
    (
        "schema: '1.2'\nLIST  - {a: b}\n",
        "4:5",
        "the name of a file",
    ),
    ("schema: '1.2'\nLIST  - a: b.fga\n", "4:5", "without `:`"),
    (
        "schema: '1.2'\nLIST  - # b.fga\n",
        "4:5",
        "the name of a file",
    ),
];

#[test]
fn a_wrong_line_is_named() {
    for (text, place, words) in WRONG_LINES {
        let text = text.replace("LIST", "contents:\n  - a.fga\n");
        check(&text, place, words);
    }
    let flow = "schema: '1.2'\ncontents: [a.fga]\n";
    check(flow, "2:11", "list each file on a line");
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for (file, words) in [
        ("/etc/a.fga", "relative to `fga.mod`"),
        ("C:/a.fga", "relative to `fga.mod`"),
        ("../a.fga", "`..` may not stand in a path"),
        ("b/../../a.fga", "`..` may not stand in a path"),
        ("..", "`..` may not stand in a path"),
        ("b\\a.fga", "a backslash may not stand in a path"),
        ("'..\\a.fga'", "a backslash may not stand in a path"),
        ("a.txt", "ends in `.fga`"),
        ("a.fga.txt", "ends in `.fga`"),
        ("a.FGA", "ends in `.fga`"),
        (".fga", "ends in `.fga`"),
        ("b/", "ends in `.fga`"),
        ("''", "ends in `.fga`"),
        ("a\u{0}.fga", "control characters"),
        ("first.fga", "`first.fga` is listed twice"),
        ("'./first.fga'", "`./first.fga` is listed twice"),
        (".//first.fga", "is listed twice"),
    ] {
        let text = format!("schema: '1.2'\ncontents:\n  - first.fga\n  - {file}\n");

        check(&text, "4:5", words);
    }
}
