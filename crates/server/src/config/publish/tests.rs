//! Tests of what is published: it is up to date, complete, and true.

use super::super::tests::{config, load_with};
use super::super::{Flags, key};
use super::*;
use std::path::Path;

/// The example with every setting switched on.
fn uncommented() -> String {
    example().lines().fold(String::new(), |mut text, line| {
        match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with([' ', ':']) => text.push_str(setting),
            _ => text.push_str(line),
        }
        text + "\n"
    })
}

/// Set `UPDATE_DOCS=1` to write the files anew.
#[test]
fn the_published_files_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for Publication { path, contents } in publications() {
        let file = root.join(path);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, &contents).unwrap();
        }
        let published = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            published == contents,
            "{path} is stale; run this test with UPDATE_DOCS=1"
        );
    }
}

#[test]
fn the_example_changes_nothing() {
    let plain = config(&Flags::default(), &[], "").show();
    assert_eq!(config(&Flags::default(), &[], &example()).show(), plain);
}

#[test]
fn the_example_has_every_setting_with_its_default() {
    let text = uncommented();
    let mut problems = Vec::new();
    let missing = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
    let layer = super::super::file::read(Path::new("e"), &text, &missing, &mut problems);
    assert_eq!(problems, []);
    assert_eq!(layer.0.len(), key::keys().count());
    let defaults = super::super::document::defaults();
    for path in layer.0.keys() {
        if let Some(default) = defaults.plain(path) {
            assert_eq!(layer.plain(path), Some(default), "{path}");
        }
    }
    assert!(load_with(&Flags::default(), &[], &[("claviger.toml", &text)]).is_ok());
}

/// Every object of the schema refuses what it does not name, and names what a setting is for.
#[test]
fn the_schema_names_every_setting_and_nothing_else() {
    let schema: serde_json::Value = serde_json::from_str(&super::schema()).unwrap();
    for (key, path) in key::paths() {
        let mut table = &schema;
        for part in path.split('.') {
            assert_eq!(table["additionalProperties"], false, "{path}");
            table = &table["properties"][part];
            if let Some(name) = table["$ref"].as_str() {
                table = &schema["$defs"][name.rsplit_once('/').unwrap().1];
            }
        }
        assert_eq!(table["description"], key.description(), "{path}");
    }
    assert_eq!(
        schema["properties"]["email"]["properties"]["otp_length"]["maximum"],
        10
    );
    assert_eq!(
        schema["properties"]["limits"]["properties"]["mails"]["default"],
        "30"
    );
    assert!(schema["properties"]["keys"]["properties"]["jwt_secret_file"].is_object());
}

#[test]
fn the_manual_lists_every_variable_that_stands_alone() {
    let [_, _, manual] = publications();
    for variable in gotrue::documented() {
        let cell = format!("| `{}` |", variable.name);
        assert!(manual.contents.contains(&cell), "{cell}");
    }
    assert!(!manual.contents.contains(TABLE));
}

#[test]
fn what_is_not_built_yet_says_so_wherever_it_is_published() {
    let [schema, example, manual] = publications();
    let text = "SAML assertions of one address. Not built yet: no effect.";
    assert!(schema.contents.contains(text));
    assert!(example.contents.contains(&format!("# {text}\n")));
    for row in [
        "| `GOTRUE_SAML_RATE_LIMIT_ASSERTION` | `limits.saml`: not built yet, no effect |",
        "| `GOTRUE_EXTERNAL_<PROVIDER>_SKIP_NONCE_CHECK` | `providers.*.skip_nonce_check`: not \
         built yet, no effect |",
    ] {
        assert!(manual.contents.contains(row), "{row}");
    }
}
