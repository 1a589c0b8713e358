//! What follows `define x:`: who has a relation, and what may be assigned to it.

use super::{Parser, Placed, Step};
use crate::dsl::NESTING_MAX;
use crate::dsl::lexer::Token;
use crate::model::{Assignable, AssignableKind, Rewrite};
use crate::place::{Item, Place};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    ButNot,
}

/// Where an operand stands.
#[derive(Debug, Clone, Copy)]
struct Position<'n> {
    /// The relation that is being defined.
    relation: &'n str,
    /// How many parentheses are open.
    depth: usize,
    /// Whether nothing of the expression stands before it: only there a list in brackets may.
    is_first: bool,
}

impl Parser<'_> {
    /// Reads to the end of the line.
    pub(super) fn relation_expression(
        &mut self,
        relation: &str,
    ) -> Step<(Rewrite, Vec<Assignable>)> {
        let mut assignable = Vec::new();
        let position = Position {
            relation,
            depth: 0,
            is_first: true,
        };
        let rewrite = self.expression(position, &mut assignable)?;
        if matches!(self.token, Token::NewLine | Token::End) {
            return Ok((rewrite, assignable));
        }
        let what = "`or`, `and`, `but not` or the end of the line";
        Err(self.expected(if self.token == Token::Mark(')') {
            "the end of the line: there are more `)` than `(`"
        } else {
            what
        }))
    }

    fn expression(
        &mut self,
        position: Position<'_>,
        assignable: &mut Vec<Assignable>,
    ) -> Step<Rewrite> {
        let first = self.operand(position, assignable)?;
        let Some((operator, _)) = self.operator()? else {
            return Ok(first);
        };
        let rest = Position {
            is_first: false,
            ..position
        };
        let second = self.operand(rest, assignable)?;
        let mut operands = vec![first, second];
        while let Some((next, place)) = self.operator()? {
            if next != operator {
                return Err(place.error(format!(
                    "found `{next}` after `{operator}`, which do not mix: put parentheses around \
                     what belongs together",
                )));
            }
            if operator == Operator::ButNot {
                return Err(place.error(
                    "found a second `but not`, expected one: put parentheses around what belongs \
                     together, such as `(a but not b) but not c`",
                ));
            }
            operands.push(self.operand(rest, assignable)?);
        }
        Ok(operator.of(operands))
    }

    fn operator(&mut self) -> Step<Option<(Operator, Place)>> {
        let place = self.place;
        let operator = match self.token {
            Token::Word("or") => Operator::Or,
            Token::Word("and") => Operator::And,
            Token::Word("but") => {
                self.advance();
                if self.token != Token::Word("not") {
                    return Err(self.expected("`not` after `but`"));
                }
                Operator::ButNot
            }
            _ => return Ok(None),
        };
        self.advance();
        Ok(Some((operator, place)))
    }

    fn operand(
        &mut self,
        position: Position<'_>,
        assignable: &mut Vec<Assignable>,
    ) -> Step<Rewrite> {
        match self.token {
            Token::Mark('(') => self.parentheses(position, assignable),
            Token::Mark('[') if position.is_first => {
                *assignable = self.direct_list(position.relation)?;
                Ok(Rewrite::Direct)
            }
            Token::Mark('[') => Err(self.expected(
                "a relation: a list in brackets may stand once, as the first operand of all",
            )),
            Token::NewLine | Token::End => {
                Err(self.expected("a relation: an expression stands on one line"))
            }
            _ => self.reference(position.relation),
        }
    }

    fn parentheses(
        &mut self,
        position: Position<'_>,
        assignable: &mut Vec<Assignable>,
    ) -> Step<Rewrite> {
        if position.depth >= NESTING_MAX {
            return Err(self.place.error(format!(
                "more than {NESTING_MAX} parentheses within each other: define a relation for a \
                 part of the expression, and name it here"
            )));
        }
        self.advance();
        let inner = Position {
            depth: position.depth + 1,
            ..position
        };
        let rewrite = self.expression(inner, assignable)?;
        self.mark(')', "`or`, `and`, `but not` or `)`")?;
        Ok(rewrite)
    }

    /// `rel` or `rel from tupleset`.
    fn reference(&mut self, relation: &str) -> Step<Rewrite> {
        let begin = self.place;
        let Placed { value: name, place } = self.name("a relation, `[` or `(`")?;
        if name == "but" && self.token == Token::Word("not") {
            return Err(begin.error("found `but not`, expected a relation, `[` or `(` before it"));
        }
        self.note_reference(relation, name, place);
        if self.token != Token::Word("from") {
            return Ok(Rewrite::Computed(name.to_owned()));
        }
        self.advance();
        let tupleset = self.name("the relation that leads to the other object")?;
        self.note_reference(relation, tupleset.value, tupleset.place);
        Ok(Rewrite::From {
            computed: name.to_owned(),
            tupleset: tupleset.value.to_owned(),
        })
    }

    fn note_reference(&mut self, relation: &str, named: &str, place: Place) {
        let item = Item::Reference {
            type_name: self.type_name(),
            relation: relation.to_owned(),
            named: named.to_owned(),
        };
        self.note(item, place);
    }

    /// `[user, user:*, group#member with condition]`, which may span lines.
    fn direct_list(&mut self, relation: &str) -> Step<Vec<Assignable>> {
        self.advance();
        let mut list = Vec::new();
        loop {
            self.skip_new_lines();
            let item = Item::Assignable {
                type_name: self.type_name(),
                relation: relation.to_owned(),
                index: list.len(),
            };
            let place = self.place;
            list.push(self.assignable()?);
            self.note(item, place);
            self.skip_new_lines();
            if self.token != Token::Mark(',') {
                break;
            }
            self.advance();
        }
        self.mark(']', "`,` or `]`")?;
        Ok(list)
    }

    fn assignable(&mut self) -> Step<Assignable> {
        let type_name = self.name("a type that may be assigned")?.value.to_owned();
        let kind = match self.token {
            Token::Mark(':') => {
                self.advance();
                self.mark('*', "`*` after `:`")?;
                AssignableKind::Wildcard
            }
            Token::Mark('#') => {
                self.advance();
                AssignableKind::Userset(self.name("a relation after `#`")?.value.to_owned())
            }
            _ => AssignableKind::Object,
        };
        let mut condition = None;
        if self.token == Token::Word("with") {
            self.advance();
            condition = Some(self.name("a condition after `with`")?.value.to_owned());
        }
        Ok(Assignable {
            type_name,
            kind,
            condition,
        })
    }
}

impl Operator {
    fn of(self, operands: Vec<Rewrite>) -> Rewrite {
        match self {
            Self::Or => Rewrite::Union(operands),
            Self::And => Rewrite::Intersection(operands),
            Self::ButNot => {
                let mut operands = operands.into_iter();
                let (base, subtract) = (operands.next(), operands.next());
                // INVARIANT: `expression` hands over two.
                let pair = base.zip(subtract);
                pair.map_or(Rewrite::Union(Vec::new()), |pair| {
                    Rewrite::Difference(Box::new(pair))
                })
            }
        }
    }
}

impl std::fmt::Display for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Or => "or",
            Self::And => "and",
            Self::ButNot => "but not",
        })
    }
}
