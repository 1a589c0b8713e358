//! From the text of an expression to its tree, by the parser of the `cel` crate.

use cel::common::ast::SourceInfo;
use cel::parser::{Expression, ParseError, Parser};

use super::error::CompileError;
use crate::place::Place;

/// How deep brackets may be nested. The parser descends some ten calls for each level.
const BRACKETS_MAX: usize = 48;

/// An expression as the parser sees it, with the places of its parts.
pub(crate) struct Parsed {
    pub(crate) expression: Expression,
    source: SourceInfo,
}

impl Parsed {
    /// Where the part of this number begins.
    pub(crate) fn place(&self, id: u64) -> Place {
        let offset = self.source.offset_for(id).map_or(0, |(start, _)| start);
        place_of(&self.source.source, offset)
    }
}

/// Parses an expression. Its length is the caller's to limit.
pub(crate) fn parse(text: &str) -> Result<Parsed, CompileError> {
    // The parser has a limit of its own, but reports reaching it as a bracket that nobody closed.
    if nesting(text) > BRACKETS_MAX {
        return Err(CompileError::TooDeep {
            limit: BRACKETS_MAX,
        });
    }
    match Parser::new().parse_with_source_info(text) {
        Ok((expression, source)) => Ok(Parsed { expression, source }),
        Err(errors) => Err(syntax_error(errors.errors.first())),
    }
}

/// How deep brackets are nested at most; those within texts count, too, which errs on the safe
/// side of a limit that nobody reaches by writing.
fn nesting(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth = depth.saturating_add(1),
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn syntax_error(error: Option<&ParseError>) -> CompileError {
    let (line, column, message) = error.map_or((1, 1, ""), |error| {
        let message = error.msg.lines().next().unwrap_or_default();
        (error.pos.0, error.pos.1, message)
    });
    CompileError::Syntax {
        place: Place {
            line: u32::try_from(line).unwrap_or(1).max(1),
            column: u32::try_from(column).unwrap_or(1).max(1),
        },
        message: message.to_owned(),
    }
}

/// The line and column of what begins at this byte.
fn place_of(text: &str, offset: u32) -> Place {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let mut place = Place { line: 1, column: 1 };
    for (_, character) in text.char_indices().take_while(|(index, _)| *index < offset) {
        if character == '\n' {
            place.line += 1;
            place.column = 1;
        } else {
            place.column += 1;
        }
    }
    place
}
