//! Tests of the private files: who may write where they are, and through what they are written.

use super::*;
use std::fs::Permissions;
use std::os::unix::fs::symlink;
use tempfile::TempDir;
use types::SystemEntropy;

const NOW: Time = Time::from_unix_seconds(1_000);

/// Draws the same bytes every time.
#[derive(Debug)]
struct Repeated;

impl Entropy for Repeated {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn folder_of_mode(mode: u32) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
    folder
}

#[test]
fn a_folder_that_others_may_write_to_is_refused_with_the_cure() {
    for mode in [0o777, 0o770, 0o702] {
        let folder = folder_of_mode(mode);
        let shown = folder.path().display();
        let error = signing_keys(folder.path(), &SystemEntropy).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the data folder `{shown}` can be written by others (mode {mode:o}); run chmod \
                 go-w on it"
            )
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
    let readable = folder_of_mode(0o755);
    assert!(signing_keys(readable.path(), &SystemEntropy).is_ok());
}

/// A link to somewhere else, or a file that others may read, laid where the keys will be written.
#[test]
fn keys_are_never_written_into_what_was_planted() {
    let folder = folder_of_mode(0o700);
    let target = folder.path().join("target");
    std::fs::write(&target, "before").unwrap();
    let fresh = format!("jwt-keys.{}.new", Repeated.uuid());
    symlink(&target, folder.path().join(fresh)).unwrap();
    let error = signing_keys(folder.path(), &Repeated).unwrap_err();
    assert!(error.to_string().contains("exists"), "{error}");
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "before");
}

#[test]
fn keys_are_new_once() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let signing = signing_keys(&data, &SystemEntropy).unwrap();
    let made = api_keys(&data, &signing.value, &SystemEntropy, NOW).unwrap();
    assert!(signing.is_new && made.is_new);
    let found = api_keys(&data, &signing.value, &SystemEntropy, NOW).unwrap();
    assert!(!signing_keys(&data, &SystemEntropy).unwrap().is_new && !found.is_new);
    assert_eq!(found.value.secret, made.value.secret);
    let names = std::fs::read_dir(&data).unwrap().count();
    assert_eq!(names, 2, "nothing else is left behind");
}

#[test]
fn what_is_printed_for_debugging_holds_no_key() {
    let folder = TempDir::new().unwrap();
    let signing = signing_keys(folder.path(), &SystemEntropy).unwrap().value;
    let keys = api_keys(folder.path(), &signing, &SystemEntropy, NOW).unwrap();
    let shown = format!("{keys:?}");
    for key in [keys.value.secret, keys.value.publishable, keys.value.anon] {
        assert!(!shown.contains(&key), "{shown}");
    }
}
