//! No bytes whatever make the reader of JSON models panic, and what it accepts is written and read
//! again.

use crate::amount::cases;
use crate::dsl::samples::single_models;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use rebac::{dsl, from_json, lint, to_json, validate};
use serde_json::Value;
use std::sync::LazyLock;

/// Pieces that make another document of a sample, or none at all.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "-1",
    "1e999",
    "{}",
    "[]",
    "\"\"",
    "\"*\"",
    "\"this\":{}",
    "\"union\":{\"child\":[]},",
    "\"difference\":{\"base\":{\"this\":{}},\"subtract\":{\"this\":{}}},",
    "\"computedUserset\":{\"relation\":\"member\"},",
    "\"wildcard\":{},",
    "\"relation\":\"viewer\",",
    "\"type\":\"user\",",
    "\"condition\":\"\",",
    "\"type_name\":\"TYPE_NAME_LIST\",",
    "\"schema_version\":\"1.2\",",
    "\u{0}",
    "\u{feff}",
    "é",
    " ",
    "\n",
];

/// The sample models, as JSON texts.
static SAMPLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let models = single_models().into_values();
    let models = models.map(|text| dsl::parse(&text).expect("it can be read").0);
    models
        .map(|model| to_json(&model).to_string().into_bytes())
        .collect()
});

fn read(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return Ok(());
    };
    match from_json(&value) {
        Ok(model) => {
            let _ = validate(&model, |_| Ok(()));
            let _ = lint(&model);
            prop_assert_eq!(from_json(&to_json(&model)), Ok(model));
        }
        Err(error) => {
            let said = error.to_string();
            prop_assert!(!said.is_empty() && !said.contains('\n'), "{said}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        read(&bytes)?;
    }

    #[test]
    fn any_pieces_are_read_or_refused(pieces in vec(select(PIECES), 0..6)) {
        read(pieces.concat().as_bytes())?;
        read(format!("{{{}\"a\":0}}", pieces.concat()).as_bytes())?;
    }

    #[test]
    fn any_change_of_a_sample_is_read_or_refused(
        sample in any::<Index>(),
        changes in vec((any::<Index>(), 0_usize..3, select(PIECES)), 1..3),
    ) {
        let mut bytes = sample.get(SAMPLES.as_slice()).clone();
        for (at, removed, inserted) in changes {
            let at = at.index(bytes.len() + 1);
            let end = (at + removed).min(bytes.len());
            bytes.splice(at..end, inserted.bytes());
        }
        read(&bytes)?;
    }

    /// A part of one sample in the place of a part of another: mostly still JSON.
    #[test]
    fn any_mixture_of_samples_is_read_or_refused(
        samples in any::<[Index; 2]>(),
        places in any::<[Index; 2]>(),
    ) {
        let [mut one, other] = samples.map(|index| {
            let bytes: &Vec<u8> = index.get(SAMPLES.as_slice());
            serde_json::from_slice::<Value>(bytes).expect("our own JSON")
        });
        let pointers = |value: &Value| {
            let mut all = Vec::new();
            pointers_below(value, String::new(), &mut all);
            all
        };
        let (into, from) = (pointers(&one), pointers(&other));
        let part: &String = places[1].get(&from);
        let part = other.pointer(part).cloned().expect("it is a place of it");
        let place: &String = places[0].get(&into);
        *one.pointer_mut(place).expect("it is a place of it") = part;
        read(one.to_string().as_bytes())?;
    }
}

/// The places in a document, as JSON pointers.
fn pointers_below(value: &Value, here: String, all: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers_below(item, format!("{here}/{index}"), all);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                pointers_below(field, format!("{here}/{}", escaped(key)), all);
            }
        }
        _ => {}
    }
    all.push(here);
}
