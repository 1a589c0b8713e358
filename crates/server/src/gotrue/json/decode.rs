//! A checked body as a tree that keeps the order of members and the digits of numbers.

use serde_json::{Map, Number, Value};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Node>),
    /// An object; a name can come more than once.
    Object(Vec<(String, Node)>),
}

/// Decodes a body that the syntax check has accepted.
pub(super) fn decode(body: &[u8]) -> Node {
    Decoder { rest: body }.value()
}

impl Node {
    /// Go's name for what this is.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Object(_) => "object",
        }
    }

    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub(super) const fn bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn object(&self) -> Option<Map<String, Value>> {
        match self {
            Self::Object(members) => Some(
                members
                    .iter()
                    .map(|(name, value)| (name.clone(), value.value()))
                    .collect(),
            ),
            _ => None,
        }
    }

    /// The first number inside of this value that no 64-bit float can hold.
    pub(super) fn number_out_of_range(&self) -> Option<&str> {
        match self {
            Self::Number(digits) => number(digits).is_none().then_some(digits),
            Self::List(list) => list.iter().find_map(Self::number_out_of_range),
            Self::Object(members) => {
                let mut values = members.iter().map(|(_, value)| value);
                values.find_map(Self::number_out_of_range)
            }
            _ => None,
        }
    }

    fn value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(digits) => number(digits).map_or(Value::Null, Value::Number),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(list) => Value::Array(list.iter().map(Self::value).collect()),
            Self::Object(_) => Value::Object(self.object().unwrap_or_default()),
        }
    }
}

/// Whole numbers of 64 bits as they are, all others as floats. `-0` is a float: an integer has no
/// sign for it.
fn number(digits: &str) -> Option<Number> {
    if let Ok(number) = digits.parse::<u64>() {
        return Some(number.into());
    }
    match digits.parse::<i64>() {
        Ok(number) if number != 0 => Some(number.into()),
        _ => Number::from_f64(digits.parse().ok()?),
    }
}

struct Decoder<'a> {
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    fn value(&mut self) -> Node {
        self.skip_blanks();
        match self.rest.first() {
            Some(b'{') => self.object(),
            Some(b'[') => self.list(),
            Some(b'"') => Node::Text(self.text()),
            Some(b't') => self.word("true", Node::Bool(true)),
            Some(b'f') => self.word("false", Node::Bool(false)),
            Some(b'n') => self.word("null", Node::Null),
            _ => {
                let digits = self.take_while(|byte| {
                    byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E')
                });
                Node::Number(String::from_utf8_lossy(digits).into_owned())
            }
        }
    }

    fn object(&mut self) -> Node {
        let mut members = Vec::new();
        self.take(1);
        while !self.eat_end(b'}') {
            let name = self.text();
            self.skip_blanks();
            // The colon.
            self.take(1);
            members.push((name, self.value()));
        }
        Node::Object(members)
    }

    fn list(&mut self) -> Node {
        let mut list = Vec::new();
        self.take(1);
        while !self.eat_end(b']') {
            list.push(self.value());
        }
        Node::List(list)
    }

    fn word(&mut self, word: &str, node: Node) -> Node {
        self.take(word.len());
        node
    }

    /// Skips what separates values; true when the end was reached and taken.
    fn eat_end(&mut self, end: u8) -> bool {
        self.take_while(|byte| byte == b',' || byte.is_ascii_whitespace());
        let at_end = self.rest.first().is_none_or(|byte| *byte == end);
        if at_end {
            self.take(1);
        }
        at_end
    }

    /// A string literal. Bytes that are no UTF-8 and surrogates without a partner become U+FFFD.
    fn text(&mut self) -> String {
        let mut text = String::new();
        self.take(1);
        loop {
            let plain = self.take_while(|byte| byte != b'"' && byte != b'\\');
            push_lossy(&mut text, plain);
            let ends = self.take(1) != b"\\";
            if ends {
                return text;
            }
            match self.take(1) {
                b"u" => text.push(self.escaped_unit()),
                b"b" => text.push('\u{8}'),
                b"f" => text.push('\u{c}'),
                b"n" => text.push('\n'),
                b"r" => text.push('\r'),
                b"t" => text.push('\t'),
                other => push_lossy(&mut text, other),
            }
        }
    }

    /// What `\u` means, together with a second `\u` behind it where the two are a pair.
    fn escaped_unit(&mut self) -> char {
        let high = self.hex();
        if let Some(c) = char::from_u32(high) {
            return c;
        }
        if (0xd800..0xdc00).contains(&high) && self.rest.starts_with(b"\\u") {
            let before = self.rest;
            self.take(2);
            let low = self.hex();
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
            self.rest = before;
        }
        char::REPLACEMENT_CHARACTER
    }

    fn hex(&mut self) -> u32 {
        let digits = self.take(4).iter();
        digits.fold(0, |code, digit| {
            code << 4 | char::from(*digit).to_digit(16).unwrap_or(0)
        })
    }

    fn skip_blanks(&mut self) {
        self.take_while(|byte| byte.is_ascii_whitespace());
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self.rest.iter().position(|byte| !belongs(*byte));
        self.take(length.unwrap_or(self.rest.len()))
    }
}

/// Every byte that is not part of a character becomes one U+FFFD.
fn push_lossy(text: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}
