//! Models as people write them: OpenFGA's language, read into a [`Model`] and printed from one.
//!
//! What is accepted is OpenFGA's grammar, with spaces wherever they cannot be misread, and what a
//! model in JSON may hold besides: conditions without parameters, lists of lists. A text that
//! parses may still name what does not exist: that is for the rules to say, not for the grammar.

mod braces;
mod lexer;
pub mod manifest;
pub mod module;
mod names;
mod parser;
mod printer;

pub use manifest::{Manifest, parse_manifest};
pub use module::{MANIFEST_FILE, Module, ModuleError, merge, parse_module, parse_modules};
pub use printer::{Unprintable, print};

use crate::model::{Definition, Model};
use crate::place::{Place, Places};
use parser::{Document, Header};

/// How many parentheses, or lists of lists, may stand within each other.
pub const NESTING_MAX: usize = 50;
/// How many errors are reported of one text; reading ends with the last.
pub const ERRORS_MAX: usize = 50;

/// Why a text is no model, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct SyntaxError {
    /// Where the text stops making sense.
    pub place: Place,
    /// What was found there, what was expected, and what to do.
    pub message: String,
}

/// Reads a model of one file, and where each of its items stands.
///
/// # Errors
///
/// At least one and at most [`ERRORS_MAX`] errors, in the order of the text.
pub fn parse(text: &str) -> Result<(Model, Places), Vec<SyntaxError>> {
    let Document {
        header,
        types,
        conditions,
        items,
    } = parser::parse_document(text)?;
    let Header::Model(schema) = header.value else {
        let message = "found `module`, expected `model`: a module is no model by itself, read it \
                       with the `fga.mod` that lists it";
        return Err(vec![header.place.error(message)]);
    };
    let mut places = Places::default();
    for item in items {
        places.note(item.value, None, item.place);
    }
    let model = Model {
        schema,
        types: types.into_iter().map(|one| one.definition).collect(),
        conditions: conditions.into_iter().map(|one| one.value).collect(),
    };
    Ok((model, places))
}

impl Place {
    fn error(self, message: impl Into<String>) -> SyntaxError {
        SyntaxError {
            place: self,
            message: message.into(),
        }
    }
}

impl Definition {
    fn of(module: &str, file: &str) -> Self {
        Self {
            module: Some(module.to_owned()),
            file: Some(file.to_owned()),
        }
    }
}
