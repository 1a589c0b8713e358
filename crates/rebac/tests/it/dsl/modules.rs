//! A model in several files: what comes from where, and what does not fit together.

use std::collections::BTreeMap;

use rebac::dsl::{ERRORS_MAX, parse_manifest, parse_modules};
use rebac::{Definition, Item, Model, Places};

/// Merges files, in this order; on failure, what is said, a line each.
fn merge(files: &[(&str, &str)]) -> Result<(Model, Places), String> {
    let mut manifest = "schema: '1.2'\ncontents:\n".to_owned();
    let mut texts = BTreeMap::new();
    for (file, text) in files {
        manifest.extend(["  - ", file, "\n"]);
        texts.insert((*file).to_owned(), (*text).to_owned());
    }
    let manifest = parse_manifest(&manifest).unwrap();
    parse_modules(&manifest, &texts).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })
}

fn origin(module: &str, file: &str) -> Definition {
    Definition {
        module: Some(module.to_owned()),
        file: Some(file.to_owned()),
    }
}

const CORE: &str = "module core\ntype user\ntype org\n  relations\n    define member: [user]\n";

#[test]
fn everything_says_where_it_is_from() {
    // The extension stands in a file before the type.
    let wiki = "module wiki\nextend type org\n  relations\n    define can_edit: member\n\
        extend type user\ntype page\ncondition late(t: int) { t > 1 }\n";
    let (model, places) = merge(&[("wiki.fga", wiki), ("core.fga", CORE)]).unwrap();
    let names: Vec<&str> = model.types.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["page", "user", "org"]);
    let org = model.type_of("org").unwrap();
    assert_eq!(org.definition, origin("core", "core.fga"));
    assert_eq!(org.relations[0].name, "member");
    assert_eq!(org.relations[0].definition, Definition::default());
    assert_eq!(org.relations[1].name, "can_edit");
    assert_eq!(org.relations[1].definition, origin("wiki", "wiki.fga"));
    assert_eq!(
        model.condition("late").unwrap().definition,
        origin("wiki", "wiki.fga")
    );

    let place = |item| {
        let (file, place) = places.find(&item).unwrap();
        format!("{}:{place}", file.unwrap())
    };
    assert_eq!(place(Item::Schema), "fga.mod:1:9");
    assert_eq!(place(Item::Type("org".to_owned())), "core.fga:3:6");
    assert_eq!(place(Item::Condition("late".to_owned())), "wiki.fga:7:11");
    let relation = Item::Relation {
        type_name: "org".to_owned(),
        relation: "can_edit".to_owned(),
    };
    assert_eq!(place(relation), "wiki.fga:4:12");
}

#[test]
fn a_file_may_extend_what_it_defines() {
    let text = "module a\ntype b\nextend type b\n  relations\n    define c: d\n";
    let (model, _) = merge(&[("a.fga", text)]).unwrap();
    assert_eq!(model.types[0].relations[0].definition, origin("a", "a.fga"));
}

#[test]
fn what_does_not_fit_together_is_named_with_its_file() {
    for (text, error) in [
        (
            "type user\n",
            "b.fga:2:6: type `user` is defined in `core.fga`, too",
        ),
        (
            "extend type nobody\n",
            "b.fga:2:13: type `nobody`, which is extended here, is defined in",
        ),
        (
            "extend type org\n  relations\n    define member: [user]\n",
            "b.fga:4:12: relation `member` of type `org` is defined in `core.fga`, too",
        ),
        (
            "extend type org\n  relations\n    define x: member\n    define x: member\n",
            "b.fga:5:12: relation `x` is defined twice in type `org`",
        ),
        (
            "extend type org\nextend type org\n",
            "b.fga:3:13: type `org` is extended twice in this file",
        ),
        ("type a\ntype a\n", "b.fga:3:6: type `a` is defined twice"),
        (
            "type a a\n",
            "b.fga:2:8: found `a`, expected the end of the line",
        ),
    ] {
        let text = format!("module b\n{text}");
        let errors = merge(&[("core.fga", CORE), ("b.fga", &text)]).unwrap_err();
        assert!(errors.starts_with(error), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
    let errors = merge(&[("core.fga", CORE), ("m.fga", "model\n  schema 1.2\n")]).unwrap_err();
    assert!(
        errors.starts_with("m.fga:1:1: found `model`, expected `module`"),
        "{errors}"
    );
}

#[test]
fn two_extensions_and_two_conditions_are_compared_across_files() {
    let one = "module a\nextend type org\n  relations\n    define x: member\n\
        condition c(p: int) { p > 1 }\n";
    let other = one.replace("module a", "module b");
    let errors = merge(&[("core.fga", CORE), ("a.fga", one), ("b.fga", &other)]).unwrap_err();
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines.len(), 2, "{errors}");
    assert!(lines[0].starts_with("b.fga:5:11: condition `c` is defined in `a.fga`, too"));
    assert!(lines[1].starts_with("b.fga:4:12: relation `x` of type `org` is defined in `a.fga`"));
}

#[test]
fn a_missing_file_is_named_where_it_is_listed() {
    let manifest = parse_manifest("schema: '1.2'\ncontents:\n  - a.fga\n").unwrap();
    let errors = parse_modules(&manifest, &BTreeMap::new()).unwrap_err();
    let message = "fga.mod:3:5: file `a.fga` is missing: add it, or take it off the list";
    assert_eq!(errors[0].to_string(), message);
}

#[test]
fn the_errors_of_all_files_have_one_limit() {
    let text = format!("module a\n{}", "type 1\n".repeat(ERRORS_MAX));
    let errors = merge(&[("a.fga", &text), ("b.fga", &text)]).unwrap_err();
    assert_eq!(errors.lines().count(), ERRORS_MAX);
    let names: Vec<String> = (0..ERRORS_MAX * 2).map(|n| format!("t{n}")).collect();
    let types = format!("type {}\n", names.join("\ntype "));
    let text = format!("module a\n{types}");
    let errors = merge(&[("a.fga", &text), ("b.fga", &text)]).unwrap_err();
    assert_eq!(errors.lines().count(), ERRORS_MAX);
}
