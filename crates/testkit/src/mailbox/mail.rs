//! A received mail, taken apart: headers unfolded and decoded, parts with their types.

use data_encoding::BASE64_MIME_PERMISSIVE;

/// A mail as it was received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    /// The sender on the envelope.
    pub from: String,
    /// The recipients on the envelope.
    pub to: Vec<String>,
    /// Headers and body as they were sent (RFC 5322).
    pub data: String,
}

/// A part of a mail's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The content type, without parameters.
    pub kind: String,
    /// The content, decoded.
    pub text: String,
}

impl Mail {
    /// Every value of a header, unfolded and decoded.
    pub fn headers(&self, name: &str) -> Vec<String> {
        let (head, _) = split(&self.data);
        fields(head)
            .into_iter()
            .filter(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| decode_words(&value))
            .collect()
    }

    /// The first value of a header; empty when there is none.
    pub fn header(&self, name: &str) -> String {
        self.headers(name).into_iter().next().unwrap_or_default()
    }

    /// The names of all headers, in lower case, in order.
    pub fn header_names(&self) -> Vec<String> {
        let (head, _) = split(&self.data);
        let fields = fields(head).into_iter();
        fields.map(|(name, _)| name.to_ascii_lowercase()).collect()
    }

    /// The parts of the body (RFC 2046); a mail that has no parts is one.
    pub fn parts(&self) -> Vec<Part> {
        let kind = self.header("content-type");
        let (_, body) = split(&self.data);
        let Some((_, rest)) = kind.split_once("boundary=\"") else {
            return vec![part(&self.data)];
        };
        let boundary = format!("--{}", rest.split('"').next().unwrap_or_default());
        let pieces = body.split(boundary.as_str()).skip(1);
        pieces
            .take_while(|piece| !piece.starts_with("--"))
            .map(|piece| part(piece.trim_start_matches("\r\n")))
            .collect()
    }

    /// The content of the part of this type; empty when there is none.
    pub fn part(&self, kind: &str) -> String {
        let parts = self.parts().into_iter();
        parts
            .filter(|part| part.kind == kind)
            .map(|part| part.text)
            .next()
            .unwrap_or_default()
    }
}

fn part(text: &str) -> Part {
    let (head, body) = split(text);
    let fields = fields(head);
    let value = |name: &str| {
        let found = fields
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    };
    let bytes = match value("content-transfer-encoding") {
        "base64" => BASE64_MIME_PERMISSIVE
            .decode(body.as_bytes())
            .unwrap_or_default(),
        "quoted-printable" => unquote(body.replace("=\r\n", "").as_bytes()),
        _ => body.as_bytes().to_vec(),
    };
    let kind = value("content-type").split(';').next().unwrap_or_default();
    Part {
        kind: kind.trim().to_owned(),
        text: String::from_utf8_lossy(&bytes).trim_end().to_owned(),
    }
}

fn split(text: &str) -> (&str, &str) {
    text.split_once("\r\n\r\n").unwrap_or((text, ""))
}

/// Names and values, with the lines of a folded value joined.
fn fields(head: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in head.split("\r\n") {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.to_owned(), value.trim_start().to_owned()));
        }
    }
    fields
}

/// Decodes `=?utf-8?b?...?=` and `=?utf-8?q?...?=` (RFC 2047).
fn decode_words(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, word)) = rest.split_once("=?") {
        // Between two words white space means nothing.
        if text.is_empty() || !before.trim().is_empty() {
            text.push_str(before);
        }
        let mut pieces = word.splitn(4, '?');
        let (_, encoding, content) = (pieces.next(), pieces.next(), pieces.next());
        let content = content.unwrap_or_default();
        let bytes = match encoding {
            Some("b" | "B") => BASE64_MIME_PERMISSIVE
                .decode(content.as_bytes())
                .unwrap_or_default(),
            _ => unquote(content.replace('_', " ").as_bytes()),
        };
        text.push_str(&String::from_utf8_lossy(&bytes));
        rest = pieces.next().unwrap_or_default().trim_start_matches('=');
    }
    text + rest
}

/// Decodes `=C3=A9` (RFC 2045 section 6.7).
fn unquote(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'=');
        let byte = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(byte.unwrap_or(*first));
        let used = if byte.is_some() { 2 } else { 0 };
        rest = after.get(used..).unwrap_or_default();
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_unfolded_and_decoded() {
        let mail = Mail {
            data: "Subject: =?utf-8?b?Y2Fmw6k=?= =?utf-8?q?_caf=C3=A9?=\r\nX-A: one\r\n two\r\n\
                   X-A: three\r\n\r\nbody\r\n"
                .to_owned(),
            ..Mail::default()
        };
        assert_eq!(mail.header("subject"), "caf\u{e9} caf\u{e9}");
        assert_eq!(mail.headers("x-a"), ["one two", "three"]);
        assert_eq!(mail.header_names(), ["subject", "x-a", "x-a"]);
    }

    #[test]
    fn parts_are_told_apart_and_decoded() {
        let mail = Mail {
            data: "Content-Type: multipart/alternative;\r\n boundary=\"b1\"\r\n\r\n\
                   --b1\r\nContent-Type: text/plain; charset=utf-8\r\n\
                   Content-Transfer-Encoding: base64\r\n\r\nY2Fm\r\nw6k=\r\n\
                   --b1\r\nContent-Type: text/html\r\n\
                   Content-Transfer-Encoding: quoted-printable\r\n\r\n\
                   <p>caf=C3=\r\n=A9</p>\r\n--b1--\r\n"
                .to_owned(),
            ..Mail::default()
        };
        assert_eq!(mail.part("text/plain"), "caf\u{e9}");
        assert_eq!(mail.part("text/html"), "<p>caf\u{e9}</p>");
        assert_eq!(mail.parts().len(), 2);
    }
}
