//! What is wrong in a file, and where.

use rebac::place::Place;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Reads files: who calls decides from where.
pub type Files<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// Something that is wrong in a file; printed as `file:line:column: message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The file.
    pub file: PathBuf,
    /// Where in it, if that is known.
    pub place: Option<Place>,
    /// What is wrong, with names.
    pub message: String,
}

/// Why nothing could be made of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It, or a file that it names, cannot be read or is not of its format.
    Unreadable(Flaw),
    /// It was read, and what it says breaks rules: at least one.
    Flawed(Vec<Flaw>),
}

impl Failure {
    /// Everything that is wrong.
    pub fn flaws(&self) -> &[Flaw] {
        match self {
            Self::Unreadable(flaw) => std::slice::from_ref(flaw),
            Self::Flawed(flaws) => flaws,
        }
    }
}

impl Flaw {
    /// Something that is wrong with a whole file.
    pub(crate) fn of(file: &Path, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            place: None,
            message: message.into(),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match self.place {
            Some(place) => write!(f, "{file}:{place}: {}", self.message),
            None => write!(f, "{file}: {}", self.message),
        }
    }
}

/// Reads a file.
pub(crate) fn read(path: &Path, files: Files<'_>) -> Result<String, Failure> {
    files(path).map_err(|error| Failure::Unreadable(Flaw::of(path, error.to_string())))
}

/// A place by numbers as other crates have them.
pub(crate) fn place(line: u64, column: u64) -> Option<Place> {
    Some(Place {
        line: u32::try_from(line).ok().filter(|line| *line > 0)?,
        column: u32::try_from(column).ok()?,
    })
}

/// What is wrong in a file of JSON.
pub(crate) fn of_json(path: &Path, error: &serde_json::Error) -> Flaw {
    Flaw {
        file: path.to_owned(),
        place: place(error.line() as u64, error.column() as u64),
        message: without_place(error.to_string()),
    }
}

/// What is wrong in a file of YAML.
pub(crate) fn of_yaml(path: &Path, error: &serde_saphyr::Error) -> Flaw {
    let error = error.without_snippet();
    let location = error.location();
    Flaw {
        file: path.to_owned(),
        place: location.and_then(|at| place(at.line(), at.column())),
        message: without_place(error.to_string()),
    }
}

/// A message without the place that it ends with, in words.
fn without_place(mut message: String) -> String {
    if let Some(end) = message.rfind(" at line ") {
        message.truncate(end);
    }
    message
}
