//! `claviger fga`: the tests of store files, and models in files.

mod models;
mod stores;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const MODEL: &str = "model
  schema 1.1

type user

type doc
  relations
    define owner: [user]
    define viewer: [user, user with in_office] or owner

condition in_office(ip: ipaddress, net: string) {
  ip.in_cidr(net)
}
";

/// A store with that model in it, tuples, and what is behind them.
fn store(rest: &str) -> String {
    let model = MODEL.replace('\n', "\n  ");
    format!(
        "name: a store\nmodel: |\n  {model}\ntuples:\n  - {{user: user:ann, relation: owner, \
         object: doc:1}}\n{rest}"
    )
}

/// What the binary said and how it ended.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(words: &[&str], files: &[&Path]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    let output = command.arg("fga").args(words).args(files).output();
    let output = output.expect("the binary");
    Said {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A folder with one file in it.
fn file(name: &str, text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, text).expect("a file");
    (folder, path)
}

fn test(text: &str) -> Said {
    let (_folder, path) = file("store.fga.yaml", text);
    run(&["test"], &[&path])
}

/// Runs `fga model` on a file of this name.
fn model(words: &[&str], name: &str, text: &str) -> Said {
    let (_folder, path) = file(name, text);
    run(&[&["model"], words].concat(), &[&path])
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/samples")
}

fn stores_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(stores_below(&path));
        } else if path.to_string_lossy().ends_with(".fga.yaml") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_sample_store_passes() {
    let stores = stores_below(&samples());
    assert_eq!(stores.len(), 23, "{stores:?}");
    let stores: Vec<&Path> = stores.iter().map(PathBuf::as_path).collect();
    let said = run(&["test"], &stores);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    let last = said.out.lines().last();
    assert_eq!(
        last,
        Some("218 assertions passed, 0 failed"),
        "{}",
        said.out
    );
    assert!(!said.out.contains("FAILED"), "{}", said.out);
}

#[test]
fn the_example_of_the_documents_passes_as_they_say() {
    let documents = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/OPERATING.md");
    let documents = fs::read_to_string(documents).expect("the documents");
    let (_, example) = documents
        .split_once("```yaml\nname: documents")
        .expect("it");
    let (example, rest) = example.split_once("```").expect("its end");
    let said = test(&format!("name: documents{example}"));
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(
        said.out.contains("  ok     owners can view\n"),
        "{}",
        said.out
    );
    let last = said.out.lines().last().expect("a line");
    assert!(rest.contains(&format!("`{last}`")), "{last}");
}

#[test]
fn what_is_not_as_expected_is_shown_with_what_was_asked() {
    let said = test(&store(
        "  - {user: user:bob, relation: viewer, object: doc:1,
     condition: {name: in_office, context: {net: 10.0.0.0/8}}}
tests:
  - name: all is well
    check:
      - {users: [user:ann, user:bob], objects: [doc:1], context: {ip: 10.1.1.1},
         assertions: {viewer: true}}
  - name: nothing is
    check:
      - {user: user:ann, object: doc:1, assertions: {owner: false, viewer: true}}
      - {user: user:bob, object: doc:1, assertions: {viewer: false}}
      - {user: user:bob, object: doc:1, context: {ip: 11.1.1.1, net: 11.0.0.0/8},
         assertions: {viewer: true}}
    list_objects:
      - {user: user:ann, type: doc, assertions: {viewer: [doc:2]}}
    list_users:
      - {object: doc:1, user_filter: [{type: user}], context: {ip: 10.1.1.1},
         assertions: {viewer: {users: [user:bob]}, owner: {users: [user:ann]}}}
",
    ));
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    let lines: Vec<&str> = said.out.lines().skip(1).collect();
    let expected = [
        "  ok     all is well",
        "  FAILED nothing is",
        "    ⅹ Check(user=user:ann,relation=owner,object=doc:1): expected=false, got=true",
        "    ⅹ Check(user=user:bob,relation=viewer,object=doc:1): expected=false, got=N/A, \
         error=condition `in_office`: the context lacks the parameters `ip`",
        "    ⅹ Check(user=user:bob,relation=viewer,object=doc:1, \
         context:{\"ip\":\"11.1.1.1\",\"net\":\"11.0.0.0/8\"}): expected=true, got=false",
        "    ⅹ ListObjects(user=user:ann,relation=viewer,type=doc): expected=[doc:2], got=[doc:1]",
        "    ⅹ ListUsers(object=doc:1,relation=viewer,user_filter=user, \
         context:{\"ip\":\"10.1.1.1\"}): expected=[user:bob], got=[user:ann user:bob]",
        "4 assertions passed, 5 failed",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn relations_and_types_that_there_are_not_are_no_answer() {
    let said = test(&store(
        "tests:
  - check:
      - {user: user:ann, object: doc:1, assertions: {editor: false}}
      - {user: robot:r2, object: doc:1, assertions: {viewer: false}}
      - {user: user, object: doc:1, assertions: {viewer: false}}
    list_objects:
      - {user: user:ann, type: docs, assertions: {viewer: []}}
    list_users:
      - {object: doc:1, user_filter: [{type: doc, relation: editor}],
         assertions: {viewer: {users: []}}}
",
    ));
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    for reason in [
        "got=N/A, error=type `doc` has no relation `editor`",
        "got=N/A, error=type `robot` is not defined",
        "got=N/A, error=user `user`: it is not of the form",
        "got=N/A, error=type `docs` is not defined",
        "user_filter=doc#editor): expected=[], got=N/A, error=type `doc` has no relation `editor`",
        "0 assertions passed, 5 failed",
    ] {
        assert!(said.out.contains(reason), "{reason}\n{}", said.out);
    }
}

#[test]
fn tuples_that_the_model_does_not_take_are_all_named() {
    let with = |tuple: &str| format!("  - {{{tuple}}}\n");
    let said = test(&store(
        &[
            with("user: user:bob, relation: editor, object: doc:1"),
            with("user: \"doc:1#viewer\", relation: viewer, object: doc:1"),
            with("user: \"user:*\", relation: owner, object: doc:1"),
            with("user: user:bob, relation: owner, object: doc:1, condition: {name: in_office}"),
            with("user: user:bob, relation: viewer, object: doc:1, condition: {name: in_offic}"),
            with(
                "user: user:bob, relation: viewer, object: doc:1, \
             condition: {name: in_office, context: {net: 7}}",
            ),
            "tests:\n  - tuples: [{user: user:eve, relation: viewer, object: dok:1}]\n".to_owned(),
        ]
        .concat(),
    ));
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    let expected = [
        "tuple `doc:1#editor@user:bob`: type `doc` has no relation `editor`",
        "tuple `doc:1#viewer@doc:1#viewer`: `doc#viewer` may not be assigned to relation `viewer`",
        "tuple `doc:1#owner@user:*`: `user:*` may not be assigned to relation `owner`",
        "tuple `doc:1#owner@user:bob`: relation `owner` does not take it with condition \
         `in_office`",
        "tuple `doc:1#viewer@user:bob`: relation `viewer` does not take it with condition \
         `in_offic`",
        "tuple `doc:1#viewer@user:bob`: condition `in_office`: the parameter `net` is a `string`, \
         but 7 was given",
        "tuple `dok:1#viewer@user:eve`: type `dok` is not defined",
    ];
    let said: Vec<_> = (said.err.lines())
        .map(|line| line.split_once("store.fga.yaml: ").expect("the file").1)
        .collect();
    assert_eq!(said, expected);
}

#[test]
fn files_that_cannot_be_read_end_with_another_code() {
    let csv = format!("{}tuple_file: a.csv\n", store(""));
    let txt = format!("{}tuple_file: a.txt\n", store(""));
    let two = store("tests: [{check: [{user: a, users: [b], object: c, assertions: {}}]}]\n");
    let broken = [
        ("name: [a\nmodel: |\n  model\n", "store.fga.yaml:1:7: "),
        (
            "name: a\nmodl: b\n",
            "store.fga.yaml:2:1: unknown field `modl`, expected one of",
        ),
        (
            "name: a\n",
            "store.fga.yaml: it has neither `model` nor `model_file`",
        ),
        ("model_file: none.fga\n", "none.fga: No such file"),
        (&csv, "a.csv:1:1: its first line must name the columns"),
        (&txt, "a.txt: tuples are read from `.csv`, `.json`,"),
        (&two, "a check has either `user` or `users`"),
    ];
    for (text, reason) in broken {
        let (folder, path) = file("store.fga.yaml", text);
        for name in ["a.csv", "a.txt"] {
            fs::write(folder.path().join(name), "").expect("a file");
        }
        let said = run(&["test"], &[&path]);
        assert_eq!(said.code, Some(2), "{}{}", said.out, said.err);
        assert!(said.err.contains(reason), "{reason}\n{}", said.err);
        assert_eq!(
            said.out,
            "0 assertions passed, 0 failed; files not run: 1\n"
        );
    }
}

#[test]
fn tuples_come_from_files_of_yaml_and_json_and_from_the_folder_above() {
    let (folder, path) = file(
        "store.fga.yaml",
        "model_file: ../model.json
tuple_file: a.yaml
tuple_files: [b.json]
tests:
  - tuple_file: c.yml
    list_users:
      - {object: doc:1, user_filter: [{type: user}],
         assertions: {owner: {users: [user:a, user:b, user:c]}}}
  - list_users:
      - {object: doc:1, user_filter: [{type: user}],
         assertions: {owner: {users: [user:b, user:a]}}}
",
    );
    let below = folder.path().join("below");
    fs::create_dir(&below).expect("a folder");
    let moved = below.join("store.fga.yaml");
    fs::rename(path, &moved).expect("a file");
    let tuple =
        |who| format!("[{{\"user\": \"{who}\", \"relation\": \"owner\", \"object\": \"doc:1\"}}]");
    for (name, who) in [
        ("a.yaml", "user:a"),
        ("b.json", "user:b"),
        ("c.yml", "user:c"),
    ] {
        fs::write(below.join(name), tuple(who)).expect("a file");
    }
    let json = model(&["show"], "model.fga", MODEL).out;
    fs::write(folder.path().join("model.json"), json).expect("a file");
    let said = run(&["test"], &[&moved]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(
        said.out.ends_with("2 assertions passed, 0 failed\n"),
        "{}",
        said.out
    );
}
