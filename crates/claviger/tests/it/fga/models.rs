//! `claviger fga model`: models in files, checked, printed and shown.

use super::{MODEL, file, model, run, samples, store, test};
use std::fs;
use std::path::Path;

#[test]
fn a_model_that_breaks_rules_is_refused_with_line_and_column() {
    let said = test(&store("").replace("or owner", "or ownr"));
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    let place = "store.fga.yaml:11:53: 'doc#ownr' relation is undefined";
    assert!(said.err.contains(place), "{}", said.err);
    let said = model(&["check"], "a.fga", &MODEL.replace("or owner", "or ownr"));
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    let place = "a.fga:9:51: 'doc#ownr' relation is undefined";
    assert!(said.err.contains(place), "{}", said.err);
    let said = model(
        &["check"],
        "a.fga",
        &MODEL.replace("type doc", "type doc type"),
    );
    assert!(
        said.err.contains("a.fga:6:10: found `type`"),
        "{}",
        said.err
    );
    assert_eq!(said.code, Some(1));
}

#[test]
fn a_sound_model_may_have_warnings() {
    let said = model(&["check"], "a.fga", &MODEL.replace(" with in_office", " "));
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert_eq!(said.out, "the model is sound\n");
    let warnings: Vec<&str> = said.err.lines().collect();
    assert!(
        warnings.iter().all(|line| line.starts_with("warning: ")),
        "{}",
        said.err
    );
    assert!(
        said.err
            .contains("a.fga:11:11: `in_office` condition is not used"),
        "{}",
        said.err
    );
    let manifest = samples().join("modular/fga.mod");
    assert_eq!(run(&["model", "check"], &[&manifest]).code, Some(0));
    let none = run(&["model", "check"], &[Path::new("none.fga")]);
    assert_eq!(none.code, Some(2), "{}", none.err);
}

#[test]
fn a_problem_of_a_module_names_its_file() {
    let (folder, path) = file(
        "fga.mod",
        "schema: '1.2'\ncontents:\n  - a.fga\n  - b.fga\n",
    );
    fs::write(folder.path().join("a.fga"), "module a\n\ntype user\n").expect("a file");
    let text = "module b\n\ntype doc\n  relations\n    define a: [usr]\n";
    let said = run(&["model", "check"], &[&path]);
    assert!(
        said.err.contains("fga.mod:4:5: file `b.fga` is missing"),
        "{}",
        said.err
    );
    fs::write(folder.path().join("b.fga"), text).expect("a file");
    let said = run(&["model", "check"], &[&path]);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    assert!(said.err.contains("b.fga:5:16: "), "{}", said.err);
    let said = run(&["model", "fmt", "--write"], &[&path]);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
}

#[test]
fn models_are_printed_in_one_layout_and_written_where_nothing_is_lost() {
    let loose = MODEL
        .replace("[user] ", "[user]")
        .replace("    define", "     define");
    let said = model(&["fmt"], "a.fga", &loose);
    assert_eq!(
        (said.code, said.out.as_str()),
        (Some(0), MODEL),
        "{}",
        said.err
    );
    let (_folder, path) = file("a.fga", &loose);
    let said = run(&["model", "fmt", "--write"], &[&path]);
    assert_eq!(
        (said.code, said.out.as_str()),
        (Some(0), ""),
        "{}",
        said.err
    );
    assert_eq!(fs::read_to_string(&path).expect("the file"), MODEL);
    let commented = format!("# ours\n{loose}");
    fs::write(&path, &commented).expect("a file");
    let said = run(&["model", "fmt", "--write"], &[&path]);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    assert!(
        said.err.contains("it has comments, which would be lost"),
        "{}",
        said.err
    );
    assert_eq!(fs::read_to_string(&path).expect("the file"), commented);
}

#[test]
fn a_model_shown_as_json_is_the_same_model() {
    let said = model(&["show"], "a.fga", MODEL);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let json: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(json["schema_version"], "1.1");
    let back = model(&["fmt"], "a.json", &said.out);
    assert_eq!(back.out, MODEL, "{}", back.err);
    let refused = model(&["fmt", "--write"], "a.json", &said.out);
    assert_eq!(refused.code, Some(1), "{}", refused.err);
    let broken = model(&["show"], "a.json", "{\"type_definitions\": 7}");
    assert_eq!(broken.code, Some(1), "{}", broken.err);
    assert!(
        broken.err.contains("a.json: type_definitions: expected"),
        "{}",
        broken.err
    );
}
