//! Making values safe for the place in a mail where they are printed.

use std::fmt::Write;

/// What is printed in place of a value that would not be safe.
const UNSAFE: &str = "ZgotmplZ";

/// The schemes that a link in a mail may have.
const LINK_SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// How a value is escaped: first as part of a URL or style, then as part of HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Escape {
    /// The first step.
    pub(super) inner: Inner,
    /// The second step.
    pub(super) outer: Outer,
}

/// What a value is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inner {
    /// Of nothing but the surrounding HTML.
    Nothing,
    /// Of a URL, and it stands first, so that it decides on the scheme.
    UrlStart,
    /// Of a URL's path.
    UrlPath,
    /// Of a URL's query or fragment.
    UrlQuery,
    /// Of a style sheet.
    Style,
}

/// Where in HTML a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outer {
    /// In a template that is not HTML.
    Plain,
    /// In text or a quoted attribute.
    Text,
    /// In an attribute without quotes.
    Unquoted,
    /// In a comment: nothing is printed.
    Comment,
}

impl Escape {
    /// Values stand as they are.
    pub(super) const NONE: Self = Self {
        inner: Inner::Nothing,
        outer: Outer::Plain,
    };

    /// Escapes a value.
    pub(super) fn apply(self, text: String) -> String {
        let text = match self.inner {
            Inner::UrlStart if !is_safe_link(&text) => format!("#{UNSAFE}"),
            Inner::UrlStart | Inner::UrlPath => normal_url(&text),
            Inner::UrlQuery => percent_encoded(&text, b"", |_| false),
            Inner::Style if !is_safe_style(&text) => UNSAFE.to_owned(),
            Inner::Nothing | Inner::Style => text,
        };
        match self.outer {
            Outer::Plain => text,
            Outer::Text => replace(&text, text_entity),
            Outer::Unquoted if text.is_empty() => UNSAFE.to_owned(),
            Outer::Unquoted => replace(&text, unquoted_entity),
            Outer::Comment => String::new(),
        }
    }
}

/// `text` for HTML text and quoted attributes.
pub(super) fn html(text: &str) -> String {
    replace(text, |c| text_entity(c).filter(|_| c != '+'))
}

/// `text` for the inside of a string in a script.
pub(super) fn script(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '\'' | '"' => escaped.extend(['\\', c]),
            '<' | '>' | '&' | '=' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{:04X}", u32::from(c));
            }
            c if c.is_control() => {
                let _ = write!(escaped, "\\u{:04X}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Whether a URL is relative or has one of the schemes that only lead somewhere.
fn is_safe_link(url: &str) -> bool {
    match url.split_once(':') {
        Some((scheme, _)) if !scheme.contains('/') => LINK_SCHEMES
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known)),
        _ => true,
    }
}

/// Percent-encodes what may not stand in a URL; what is encoded already stays.
fn normal_url(url: &str) -> String {
    let is_encoded = |index: usize| {
        let escape = url.as_bytes().get(index..index + 3);
        escape.is_some_and(|escape| {
            escape.starts_with(b"%") && escape.iter().skip(1).all(u8::is_ascii_hexdigit)
        })
    };
    percent_encoded(url, b"!#$&*+,/:;=?@[]", is_encoded)
}

/// Percent-encodes every byte but unreserved ones (RFC 3986), those in `also` and those at an
/// index that `stays`.
fn percent_encoded(text: &str, also: &[u8], stays: impl Fn(usize) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for (index, byte) in text.bytes().enumerate() {
        let known = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte);
        if known || stays(index) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02x}");
        }
    }
    encoded
}

/// Names, numbers, colours and lists of them. Whatever could end a declaration, open a string, a
/// comment or a function is not safe.
fn is_safe_style(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let known = |c: char| c.is_alphanumeric() || " #%,.-_!+".contains(c);
    text.chars().all(known)
        && !text.contains("--")
        && !lower.contains("expression")
        && !lower.contains("mozbinding")
}

fn replace(text: &str, entity: impl Fn(char) -> Option<&'static str>) -> String {
    let mut replaced = String::with_capacity(text.len());
    for c in text.chars() {
        match entity(c) {
            Some(entity) => replaced.push_str(entity),
            None => replaced.push(c),
        }
    }
    replaced
}

fn text_entity(c: char) -> Option<&'static str> {
    Some(match c {
        '\0' => "\u{fffd}",
        '"' => "&#34;",
        '&' => "&amp;",
        '\'' => "&#39;",
        '+' => "&#43;",
        '<' => "&lt;",
        '>' => "&gt;",
        _ => return None,
    })
}

fn unquoted_entity(c: char) -> Option<&'static str> {
    Some(match c {
        '\0' => "&#xfffd;",
        '\t' => "&#9;",
        '\n' => "&#10;",
        '\u{b}' => "&#11;",
        '\u{c}' => "&#12;",
        '\r' => "&#13;",
        ' ' => "&#32;",
        '=' => "&#61;",
        '`' => "&#96;",
        c => return text_entity(c),
    })
}
