//! The plain text alternative of an HTML mail.

use types::limits::MAIL_PART_BYTES_MAX;

/// Elements that begin and end a line.
const BLOCKS: [&str; 22] = [
    "address",
    "article",
    "blockquote",
    "body",
    "div",
    "dl",
    "dt",
    "footer",
    "form",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "ol",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "tr",
    "ul",
];

/// Elements with an empty line around them.
const PARAGRAPHS: [&str; 8] = ["h1", "h2", "h3", "h4", "h5", "h6", "p", "figure"];

/// Elements whose content is not shown.
const HIDDEN: [&str; 4] = ["head", "script", "style", "title"];

/// The longest character reference, with its semicolon.
const REFERENCE_BYTES_MAX: usize = 12;

/// What a reader without HTML sees: the text, with the target behind every link.
pub(super) fn from_html(html: &str) -> String {
    let mut writer = Writer::default();
    let mut rest = html;
    while let Some((text, tag)) = rest.split_once('<') {
        writer.text(text);
        rest = if let Some(comment) = tag.strip_prefix("!--") {
            comment.split_once("-->").map_or("", |(_, rest)| rest)
        } else {
            let end = tag_end(tag);
            let (tag, after) = tag.split_at(end);
            writer.tag(tag, after.strip_prefix('>').unwrap_or(after))
        };
    }
    writer.text(rest);
    writer.finish()
}

#[derive(Default)]
struct Writer {
    output: String,
    /// Line breaks that are due before the next text.
    breaks: usize,
    /// A blank is due before the next text.
    blank: bool,
    /// The target of the link that is open, and where its text begins.
    link: Option<(String, usize)>,
}

impl Writer {
    /// Text between tags: runs of white space are one blank.
    fn text(&mut self, text: &str) {
        let text = unescape(text);
        self.blank |= text.starts_with(char::is_whitespace);
        for word in text.split_whitespace() {
            self.word(word);
            self.blank = true;
        }
        if !text.is_empty() {
            self.blank = text.ends_with(char::is_whitespace);
        }
    }

    fn word(&mut self, word: &str) {
        if self.output.len() + word.len() + 3 > MAIL_PART_BYTES_MAX {
            return;
        }
        if self.output.is_empty() {
            // Nothing is due before the first word.
        } else if self.breaks > 0 {
            self.output
                .push_str(if self.breaks > 1 { "\n\n" } else { "\n" });
        } else if self.blank {
            self.output.push(' ');
        }
        (self.breaks, self.blank) = (0, false);
        self.output.push_str(word);
    }

    fn break_line(&mut self, lines: usize) {
        self.breaks = self.breaks.max(lines);
        self.blank = false;
    }

    /// A tag without its brackets; gives what is left of the `rest` behind it.
    fn tag<'r>(&mut self, tag: &str, rest: &'r str) -> &'r str {
        let (tag, closing) = match tag.strip_prefix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric());
        let name = tag
            .get(..end.unwrap_or(tag.len()))
            .unwrap_or_default()
            .to_ascii_lowercase();
        match name.as_str() {
            "a" if closing => self.end_link(),
            "a" => {
                self.end_link();
                self.link = attribute(tag, "href").map(|target| (target, self.output.len()));
            }
            "br" => {
                self.breaks += 1;
                self.blank = false;
            }
            "li" if !closing => {
                self.break_line(1);
                self.word("-");
                self.blank = true;
            }
            name if HIDDEN.contains(&name) && !closing => return after_element(rest, name),
            name if PARAGRAPHS.contains(&name) => self.break_line(2),
            name if BLOCKS.contains(&name) => self.break_line(1),
            _ => {}
        }
        rest
    }

    /// Prints the target of the link behind its text, unless that is the target itself. In angle
    /// brackets (RFC 3986 appendix C): mail readers take a closing parenthesis for a part of it.
    fn end_link(&mut self) {
        let Some((target, start)) = self.link.take() else {
            return;
        };
        let shown = self.output.get(start..).unwrap_or_default().trim();
        if !target.is_empty() && !target.starts_with('#') && shown != target {
            let only = shown.is_empty();
            self.blank |= !only;
            self.word(&if only { target } else { format!("<{target}>") });
        }
    }

    fn finish(mut self) -> String {
        self.end_link();
        if !self.output.is_empty() {
            self.output.push('\n');
        }
        self.output
    }
}

/// The length of a tag up to its `>`, which does not count in quotes.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    let mut after_equals = false;
    for (index, c) in tag.char_indices() {
        match (quote, c) {
            (None, '>') => return index,
            (None, '"' | '\'') if after_equals => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        after_equals = c == '=' || (after_equals && c.is_ascii_whitespace());
    }
    tag.len()
}

/// What follows the end tag of an element; nothing when it is not closed.
fn after_element<'r>(rest: &'r str, name: &str) -> &'r str {
    rest.match_indices("</")
        .filter_map(|(index, _)| rest.get(index + 2..))
        .find(|tag| {
            tag.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
        })
        .and_then(|tag| tag.split_once('>'))
        .map_or("", |(_, after)| after)
}

/// The value of an attribute of a tag.
fn attribute(tag: &str, wanted: &str) -> Option<String> {
    let mut rest = tag.split_once(|c: char| c.is_ascii_whitespace())?.1;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        let end = rest
            .find(|c: char| c.is_ascii_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() && after.is_empty() {
            return None;
        }
        let after = after.trim_start();
        let Some(value) = after.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| "\"'".contains(*c));
        let (value, after) = match quote {
            Some(quote) => value.get(1..)?.split_once(quote)?,
            None => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(unescape(value.trim()));
        }
        rest = after;
    }
}

/// Character references (the ones that mails contain) as characters.
fn unescape(text: &str) -> String {
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        unescaped.push_str(before);
        // References are short; looking further would take quadratic time on `&&&&`.
        let end = after
            .bytes()
            .take(REFERENCE_BYTES_MAX)
            .position(|byte| byte == b';');
        let name = end.and_then(|end| after.get(..end));
        let c = name.and_then(character);
        unescaped.push(c.unwrap_or('&'));
        rest = match (c, end) {
            (Some(_), Some(end)) => after.get(end + 1..).unwrap_or_default(),
            _ => after,
        };
    }
    unescaped.push_str(rest);
    unescaped
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace());
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '\u{2013}',
        "mdash" => '\u{2014}',
        "hellip" => '\u{2026}',
        "copy" => '\u{a9}',
        "laquo" => '\u{ab}',
        "raquo" => '\u{bb}',
        "lsquo" => '\u{2018}',
        "rsquo" => '\u{2019}',
        "ldquo" => '\u{201c}',
        "rdquo" => '\u{201d}',
        "bull" => '\u{2022}',
        "middot" => '\u{b7}',
        "rarr" => '\u{2192}',
        _ => return None,
    })
}
