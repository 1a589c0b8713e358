//! `fga.mod`: which files make up a modular model, in the few lines of YAML that this takes.

use std::collections::BTreeSet;

use super::lexer::quote;
use super::{ERRORS_MAX, SyntaxError};
use crate::model::Schema;
use crate::place::Place;

/// What YAML gives a meaning at the start of a text without quotes.
const INDICATORS: &str = "-?:,[]{}#&*!|>%@`";

/// What `fga.mod` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The version of the language; only 1.2 has modules.
    pub schema: Schema,
    /// Where the version stands.
    pub schema_place: Place,
    /// The files in their order, relative to `fga.mod`, as they were written.
    pub contents: Vec<ManifestEntry>,
}

/// A file that `fga.mod` lists. Its name leads nowhere but down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestEntry {
    /// Its name, such as `teams/core.fga`.
    pub file: String,
    /// Where it is listed.
    pub place: Place,
}

/// Reads an `fga.mod`.
///
/// # Errors
///
/// At least one and at most [`ERRORS_MAX`] errors, in the order of the text.
pub fn parse_manifest(text: &str) -> Result<Manifest, Vec<SyntaxError>> {
    let mut reader = Reader::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in (1_u32..).zip(text.lines()) {
        if let Err(error) = reader.line(number, line) {
            reader.errors.push(error);
        }
        if reader.errors.len() >= ERRORS_MAX {
            break;
        }
    }
    reader.end()
}

#[derive(Default)]
struct Reader {
    schema: Option<Place>,
    contents: Option<Place>,
    entries: Vec<ManifestEntry>,
    /// How far the list is indented, and whether the lines belong to it.
    indent: Option<usize>,
    is_in_list: bool,
    /// The files without what makes two names of one.
    files: BTreeSet<String>,
    errors: Vec<SyntaxError>,
}

/// A part of a line.
#[derive(Clone, Copy)]
struct Piece<'t> {
    text: &'t str,
    place: Place,
}

impl Reader {
    fn line(&mut self, number: u32, line: &str) -> Result<(), SyntaxError> {
        let whole = Piece {
            text: line,
            place: Place {
                line: number,
                column: 1,
            },
        };
        let piece = whole.after_blanks();
        if piece.text.is_empty() || piece.text.starts_with('#') || line.trim_end() == "---" {
            return Ok(());
        }
        let indent = line.len() - piece.text.len();
        if line
            .get(..indent)
            .is_some_and(|blanks| blanks.contains('\t'))
        {
            return Err(piece.error("found a tab before it, expected spaces: indent with spaces"));
        }
        if piece.text.starts_with("- ") {
            return self.entry(indent, piece);
        }
        if indent > 0 || piece.text.starts_with('-') {
            return Err(piece.expected("`- ` and a file, or `schema:` or `contents:`"));
        }
        self.key(piece)
    }

    fn key(&mut self, piece: Piece<'_>) -> Result<(), SyntaxError> {
        self.is_in_list = false;
        let expected = "`schema:` or `contents:` at the start of the line";
        let (key, _) = piece
            .text
            .split_once(':')
            .ok_or_else(|| piece.expected(expected))?;
        let value = piece.after(key.len() + 1).after_blanks();
        match key.trim_end() {
            "schema" if self.schema.is_none() => {
                self.schema = Some(value.place);
                value.schema()
            }
            "contents" if self.contents.is_none() => {
                self.contents = Some(piece.place);
                self.is_in_list = true;
                if value.text.is_empty() || value.text.starts_with('#') {
                    return Ok(());
                }
                Err(value.expected("the end of the line: list each file on a line, after `- `"))
            }
            "schema" | "contents" => Err(piece.error(format!(
                "`{}` stands twice: remove this one",
                key.trim_end()
            ))),
            _ => Err(piece.expected(expected)),
        }
    }

    fn entry(&mut self, indent: usize, piece: Piece<'_>) -> Result<(), SyntaxError> {
        if !self.is_in_list {
            return Err(piece.error("found a list, expected `contents:` on a line before it"));
        }
        if *self.indent.get_or_insert(indent) != indent {
            return Err(piece.error("indent it as far as the first file of the list"));
        }
        let value = piece.after(1).after_blanks();
        let file = value.scalar()?.text;
        if let Some(fault) = fault_of(file) {
            return Err(value.error(format!("found {}, {fault}", quote(file))));
        }
        let steps = file.split('/').filter(|step| !matches!(*step, "" | "."));
        if !self.files.insert(steps.collect::<Vec<_>>().join("/")) {
            return Err(value.error(format!("{} is listed twice: remove one", quote(file))));
        }
        self.entries.push(ManifestEntry {
            file: file.to_owned(),
            place: value.place,
        });
        Ok(())
    }

    fn end(mut self) -> Result<Manifest, Vec<SyntaxError>> {
        let first = Place { line: 1, column: 1 };
        if self.schema.is_none() {
            let message = "there is no schema: write `schema: '1.2'`";
            self.errors.push(first.error(message));
        }
        match self.contents {
            None => {
                let message = "there are no contents: write `contents:` and list the files";
                self.errors.push(first.error(message));
            }
            Some(place) if self.entries.is_empty() && self.errors.is_empty() => {
                let message = "`contents` lists no file: write `- ` and a file on the next line";
                self.errors.push(place.error(message));
            }
            Some(_) => {}
        }
        self.errors.sort_by_key(|error| error.place);
        self.errors.truncate(ERRORS_MAX);
        match self.schema {
            Some(schema_place) if self.errors.is_empty() => Ok(Manifest {
                schema: Schema::V1_2,
                schema_place,
                contents: self.entries,
            }),
            _ => Err(self.errors),
        }
    }
}

impl Piece<'_> {
    fn after(self, bytes: usize) -> Self {
        let (passed, rest) = self.text.split_at_checked(bytes).unwrap_or((self.text, ""));
        let columns = u32::try_from(passed.chars().count()).unwrap_or(u32::MAX);
        Self {
            text: rest,
            place: Place {
                line: self.place.line,
                column: self.place.column.saturating_add(columns),
            },
        }
    }

    fn after_blanks(self) -> Self {
        self.after(self.text.len() - self.text.trim_start_matches([' ', '\t', '\r']).len())
    }

    fn schema(self) -> Result<(), SyntaxError> {
        if !self.text.starts_with(['\'', '"']) {
            // Without quotes YAML reads a number, and 1.10 would be 1.1.
            return Err(self.expected("the schema's version between quotes, `'1.2'`"));
        }
        match self.scalar()?.text {
            "1.2" => Ok(()),
            _ => Err(self.expected("`'1.2'`, the only schema that has modules")),
        }
    }

    /// A text in quotes, or up to the end of the line or a comment.
    fn scalar(self) -> Result<Self, SyntaxError> {
        let Some(quote) = self.text.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
            let comment = self.text.find(" #").unwrap_or(self.text.len());
            let text = self.text.get(..comment).unwrap_or_default().trim_end();
            if text.is_empty() || text.starts_with(|c| INDICATORS.contains(c)) {
                return Err(self.expected("the name of a file"));
            }
            if text.ends_with(':') || text.contains(": ") {
                return Err(self.expected("the name of a file, without `:`"));
            }
            return Ok(Self { text, ..self });
        };
        let inner = self.after(1);
        let Some((text, rest)) = inner.text.split_once(quote) else {
            return Err(self.expected(&format!("{quote} at the end, too")));
        };
        let rest = rest.trim_end();
        if rest.is_empty() || rest.trim_start().starts_with('#') && !rest.starts_with('#') {
            return Ok(Self { text, ..inner });
        }
        Err(self.expected("nothing after the closing quote"))
    }

    fn expected(self, what: &str) -> SyntaxError {
        let text = self.text.trim_end();
        if text.is_empty() {
            return self.error(format!("found the end of the line, expected {what}"));
        }
        self.error(format!("found {}, expected {what}", quote(text)))
    }

    fn error(self, message: impl Into<String>) -> SyntaxError {
        self.place.error(message)
    }
}

/// Why a name may not be the name of a file. It goes to a file system, or into an archive.
fn fault_of(file: &str) -> Option<&'static str> {
    let has_drive = file.chars().nth(1) == Some(':');
    if file.starts_with('/') || has_drive {
        return Some("expected a path relative to `fga.mod`: leave out what it begins with");
    }
    if file.contains('\\') {
        return Some("expected `/` between folders: a backslash may not stand in a path");
    }
    if file.split('/').any(|step| step == "..") {
        return Some("expected a file below `fga.mod`: `..` may not stand in a path");
    }
    if file.chars().any(char::is_control) {
        return Some("expected a name without control characters");
    }
    let stem = file
        .rsplit('/')
        .next()
        .and_then(|name| name.strip_suffix(".fga"));
    if stem.is_none_or(str::is_empty) {
        return Some("expected a file whose name ends in `.fga`");
    }
    None
}
