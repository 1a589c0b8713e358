//! Asks cargo for the real edges of this workspace and compares them with the tables.

use xtask::architecture::{breaches, mentions, packages};
use xtask::repository::Repository;

#[test]
fn crates_use_only_what_the_design_allows() {
    let repository = Repository::find().expect("tests run inside the workspace");
    let packages = packages(&repository.members);
    assert!(packages.len() > 5, "cargo metadata was read");
    let breaches: Vec<_> = breaches(&packages)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn adapters_never_mention_each_other() {
    let repository = Repository::find().expect("tests run inside the workspace");
    let files = repository.files().expect("git lists the files");
    assert!(
        files
            .iter()
            .any(|file| file.path == "crates/server/src/lib.rs"),
        "files were read"
    );
    let found = files
        .iter()
        .flat_map(|file| mentions(&file.path, &file.text));
    let breaches: Vec<_> = found.map(|breach| breach.to_string()).collect();
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}
