//! Statements, a line each: the header, types, relations, conditions; by recursive descent.

mod condition;
mod expression;
mod types;

use std::collections::BTreeSet;

use super::lexer::{Lexer, Token, quote};
use super::{ERRORS_MAX, SyntaxError, names};
use crate::model::{Condition, Schema, TypeDefinition};
use crate::place::{Item, Place};

/// The keywords that may begin a line, and where reading goes on after an error.
const STATEMENTS: &[&str] = &["type", "extend", "relations", "define", "condition"];

/// What a file says, before it is known what stands in the others.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) header: Placed<Header>,
    pub(super) types: Vec<TypeStatement>,
    pub(super) conditions: Vec<Placed<Condition>>,
    pub(super) items: Vec<Placed<Item>>,
}

/// Something, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// The first statement of a file.
#[derive(Debug)]
pub(super) enum Header {
    Model(Schema),
    Module(String),
}

/// `type` or `extend type`.
#[derive(Debug)]
pub(super) struct TypeStatement {
    pub(super) definition: TypeDefinition,
    pub(super) place: Place,
    pub(super) is_extension: bool,
    /// Where its relations are named, in their order.
    pub(super) relation_places: Vec<Place>,
}

/// Reads a file.
pub(super) fn parse_document(text: &str) -> Result<Document, Vec<SyntaxError>> {
    let mut parser = Parser::new(text);
    let header = parser.header_or_error();
    parser.is_module = !matches!(&header, Some(header) if matches!(header.value, Header::Model(_)));
    loop {
        parser.skip_new_lines();
        if parser.token == Token::End || parser.errors.len() >= ERRORS_MAX {
            break;
        }
        if let Err(error) = parser.statement() {
            parser.recover(error);
        }
    }
    parser.end_type();
    parser.errors.sort_by_key(|error| error.place);
    parser.errors.truncate(ERRORS_MAX);
    match header {
        Some(header) if parser.errors.is_empty() => Ok(Document {
            header,
            types: parser.types,
            conditions: parser.conditions,
            items: parser.items,
        }),
        _ => Err(parser.errors),
    }
}

type Step<T> = Result<T, SyntaxError>;

struct Parser<'t> {
    lexer: Lexer<'t>,
    token: Token<'t>,
    place: Place,
    /// Whether types may be extended: in modules, and where the header could not be read.
    is_module: bool,
    types: Vec<TypeStatement>,
    conditions: Vec<Placed<Condition>>,
    items: Vec<Placed<Item>>,
    errors: Vec<SyntaxError>,
    /// The names that were defined, for finding those that are defined again.
    type_names: BTreeSet<(&'t str, bool)>,
    relation_names: BTreeSet<&'t str>,
    condition_names: BTreeSet<&'t str>,
    /// Where the current type says `relations`, if it does.
    relations: Option<Place>,
    /// Whether the current type has a `define`, if a wrong one.
    has_define: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        let mut lexer = Lexer::new(text);
        let (token, place) = lexer.next();
        Self {
            lexer,
            token,
            place,
            is_module: false,
            types: Vec::new(),
            conditions: Vec::new(),
            items: Vec::new(),
            errors: Vec::new(),
            type_names: BTreeSet::new(),
            relation_names: BTreeSet::new(),
            condition_names: BTreeSet::new(),
            relations: None,
            has_define: false,
        }
    }

    fn header_or_error(&mut self) -> Option<Placed<Header>> {
        self.skip_new_lines();
        match self.header() {
            Ok(header) => Some(header),
            Err(error) => {
                self.recover(error);
                None
            }
        }
    }

    fn header(&mut self) -> Step<Placed<Header>> {
        let place = self.place;
        let value = match self.token {
            Token::Word("model") => {
                self.advance();
                self.end_line("`model`")?;
                self.skip_new_lines();
                Header::Model(self.schema()?)
            }
            Token::Word("module") => {
                self.advance();
                Header::Module(self.name("the module's name")?.value.to_owned())
            }
            _ => return Err(self.expected("`model` (or `module` and its name) on the first line")),
        };
        self.end_line("the header")?;
        Ok(Placed { value, place })
    }

    fn schema(&mut self) -> Step<Schema> {
        if self.token != Token::Word("schema") {
            return Err(self.expected("`schema 1.1` or `schema 1.2` on the line after `model`"));
        }
        self.advance();
        let schema = match self.token {
            Token::Word("1.1") => Schema::V1_1,
            Token::Word("1.2") => Schema::V1_2,
            _ => return Err(self.expected("the schema's version, `1.1` or `1.2`")),
        };
        self.note(Item::Schema, self.place);
        self.advance();
        Ok(schema)
    }

    fn statement(&mut self) -> Step<()> {
        match self.token {
            Token::Word("type") => self.type_statement(false),
            Token::Word("extend") => self.extension(),
            Token::Word("relations") => self.relations(),
            Token::Word("define") => self.relation(),
            Token::Word("condition") => {
                self.end_type();
                self.condition()
            }
            Token::Word("model" | "module" | "schema") => {
                let message = "expected once, as the first line of the file: remove this one";
                Err(self.found(message))
            }
            _ => Err(self.expected("`type`, `define` or `condition` at the start of a line")),
        }
    }

    /// Keeps an error and goes to the next line that begins with a statement.
    fn recover(&mut self, error: SyntaxError) {
        self.errors.push(error);
        let mut is_line_start = false;
        loop {
            match self.token {
                Token::End => return,
                Token::Word(word) if is_line_start && STATEMENTS.contains(&word) => return,
                token => is_line_start = token == Token::NewLine,
            }
            self.advance();
        }
    }

    fn name(&mut self, what: &str) -> Step<Placed<&'t str>> {
        let place = self.place;
        match self.token {
            Token::Word(value) if names::is_name(value) => {
                self.advance();
                Ok(Placed { value, place })
            }
            Token::Word(word) if names::is_reserved(word) => Err(self.expected(&format!(
                "{what}: a word of the language is no name, choose another"
            ))),
            Token::Word(word) => Err(place.error(format!(
                "found {}, expected {what}: names begin with a letter or `_`; further letters (a \
                 to z), digits, `_` and `-` may follow, and between them `/` and `.`",
                quote(word)
            ))),
            _ => Err(self.expected(what)),
        }
    }

    fn mark(&mut self, mark: char, what: &str) -> Step<()> {
        if self.token != Token::Mark(mark) {
            return Err(self.expected(what));
        }
        self.advance();
        Ok(())
    }

    fn end_line(&mut self, after: &str) -> Step<()> {
        match self.token {
            Token::NewLine | Token::End => Ok(()),
            _ => Err(self.expected(&format!("the end of the line after {after}"))),
        }
    }

    fn advance(&mut self) {
        (self.token, self.place) = self.lexer.next();
    }

    fn skip_new_lines(&mut self) {
        while self.token == Token::NewLine {
            self.advance();
        }
    }

    fn note(&mut self, value: Item, place: Place) {
        self.items.push(Placed { value, place });
    }

    fn expected(&self, what: &str) -> SyntaxError {
        self.found(&format!("expected {what}"))
    }

    fn found(&self, what: &str) -> SyntaxError {
        self.place
            .error(format!("found {}, {what}", self.token.describe()))
    }
}
