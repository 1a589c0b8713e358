//! From tokens to a tree. Variables become places on a stack here.

mod tokens;

use super::escape::Escape;
use super::function::Function;
use super::lex::{Piece, TokenKind, lex};

use super::tree::{Action, Branch, BranchKind, Command, Node, Operand, Pipe, Target};
use super::{Position, TemplateError};
use std::vec::IntoIter;
use tokens::Tokens;
use types::limits::TEMPLATE_DEPTH_MAX;

/// Parses a template. Values are not escaped yet.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, TemplateError> {
    let mut parser = Parser {
        pieces: lex(text)?.into_iter(),
        // The first variable, `$`, is the root.
        variables: vec![String::new()],
        depth: 0,
    };
    let (nodes, end) = parser.nodes()?;
    match end {
        End::Text => Ok(nodes),
        End::Else(tokens) => Err(tokens.position.fault("unexpected {{else}}")),
        End::Block(position) => Err(position.fault("unexpected {{end}}")),
    }
}

/// What ended a list of nodes.
enum End {
    Text,
    Else(Tokens),
    Block(Position),
}

struct Parser {
    pieces: IntoIter<Piece>,
    variables: Vec<String>,
    depth: usize,
}

impl Parser {
    /// Nodes up to the end of the text or of the surrounding block's part.
    fn nodes(&mut self) -> Result<(Vec<Node>, End), TemplateError> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.next() {
            let (mut tokens, position) = match piece {
                Piece::Text(text, position) => {
                    nodes.push(Node::Text(text, position));
                    continue;
                }
                Piece::Action(tokens, position) => (Tokens::new(tokens, position), position),
            };
            match tokens.keyword().as_deref() {
                Some("if") => nodes.push(self.branch(BranchKind::If, tokens)?),
                Some("with") => nodes.push(self.branch(BranchKind::With, tokens)?),
                Some("range") => nodes.push(self.branch(BranchKind::Range, tokens)?),
                Some("else") => return Ok((nodes, End::Else(tokens))),
                Some("end") => {
                    tokens.finish()?;
                    return Ok((nodes, End::Block(position)));
                }
                Some(word) => {
                    return Err(position.fault(format!("{{{{{word}}}}} is not supported in mails")));
                }
                None => {
                    let pipe = self.pipe(&mut tokens, BranchKind::If)?;
                    tokens.finish()?;
                    nodes.push(Node::Action(Action {
                        pipe,
                        escape: Escape::NONE,
                    }));
                }
            }
        }
        Ok((nodes, End::Text))
    }

    /// A block after its keyword. `{{else if x}}` is `{{else}}{{if x}}` with one `{{end}}` for
    /// both.
    fn branch(&mut self, kind: BranchKind, mut tokens: Tokens) -> Result<Node, TemplateError> {
        self.deeper(tokens.position)?;
        let outer = self.variables.len();
        let pipe = self.pipe(&mut tokens, kind)?;
        tokens.finish()?;
        let inner = self.variables.len();
        let (body, end) = self.nodes()?;
        self.variables.truncate(inner);
        let otherwise = match end {
            End::Block(_) => Vec::new(),
            End::Text => return Err(tokens.position.fault("the block has no {{end}}")),
            End::Else(tokens) => self.otherwise(kind, tokens)?,
        };
        self.variables.truncate(outer);
        self.depth -= 1;
        Ok(Node::Branch(Branch {
            kind,
            pipe,
            body,
            otherwise,
        }))
    }

    fn otherwise(
        &mut self,
        kind: BranchKind,
        mut tokens: Tokens,
    ) -> Result<Vec<Node>, TemplateError> {
        let position = tokens.position;
        match (tokens.keyword().as_deref(), kind) {
            (Some("if"), BranchKind::If) => Ok(vec![self.branch(BranchKind::If, tokens)?]),
            (Some("with"), BranchKind::With) => Ok(vec![self.branch(BranchKind::With, tokens)?]),
            (Some(_), _) => Err(position.fault("unexpected keyword after else")),
            (None, _) => {
                tokens.finish()?;
                let inner = self.variables.len();
                let (nodes, end) = self.nodes()?;
                self.variables.truncate(inner);
                match end {
                    End::Block(_) => Ok(nodes),
                    End::Else(tokens) => Err(tokens.position.fault("a second {{else}}")),
                    End::Text => Err(position.fault("the block has no {{end}}")),
                }
            }
        }
    }

    fn deeper(&mut self, position: Position) -> Result<(), TemplateError> {
        self.depth += 1;
        if self.depth > TEMPLATE_DEPTH_MAX {
            return Err(position.fault("blocks and parentheses are nested too deeply"));
        }
        Ok(())
    }

    /// Declarations and commands, up to the end of the action or a closing parenthesis. What is
    /// declared can be used after the pipeline, not in it.
    fn pipe(&mut self, tokens: &mut Tokens, kind: BranchKind) -> Result<Pipe, TemplateError> {
        let position = tokens.here();
        let (names, assigns) = tokens.declared(kind);
        let target = match (names.first(), assigns) {
            (None, _) => Target::Nothing,
            (Some(_), false) => Target::Declare(names.len()),
            (Some(name), true) => Target::Assign(self.variable(name, position)?),
        };
        let mut commands = Vec::new();
        loop {
            commands.push(self.command(tokens, !commands.is_empty())?);
            if !tokens.eat("|") {
                break;
            }
        }
        if !assigns {
            self.variables.extend(names);
        }
        Ok(Pipe {
            target,
            commands,
            position,
        })
    }

    fn command(&mut self, tokens: &mut Tokens, piped: bool) -> Result<Command, TemplateError> {
        let position = tokens.here();
        if let Some(name) = tokens.word() {
            let function = Function::parse(&name)
                .ok_or_else(|| position.fault(format!("function \"{name}\" is not defined")))?;
            let mut operands = Vec::new();
            while !tokens.at_end_of_command() {
                operands.push(self.operand(tokens)?);
            }
            if !function.takes(operands.len() + usize::from(piped)) {
                return Err(position.fault(format!("wrong number of arguments for {name}")));
            }
            return Ok(Command::Call(function, operands));
        }
        if tokens.at_end_of_command() {
            return Err(position.fault("a value is missing"));
        }
        let operand = self.operand(tokens)?;
        if piped || !tokens.at_end_of_command() {
            return Err(position.fault("arguments are given to something that is no function"));
        }
        Ok(Command::Value(operand))
    }

    fn operand(&mut self, tokens: &mut Tokens) -> Result<Operand, TemplateError> {
        let position = tokens.here();
        let unexpected = || position.fault("unexpected token");
        let kind = tokens.next().ok_or_else(unexpected)?.kind;
        Ok(match kind {
            TokenKind::Literal(value) => Operand::Literal(value),
            TokenKind::Dot => Operand::Dot(Vec::new()),
            TokenKind::Field(name) => {
                let mut path = vec![name];
                path.extend(tokens.path());
                Operand::Dot(path)
            }
            TokenKind::Variable(name) => {
                Operand::Variable(self.variable(&name, position)?, tokens.path())
            }
            TokenKind::Sign("(") => {
                self.deeper(position)?;
                let outer = self.variables.len();
                let pipe = self.pipe(tokens, BranchKind::If)?;
                self.variables.truncate(outer);
                self.depth -= 1;
                if !tokens.eat(")") {
                    return Err(position.fault("the parenthesis is not closed"));
                }
                if pipe.target != Target::Nothing {
                    return Err(position.fault("a declaration in parentheses"));
                }
                Operand::Group(Box::new(pipe), tokens.path())
            }
            // A function without arguments; all but the printing ones want some.
            TokenKind::Word(name) => match Function::parse(&name).filter(|f| f.takes(0)) {
                Some(function) => {
                    let commands = vec![Command::Call(function, Vec::new())];
                    let target = Target::Nothing;
                    let pipe = Pipe {
                        target,
                        commands,
                        position,
                    };
                    Operand::Group(Box::new(pipe), tokens.path())
                }
                None => return Err(unexpected()),
            },
            TokenKind::Sign(_) => return Err(unexpected()),
        })
    }

    /// The newest variable of that name.
    fn variable(&self, name: &str, position: Position) -> Result<usize, TemplateError> {
        let place = self.variables.iter().rposition(|known| known == name);
        place.ok_or_else(|| position.fault(format!("undefined variable \"${name}\"")))
    }
}
