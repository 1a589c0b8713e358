//! The sample stores of OpenFGA: every model is read, is valid, and its conditions compile.

use crate::dsl::samples::{folder, read_modular, single_models};
use rebac::condition::Compiled;
use rebac::dsl::{self, MANIFEST_FILE};
use rebac::{from_json, to_json, validate};

#[test]
fn every_sample_is_a_valid_model() {
    let single = single_models().into_iter().map(|(path, text)| {
        let (model, _) = dsl::parse(&text).expect("it can be read");
        (path.display().to_string(), model)
    });
    let modular = read_modular(&folder().join("modular").join(MANIFEST_FILE)).0;
    let mut seen = 0;
    for (name, model) in single.chain([("modular".to_owned(), modular)]) {
        let compile = |condition: &rebac::Condition| {
            Compiled::new(condition)
                .map(drop)
                .map_err(|e| e.to_string())
        };
        assert_eq!(validate(&model, compile), Ok(()), "{name}");
        let json = to_json(&model);
        let again = from_json(&json).expect("our own JSON");
        assert_eq!(to_json(&again), json, "{name}");
        assert_eq!(validate(&again, compile), Ok(()), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 20, "models");
}
