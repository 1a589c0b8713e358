//! The published sample stores: every model in them is read, and comes back from print.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rebac::dsl::{self, MANIFEST_FILE};
use rebac::{Definition, Model, Places};

/// Where they lie.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/samples")
}

/// Every model of one file among the samples, by where it is from.
pub(crate) fn single_models() -> BTreeMap<PathBuf, String> {
    let mut models = BTreeMap::new();
    for path in files_below(&folder()) {
        let text = fs::read_to_string(&path).unwrap();
        if path.to_string_lossy().ends_with(".fga.yaml") {
            if let Some(model) = model_block(&text) {
                models.insert(path, model);
            }
        } else if path.extension().is_some_and(|end| end == "fga") && !text.starts_with("module") {
            models.insert(path, text);
        }
    }
    models
}

/// What the stores name as `model_file`.
fn model_files() -> Vec<PathBuf> {
    let mut named = Vec::new();
    for path in files_below(&folder()) {
        if !path.to_string_lossy().ends_with(".fga.yaml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            if let Some(file) = line.strip_prefix("model_file: ./") {
                named.push(path.with_file_name(file.trim()));
            }
        }
    }
    named
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// The block under `model: |`: the lines that are blank or indented, without their indentation.
fn model_block(store: &str) -> Option<String> {
    let lines: Vec<&str> = store
        .lines()
        .skip_while(|line| !line.starts_with("model: |"))
        .skip(1)
        .take_while(|line| line.trim().is_empty() || line.starts_with(' '))
        .collect();
    let first = lines.iter().find(|line| !line.trim().is_empty())?;
    let indent = first.len() - first.trim_start().len();
    let mut block = String::new();
    for line in lines {
        block.push_str(line.get(indent..).unwrap_or_default());
        block.push('\n');
    }
    Some(block)
}

/// Reads a modular model from its folder.
pub(crate) fn read_modular(manifest: &Path) -> (Model, Places) {
    let manifest_text = fs::read_to_string(manifest).unwrap();
    let folder = manifest.parent().unwrap();
    let parsed = dsl::parse_manifest(&manifest_text).unwrap();
    let texts = parsed.contents.iter().map(|entry| {
        let text = fs::read_to_string(folder.join(&entry.file)).unwrap();
        (entry.file.clone(), text)
    });
    dsl::parse_modules(&parsed, &texts.collect()).unwrap()
}

#[test]
fn every_sample_of_one_file_is_read_and_comes_back() {
    let models = single_models();
    assert_eq!(models.len(), 19, "{:?}", models.keys());
    for (path, text) in models {
        let path = path.display();
        let (model, _) = dsl::parse(&text).unwrap_or_else(|error| panic!("{path}: {error:#?}"));
        assert!(!model.types.is_empty(), "{path}");
        let printed = dsl::print(&model).unwrap_or_else(|error| panic!("{path}: {error}"));
        let (again, _) = dsl::parse(&printed).unwrap();
        assert_eq!(again, model, "{path}\n{printed}");
    }
}

#[test]
fn every_model_that_a_store_names_is_among_them() {
    let models = single_models();
    let named = model_files();
    assert_eq!(named.len(), 10);
    for file in named {
        let is_modular = file.ends_with(MANIFEST_FILE) && file.exists();
        assert!(is_modular || models.contains_key(&file), "{file:?}");
    }
}

#[test]
fn the_modular_sample_is_merged_and_printed_without_its_modules() {
    let (model, places) = read_modular(&folder().join("modular").join(MANIFEST_FILE));
    let names: Vec<&str> = model.types.iter().map(|one| one.name.as_str()).collect();
    let expected = [
        "user",
        "organization",
        "group",
        "project",
        "ticket",
        "space",
        "page",
    ];
    assert_eq!(names, expected);
    let organization = model.type_of("organization").unwrap();
    assert_eq!(organization.definition.module.as_deref(), Some("core"));
    let files = organization.relations.iter().map(|relation| {
        let file = relation.definition.file.as_deref();
        (relation.name.as_str(), file)
    });
    assert_eq!(
        files.collect::<Vec<_>>(),
        [
            ("member", None),
            ("admin", None),
            ("can_create_project", Some("issue-tracker/projects.fga")),
            ("can_create_space", Some("wiki.fga")),
        ]
    );
    let schema = places.find(&rebac::Item::Schema).unwrap();
    assert_eq!((schema.0, schema.1.line), (Some(MANIFEST_FILE), 1));

    let mut plain = model.clone();
    for one in &mut plain.types {
        one.definition = Definition::default();
        for relation in &mut one.relations {
            relation.definition = Definition::default();
        }
    }
    let (again, _) = dsl::parse(&dsl::print(&model).unwrap()).unwrap();
    assert_eq!(again, plain);
}

#[test]
fn every_module_of_the_samples_is_read_by_itself() {
    let mut count = 0;
    for path in files_below(&folder()) {
        if path.extension().is_some_and(|end| end == "fga") {
            let text = fs::read_to_string(&path).unwrap();
            if text.starts_with("module") {
                dsl::parse_module("a.fga", &text).unwrap();
                count += 1;
            }
        }
    }
    assert_eq!(count, 4);
}
