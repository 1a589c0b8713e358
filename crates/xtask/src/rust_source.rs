//! Just enough of Rust's lexical grammar to tell code from comments and from text in quotes.

use std::iter;

/// What a stretch of a source file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Quoted,
}

/// A source file, cut into stretches of one kind.
#[derive(Debug)]
pub(crate) struct RustSource<'a> {
    pieces: Vec<(Kind, &'a str)>,
}

/// An identifier, a number, or one other character of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    pub(crate) first_line: usize,
    pub(crate) last_line: usize,
}

impl<'a> RustSource<'a> {
    /// Cuts a file; an unterminated comment or string reaches to the end.
    pub(crate) fn read(text: &'a str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (kind, length) = next_piece(rest);
            let (piece, remainder) = rest.split_at(length);
            pieces.push((kind, piece));
            rest = remainder;
        }
        Self { pieces }
    }

    /// Identifiers and punctuation in order, without comments and quoted text.
    pub(crate) fn tokens(&self) -> Vec<Token<'a>> {
        let mut tokens = Vec::new();
        let mut line = 1;
        for (kind, piece) in &self.pieces {
            if *kind == Kind::Code && !piece.trim().is_empty() {
                tokens.push(Token { text: piece, line });
            }
            line += piece.matches('\n').count();
        }
        tokens
    }

    /// The width of each line in characters; quoted text and links in comments weigh nothing,
    /// because neither can be broken.
    pub(crate) fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        let mut width = 0;
        for (kind, piece) in &self.pieces {
            for (index, part) in piece.split('\n').enumerate() {
                if index > 0 {
                    widths.push(width);
                    width = 0;
                }
                width += match kind {
                    Kind::Code => part.chars().count(),
                    Kind::Comment => part.chars().count() - linked(part),
                    Kind::Quoted => 0,
                };
            }
        }
        widths.push(width);
        widths
    }
}

/// The functions among the tokens, nested ones included.
pub(crate) fn functions<'a>(tokens: &[Token<'a>]) -> Vec<Function<'a>> {
    let mut functions = Vec::new();
    for (index, keyword) in tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.text == "fn")
    {
        let rest = tokens.get(index + 1..).unwrap_or_default();
        // `fn(u8)` is a type and `fn $name` belongs to a macro's pattern.
        let Some(name) = rest.first().filter(|name| is_word(name.text)) else {
            continue;
        };
        if let Some((_, last_line)) = body(rest) {
            functions.push(Function {
                name: name.text,
                first_line: keyword.line,
                last_line,
            });
        }
    }
    functions
}

/// First and last line of each item under `#[cfg(test)]` that has a body.
pub(crate) fn test_regions(tokens: &[Token<'_>]) -> Vec<(usize, usize)> {
    const ATTRIBUTE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut regions = Vec::new();
    for (index, window) in tokens.windows(ATTRIBUTE.len()).enumerate() {
        if window.iter().map(|token| token.text).eq(ATTRIBUTE) {
            let rest = tokens.get(index + ATTRIBUTE.len()..).unwrap_or_default();
            regions.extend(body(rest));
        }
    }
    regions
}

/// Whether a token is an identifier, a keyword or a number.
pub(crate) fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first == '_' || first.is_alphanumeric())
}

/// The lines of the first `{ ... }` outside parentheses, unless a `;` ends the item before it.
fn body(tokens: &[Token<'_>]) -> Option<(usize, usize)> {
    let mut depth = 0_i32;
    let mut opened = None;
    for token in tokens {
        match token.text {
            "{" if opened.is_none() && depth == 0 => opened = Some(token.line),
            ";" if opened.is_none() && depth == 0 => return None,
            _ => {}
        }
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if let (Some(first), 0) = (opened, depth) {
            return Some((first, token.line));
        }
    }
    None
}

fn next_piece(rest: &str) -> (Kind, usize) {
    let first = rest.chars().next().unwrap_or_default();
    if rest.starts_with("//") {
        return (Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Kind::Comment, block_comment(rest));
    }
    if first == '"' {
        return (
            Kind::Quoted,
            1 + quoted(rest.get(1..).unwrap_or_default(), '"'),
        );
    }
    if first == '\'' {
        return character(rest);
    }
    if is_word(rest) {
        let word = rest
            .find(|c: char| c != '_' && !c.is_alphanumeric())
            .unwrap_or(rest.len());
        let (prefix, after) = rest.split_at(word);
        return match raw_string(prefix, after) {
            Some(length) => (Kind::Quoted, word + length),
            None => (Kind::Code, word),
        };
    }
    (Kind::Code, first.len_utf8())
}

/// Length of a comment that may hold others.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(tail) = rest.get(at..).filter(|tail| !tail.is_empty()) {
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Length up to and with the closing quote; a backslash hides the character after it.
fn quoted(rest: &str, quote: char) -> usize {
    let mut characters = rest.char_indices();
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return at + quote.len_utf8();
        }
    }
    rest.len()
}

/// `'x'` and `'\n'` are characters, `'a` is a lifetime.
fn character(rest: &str) -> (Kind, usize) {
    let mut after = rest.chars().skip(1);
    let (first, second) = (after.next(), after.next());
    if first == Some('\\') || second == Some('\'') {
        return (
            Kind::Quoted,
            1 + quoted(rest.get(1..).unwrap_or_default(), '\''),
        );
    }
    (Kind::Code, 1)
}

/// Length after the prefix of `r"..."`, `br#"..."#` and the like; `r#type` is an identifier.
fn raw_string(prefix: &str, after: &str) -> Option<usize> {
    if !matches!(prefix, "r" | "br" | "cr") {
        return None;
    }
    let hashes = after.find(|c| c != '#')?;
    let opened = after.get(hashes..)?.strip_prefix('"')?;
    let closing: String = iter::once('"').chain(iter::repeat_n('#', hashes)).collect();
    let length = opened
        .find(&closing)
        .map_or(opened.len(), |at| at + closing.len());
    Some(hashes + 1 + length)
}

fn linked(comment: &str) -> usize {
    let words = comment
        .split_whitespace()
        .filter(|word| word.contains("://"));
    words.map(|word| word.chars().count()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let tokens = RustSource::read(text).tokens();
        tokens
            .iter()
            .map(|token| token.text)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn comments_and_quoted_text_are_no_code() {
        assert_eq!(words("a // b\nc /* d /* e */ f */ g"), "a c g");
        assert_eq!(
            words(r#"a("b \" c", 'd', '\'', b"e") f"#),
            "a ( , , , b ) f"
        );
        assert_eq!(
            words("r#\"a \" b\"# c r#type 'life 'x'"),
            "c r # type ' life"
        );
    }

    #[test]
    fn a_token_knows_its_line() {
        let source = RustSource::read("/* 1\n2 */ a\n\"x\ny\" b");
        let lines: Vec<_> = source.tokens().iter().map(|t| (t.text, t.line)).collect();
        assert_eq!(lines, [("a", 2), ("b", 4)]);
    }

    #[test]
    fn functions_are_measured_from_the_keyword_to_the_last_brace() {
        let text = "fn a(x: [u8; 2]) -> fn(u8)\n{\n  if x { }\n}\ntrait T { fn b(); }\n";
        let tokens = RustSource::read(text).tokens();
        let expected = Function {
            name: "a",
            first_line: 1,
            last_line: 4,
        };
        assert_eq!(functions(&tokens), [expected]);
    }

    #[test]
    fn test_regions_are_the_bodies_under_the_attribute() {
        let text =
            "fn a() {}\n#[cfg(test)]\n#[path(\"x\")]\nmod tests {\n  fn b() {}\n}\nfn c() {}";
        let tokens = RustSource::read(text).tokens();
        assert_eq!(test_regions(&tokens), [(4, 6)]);
        assert_eq!(
            test_regions(&RustSource::read("#[cfg(test)]\nmod tests;").tokens()),
            []
        );
    }

    #[test]
    fn quoted_text_and_links_weigh_nothing() {
        let text = "let a = \"0123456789\";\n// see https://example.org/long now\n";
        assert_eq!(RustSource::read(text).widths(), [9, 11, 0]);
    }
}
