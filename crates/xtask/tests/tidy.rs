//! Reads every file of this repository and holds it against the house style.

use xtask::repository::Repository;
use xtask::tidy::{EXCEPTIONS, findings};

#[test]
fn every_file_keeps_the_house_style() {
    let repository = Repository::find().expect("tests run inside the workspace");
    let files = repository.files().expect("git lists the files");
    assert!(files.len() > 20, "files were read");
    let findings: Vec<_> = findings(&files, EXCEPTIONS)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn every_exception_gives_its_reason() {
    for exception in EXCEPTIONS {
        assert!(
            exception.reason.split_whitespace().count() >= 4,
            "{exception:?}"
        );
    }
}
