//! `claviger fga import` and `export`: stores of a database, filled from files and written to them.

use crate::process::{Engine, Place, on_both_engines};
use std::fs;
use std::process::Output;

const STORE: &str = "name: documents
model: |
  model
    schema 1.1

  type user

  type group
    relations
      define member: [user]

  type doc
    relations
      define viewer: [user, user:*, group#member, user with in_office]

  condition in_office(ip: ipaddress, net: string) {
    ip.in_cidr(net)
  }
tuples:
  - {user: user:ann, relation: viewer, object: doc:1}
  - {user: \"user:*\", relation: viewer, object: doc:2}
  - user: user:bob
    relation: viewer
    object: doc:1
    condition: {name: in_office, context: {net: 10.0.0.0/8}}
tests:
  - name: who views what
    check:
      - user: user:ann
        object: doc:1
        assertions: {viewer: true}
      - user: user:cleo
        object: doc:2
        assertions: {viewer: true}
      - user: user:bob
        object: doc:1
        context: {ip: 10.1.2.3}
        assertions: {viewer: true}
";

const TABLE: &str =
    "user_type,user_id,user_relation,relation,object_type,object_id,condition_name,\
condition_context
user,dan,,member,group,staff,,
group,staff,member,viewer,doc,3,,
user,dan,,viewer,doc,3,in_office,\"{\"\"net\"\":\"\"192.168.0.0/16\"\"}\"
";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeeded(output: &Output) -> (String, String) {
    let said = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said:?}");
    said
}

fn write(place: &Place, name: &str, content: &str) -> String {
    let path = place.folder.path().join(name);
    fs::write(&path, content).expect("a file");
    path.to_string_lossy().into_owned()
}

fn store_of(said: &str) -> String {
    let id = said.lines().find_map(|line| line.strip_prefix("store: "));
    id.expect("the id of the store").to_owned()
}

/// The tuples of an export, a line each.
fn tuples(exported: &str) -> Vec<&str> {
    exported
        .lines()
        .filter(|line| line.starts_with("  - {"))
        .collect()
}

async fn what_was_imported_is_exported_and_means_the_same(engine: Engine) {
    let Some(place) = Place::open(engine).await else {
        return;
    };
    place.serve().await.stop().await;
    let file = write(&place, "store.fga.yaml", STORE);
    let (said, _) = succeeded(&place.run(&["fga", "import", &file]).await);
    let store = store_of(&said);
    let table = write(&place, "more.csv", TABLE);
    let words = ["fga", "import", "--store", &store, &table];
    let (_, progress) = succeeded(&place.run(&words).await);
    assert!(progress.contains("3 tuples in 1 commits"), "{progress}");
    let (exported, _) = succeeded(&place.run(&["fga", "export", "--store", &store]).await);
    assert_eq!(tuples(&exported).len(), 6, "{exported}");
    assert!(exported.starts_with("name: \"documents\"\n"), "{exported}");
    let tests = STORE.split_once("tests:\n").expect("its tests").1;
    let whole = format!("{exported}tests:\n{tests}");
    let again = write(&place, "again.fga.yaml", &whole);
    let (said, _) = succeeded(&place.run_bare(&["fga", "test", &again]).await);
    assert!(said.contains("3 assertions passed, 0 failed"), "{said}");
    let words = ["fga", "import", again.as_str()];
    let copy = store_of(&succeeded(&place.run(&words).await).0);
    assert_ne!(copy, store);
    let (copied, _) = succeeded(&place.run(&["fga", "export", "--store", &copy]).await);
    assert_eq!(copied, exported);
}

async fn an_import_can_be_run_again_and_changes_conditions(engine: Engine) {
    let Some(place) = Place::open(engine).await else {
        return;
    };
    place.serve().await.stop().await;
    let file = write(&place, "store.fga.yaml", STORE);
    let store = store_of(&succeeded(&place.run(&["fga", "import", &file]).await).0);
    let changed = STORE.replace("10.0.0.0/8", "172.16.0.0/12");
    let file = write(&place, "changed.fga.yaml", &changed);
    let words = ["fga", "import", "--store", &store, &file];
    assert_eq!(store_of(&succeeded(&place.run(&words).await).0), store);
    let (exported, _) = succeeded(&place.run(&["fga", "export", "--store", &store]).await);
    assert_eq!(tuples(&exported).len(), 3, "{exported}");
    assert!(exported.contains("172.16.0.0/12") && !exported.contains("10.0.0.0/8"));
}

async fn an_import_says_what_is_wrong_and_where(engine: Engine) {
    let Some(place) = Place::open(engine).await else {
        return;
    };
    place.serve().await.stop().await;
    let file = write(&place, "store.fga.yaml", STORE);
    let store = store_of(&succeeded(&place.run(&["fga", "import", &file]).await).0);
    let refused = async |name: &str, content: &str| {
        let file = write(&place, name, content);
        let output = place
            .run(&["fga", "import", "--store", &store, &file])
            .await;
        assert!(!output.status.success(), "{name}");
        text(&output.stderr)
    };
    let unfit = TABLE.replace("group,staff,member", "group,staff,owner");
    let said = refused("unfit.csv", &unfit).await;
    assert!(said.contains("group:staff#owner"), "{said}");
    let said = refused("torn.csv", &TABLE.replace("staff,,\n", "staff\n")).await;
    assert!(said.contains("torn.csv:2"), "{said}");
    let said = refused("lines.jsonl", "{\"user\": \"user:ann\"}\n{").await;
    assert!(said.contains("lines.jsonl:1:"), "{said}");
    let said = refused("tuples.txt", "").await;
    assert!(said.contains("tuples.txt"), "{said}");
    let (exported, _) = succeeded(&place.run(&["fga", "export", "--store", &store]).await);
    assert_eq!(tuples(&exported).len(), 3, "nothing of them is stored");
}

async fn a_store_that_is_not_there_is_named(engine: Engine) {
    let Some(place) = Place::open(engine).await else {
        return;
    };
    place.serve().await.stop().await;
    let absent = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let output = place.run(&["fga", "export", "--store", absent]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("store not found"));
    let table = write(&place, "more.csv", TABLE);
    let output = place.run(&["fga", "import", &table]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--store"));
    let output = place.run(&["fga", "export", "--store", "nonsense"]).await;
    assert!(text(&output.stderr).contains("ULID"), "{output:?}");
}

async fn tuples_are_deleted_by_object_by_user_and_by_type(engine: Engine) {
    let Some(place) = Place::open(engine).await else {
        return;
    };
    place.serve().await.stop().await;
    let file = write(&place, "store.fga.yaml", STORE);
    let store = store_of(&succeeded(&place.run(&["fga", "import", &file]).await).0);
    let table = write(&place, "more.csv", TABLE);
    succeeded(
        &place
            .run(&["fga", "import", "--store", &store, &table])
            .await,
    );
    let delete = async |which: &[&str]| {
        let words = [&["fga", "delete", "--store", &store], which].concat();
        succeeded(&place.run(&words).await).0
    };
    assert_eq!(delete(&["--object", "doc:1"]).await, "2 tuples deleted\n");
    assert_eq!(delete(&["--user", "user:dan"]).await, "2 tuples deleted\n");
    let (exported, _) = succeeded(&place.run(&["fga", "export", "--store", &store]).await);
    let left = tuples(&exported).join("\n");
    assert!(
        left.contains("user:*") && left.contains("group:staff#member"),
        "{left}"
    );
    assert_eq!(delete(&["--type", "doc"]).await, "2 tuples deleted\n");
    assert_eq!(delete(&["--type", "doc"]).await, "0 tuples deleted\n");
    let words = ["fga", "delete", "--store", store.as_str()];
    let output = place.run(&words).await;
    assert_eq!(output.status.code(), Some(2), "what to delete must be said");
}

async fn an_answer_is_explained_with_who_wrote_it_and_what_would_turn_it(engine: Engine) {
    let Some(place) = Place::open(engine).await else {
        return;
    };
    place.serve().await.stop().await;
    let file = write(&place, "store.fga.yaml", STORE);
    let store = store_of(&succeeded(&place.run(&["fga", "import", &file]).await).0);
    let table = write(&place, "more.csv", TABLE);
    let because = ["--reason", "the move of May"];
    let words = ["fga", "import", "--store", &store, &table];
    succeeded(&place.run(&[&words[..], &because].concat()).await);
    let explain = async |words: &[&str]| {
        let words = [&["fga", "explain", "--store", &store], words].concat();
        let output = place.run(&words).await;
        (output.status.code(), text(&output.stdout))
    };
    let (code, said) = explain(&[
        "user:dan",
        "viewer",
        "doc:3",
        "--context",
        r#"{"ip":"10.0.0.1"}"#,
    ])
    .await;
    assert_eq!(code, Some(0), "{said}");
    for part in [
        "allowed, at version 2\n",
        "✓ doc:3#viewer@group:staff#member\n",
        "✓ group:staff#member@user:dan\n",
        "written by claviger fga import at ",
        ", version 2: the move of May\n",
        "without group:staff#member@user:dan it would be denied\n",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let (code, said) = explain(&["user:eve", "viewer", "doc:3"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.ends_with("with doc:3#viewer@user:eve it would be allowed\n"),
        "{said}"
    );
    let (code, said) = explain(&[
        "user:eve",
        "viewer",
        "doc:3",
        "--with",
        "group:staff#member@user:eve",
    ])
    .await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("brought along by the question"), "{said}");
    let (code, said) = explain(&["user:bob", "viewer", "doc:1"]).await;
    assert_eq!(code, Some(2), "a value is missing: {said}");
    assert!(
        said.starts_with("nobody can say") && said.contains("`ip`"),
        "{said}"
    );
}

on_both_engines!(
    an_answer_is_explained_with_who_wrote_it_and_what_would_turn_it,
    tuples_are_deleted_by_object_by_user_and_by_type,
    what_was_imported_is_exported_and_means_the_same,
    an_import_can_be_run_again_and_changes_conditions,
    an_import_says_what_is_wrong_and_where,
    a_store_that_is_not_there_is_named,
);
