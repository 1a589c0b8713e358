//! No text whatever makes the reader panic or run away, and what it accepts comes back from print.

use crate::amount::cases;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use rebac::dsl::{self, ERRORS_MAX};

use super::samples::single_models;

/// The sample models.
static SAMPLES: LazyLock<Vec<String>> = LazyLock::new(|| single_models().into_values().collect());

/// Pieces from which texts are made that get further than random ones.
const PIECES: &[&str] = &[
    "model",
    "schema",
    "1.1",
    "module",
    "type",
    "extend",
    "relations",
    "define",
    "condition",
    "or",
    "and",
    "but",
    "not",
    "from",
    "with",
    "a",
    "b",
    "user",
    "list",
    "string",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    ":",
    ",",
    "#",
    "*",
    "\"",
    "'",
    "\"\"\"",
    "\\",
    "//",
    "\n",
    "\r\n",
    " ",
    "\t",
    "\u{a0}",
    "é",
    "\u{0}",
    "# x\n",
    "model\n  schema 1.1\n",
    "\n  relations\n",
    "\n    define x: ",
    "- ",
    "schema: '1.2'\n",
    "contents:\n",
    "- a.fga\n",
];

/// Reads a text as each kind of file. What is read as a model is printed and read again.
fn read_as_anything(text: &str) -> Result<(), TestCaseError> {
    match dsl::parse(text) {
        Ok((model, _)) => {
            let printed = dsl::print(&model);
            prop_assert!(printed.is_ok(), "{text}\n{printed:?}");
            let again = dsl::parse(&printed.unwrap()).map(|(model, _)| model);
            prop_assert_eq!(again, Ok(model), "{}", text);
        }
        Err(errors) => {
            prop_assert!(!errors.is_empty() && errors.len() <= ERRORS_MAX);
            let lines = u32::try_from(text.split('\n').count()).unwrap();
            prop_assert!(
                errors.iter().all(|error| error.place.line <= lines),
                "{errors:?}"
            );
            prop_assert!(
                errors.iter().all(|error| !error.message.contains('\n')),
                "{errors:?}"
            );
        }
    }
    if let Ok(module) = dsl::parse_module("a.fga", text) {
        let _ = dsl::merge(vec![module]);
    }
    if let Ok(manifest) = dsl::parse_manifest(text) {
        prop_assert!(!manifest.contents.is_empty());
        let missing = dsl::parse_modules(&manifest, &BTreeMap::new());
        prop_assert!(missing.is_err());
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn any_bytes_end_in_a_model_or_in_errors(bytes in vec(any::<u8>(), 0..300)) {
        read_as_anything(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_words_end_in_a_model_or_in_errors(pieces in vec(select(PIECES), 0..80)) {
        read_as_anything(&pieces.join(" "))?;
        read_as_anything(&pieces.concat())?;
        read_as_anything(&format!("model\n  schema 1.1\n{}", pieces.concat()))?;
    }

    #[test]
    fn any_change_of_a_sample_ends_in_a_model_or_in_errors(
        sample in any::<Index>(),
        changes in vec((any::<Index>(), 0_usize..6, select(PIECES)), 1..8),
    ) {
        let mut text: Vec<char> = sample.get(SAMPLES.as_slice()).chars().collect();
        for (at, removed, inserted) in changes {
            let at = at.index(text.len());
            let end = (at + removed).min(text.len());
            text.splice(at..end, inserted.chars());
        }
        read_as_anything(&text.into_iter().collect::<String>())?;
    }
}

#[test]
fn a_large_text_is_read_in_time_that_grows_with_its_length() {
    // A quadratic reader would take minutes here.
    let names: Vec<String> = (0..60_000).map(|n| format!("r{n}")).collect();
    let relations = format!("define {}: a", names.join(": a\ndefine "));
    assert!(dsl::parse(&super::with_relations(&relations)).is_ok());
    let operands = vec!["a"; 300_000].join(" or ");
    assert!(dsl::parse(&super::with_relations(&format!("define x: {operands}"))).is_ok());
    let quotes = "''".repeat(300_000);
    let condition = format!("model\n  schema 1.1\ncondition c() {{ {quotes} }}");
    assert!(dsl::parse(&condition).is_ok());
    for piece in [
        "(",
        "[",
        "{",
        "'",
        "#",
        "define ",
        "type a\n",
        "\n",
        "list<",
        "condition c(",
    ] {
        let text = format!("model\n  schema 1.1\n{}", piece.repeat(200_000));
        let _ = dsl::parse(&text);
    }
}
