//! Reading the tokens of one action from left to right.

use super::super::lex::{Token, TokenKind};
use super::super::tree::BranchKind;
use super::super::{Position, TemplateError};
use std::iter::Peekable;
use std::vec::IntoIter;

/// The tokens of one action.
pub(super) struct Tokens {
    tokens: Peekable<IntoIter<Token>>,
    /// Where the action begins.
    pub(super) position: Position,
}

impl Tokens {
    pub(super) fn new(tokens: Vec<Token>, position: Position) -> Self {
        Self {
            tokens: tokens.into_iter().peekable(),
            position,
        }
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        self.tokens.next()
    }

    pub(super) fn here(&mut self) -> Position {
        self.tokens
            .peek()
            .map_or(self.position, |token| token.position)
    }

    pub(super) fn word(&mut self) -> Option<String> {
        let token = self
            .tokens
            .next_if(|token| matches!(token.kind, TokenKind::Word(_)))?;
        match token.kind {
            TokenKind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The next word if it is a keyword.
    pub(super) fn keyword(&mut self) -> Option<String> {
        const KEYWORDS: [&str; 10] = [
            "if", "with", "range", "else", "end", "define", "template", "block", "break",
            "continue",
        ];
        let is_keyword = |kind: &TokenKind| match kind {
            TokenKind::Word(word) => KEYWORDS.contains(&word.as_str()),
            _ => false,
        };
        if self
            .tokens
            .peek()
            .is_some_and(|token| is_keyword(&token.kind))
        {
            self.word()
        } else {
            None
        }
    }

    pub(super) fn eat(&mut self, sign: &'static str) -> bool {
        self.tokens
            .next_if(|token| token.kind == TokenKind::Sign(sign))
            .is_some()
    }

    pub(super) fn at_end_of_command(&mut self) -> bool {
        self.tokens
            .peek()
            .is_none_or(|token| matches!(token.kind, TokenKind::Sign("|" | ")")))
    }

    /// Fields that follow without a blank.
    pub(super) fn path(&mut self) -> Vec<String> {
        let mut path = Vec::new();
        let is_next = |token: &Token| !token.spaced && matches!(token.kind, TokenKind::Field(_));
        while let Some(token) = self.tokens.next_if(is_next) {
            if let TokenKind::Field(name) = token.kind {
                path.push(name);
            }
        }
        path
    }

    /// `$x :=`, `$x =` or `$i, $x :=`: the names, and whether they are assigned to.
    pub(super) fn declared(&mut self, kind: BranchKind) -> (Vec<String>, bool) {
        let mut ahead = self.tokens.clone();
        let mut names = Vec::new();
        while let Some(Token {
            kind: TokenKind::Variable(name),
            ..
        }) = ahead.next()
        {
            names.push(name);
            match ahead.next().map(|token| token.kind) {
                Some(TokenKind::Sign(",")) if kind == BranchKind::Range && names.len() == 1 => {}
                Some(TokenKind::Sign(":=")) => {
                    self.tokens = ahead;
                    return (names, false);
                }
                Some(TokenKind::Sign("=")) if names.len() == 1 && kind != BranchKind::Range => {
                    self.tokens = ahead;
                    return (names, true);
                }
                _ => break,
            }
        }
        (Vec::new(), false)
    }

    /// Nothing may be left.
    pub(super) fn finish(&mut self) -> Result<(), TemplateError> {
        match self.tokens.peek() {
            None => Ok(()),
            Some(token) => Err(token.position.fault("unexpected token")),
        }
    }
}
