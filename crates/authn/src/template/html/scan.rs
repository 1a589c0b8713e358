//! What literal text makes of the state of an HTML document.

use super::place::{Attribute, BLANKS, Element, Place, Quote, UrlPart, attribute, element};

/// What `text` becomes at a place, and the place behind it. An error is an offset in `text` and a
/// reason.
pub(in crate::template) fn after_text(
    place: Place,
    text: &str,
) -> Result<(String, Place), (usize, &'static str)> {
    let mut scan = Scan {
        rest: text,
        kept: String::with_capacity(text.len()),
    };
    let mut place = place;
    while !scan.rest.is_empty() {
        place = scan
            .step(place)
            .map_err(|message| (text.len() - scan.rest.len(), message))?;
    }
    Ok((scan.kept, place))
}

struct Scan<'a> {
    rest: &'a str,
    kept: String,
}

impl<'a> Scan<'a> {
    /// Reads on to the next change of place. Reads something, or changes the place.
    fn step(&mut self, place: Place) -> Result<Place, &'static str> {
        Ok(match place {
            Place::Text => self.text(),
            Place::Comment => self.comment(),
            Place::Raw(element) => self.raw(element),
            Place::Tag(element) => return self.tag(element),
            Place::Name { element, attribute } => {
                if !self
                    .rest
                    .starts_with(|c| BLANKS.contains(&c) || "=>".contains(c))
                {
                    return Err("the name of an attribute is interrupted by an action");
                }
                Place::AfterName { element, attribute }
            }
            Place::AfterName { element, attribute } => {
                self.keep_blanks();
                match self.rest.chars().next() {
                    Some('=') => {
                        self.keep(1);
                        Place::BeforeValue { element, attribute }
                    }
                    Some(_) => Place::Tag(element),
                    None => place,
                }
            }
            Place::BeforeValue { element, attribute } => self.before_value(element, attribute),
            Place::Value {
                element,
                attribute,
                quote,
                part,
            } => {
                return self.value(element, attribute, quote, part);
            }
        })
    }

    fn keep(&mut self, length: usize) -> &'a str {
        let (kept, rest) = self.rest.split_at(length);
        self.kept.push_str(kept);
        self.rest = rest;
        kept
    }

    fn keep_blanks(&mut self) {
        let length = self.rest.find(|c| !BLANKS.contains(&c));
        self.keep(length.unwrap_or(self.rest.len()));
    }

    /// Comments are left out.
    fn comment(&mut self) -> Place {
        let end = self.rest.split_once("-->");
        self.rest = end.map_or("", |(_, rest)| rest);
        if end.is_some() {
            Place::Text
        } else {
            Place::Comment
        }
    }

    fn text(&mut self) -> Place {
        self.keep(self.rest.find('<').unwrap_or(self.rest.len()));
        let Some(tag) = self.rest.strip_prefix('<') else {
            return Place::Text;
        };
        if let Some(rest) = self.rest.strip_prefix("<!--") {
            self.rest = rest;
            return Place::Comment;
        }
        let (name, closing) = match tag.strip_prefix('/') {
            Some(name) => (name, true),
            None => (tag, false),
        };
        let length = tag_name_length(name);
        if length > 0 {
            let element = if closing {
                Element::Html
            } else {
                element(name.get(..length).unwrap_or_default())
            };
            self.keep(1 + usize::from(closing) + length);
            return Place::Tag(element);
        }
        let doctype = tag
            .get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case("!DOCTYPE"));
        if doctype {
            self.keep(1);
        } else {
            self.kept.push_str("&lt;");
            self.rest = tag;
        }
        Place::Text
    }

    /// Up to the end tag.
    fn raw(&mut self, element: Element) -> Place {
        let names: &[&str] = match element {
            Element::Script => &["script"],
            Element::Style => &["style"],
            Element::Text => &["title", "textarea"],
            Element::Html | Element::Meta => &[],
        };
        let is_end = |offset: &usize| {
            let after = self.rest.get(offset + 2..).unwrap_or_default();
            names.iter().any(|name| {
                after
                    .get(..name.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(name))
                    && after[name.len()..].starts_with(|c| BLANKS.contains(&c) || "/>".contains(c))
            })
        };
        let end = self
            .rest
            .match_indices("</")
            .map(|(offset, _)| offset)
            .find(is_end);
        self.keep(end.unwrap_or(self.rest.len()));
        if end.is_some() {
            Place::Text
        } else {
            Place::Raw(element)
        }
    }

    fn tag(&mut self, element: Element) -> Result<Place, &'static str> {
        self.keep_blanks();
        if self.rest.is_empty() {
            return Ok(Place::Tag(element));
        }
        if self.rest.starts_with('>') {
            self.keep(1);
            return Ok(match element {
                Element::Html | Element::Meta => Place::Text,
                element => Place::Raw(element),
            });
        }
        let length = self.rest.find(|c| BLANKS.contains(&c) || "=>".contains(c));
        let name = self
            .rest
            .get(..length.unwrap_or(self.rest.len()))
            .unwrap_or_default();
        if name.is_empty() {
            return Err("a tag contains a `=` without a name before it");
        }
        if name.contains(['"', '\'', '<']) {
            return Err("the name of an attribute contains a quote or a `<`");
        }
        let attribute = attribute(element, &name.to_ascii_lowercase());
        self.keep(name.len());
        Ok(Place::Name { element, attribute })
    }

    fn before_value(&mut self, element: Element, attribute: Attribute) -> Place {
        self.keep_blanks();
        let quote = match self.rest.chars().next() {
            None => return Place::BeforeValue { element, attribute },
            Some('"') => Quote::Double,
            Some('\'') => Quote::Single,
            Some(_) => Quote::None,
        };
        self.keep(usize::from(quote != Quote::None));
        Place::Value {
            element,
            attribute,
            quote,
            part: UrlPart::Start,
        }
    }

    fn value(
        &mut self,
        element: Element,
        attribute: Attribute,
        quote: Quote,
        part: UrlPart,
    ) -> Result<Place, &'static str> {
        let ends = |c: char| match quote {
            Quote::None => BLANKS.contains(&c) || c == '>',
            Quote::Single => c == '\'',
            Quote::Double => c == '"',
        };
        let end = self.rest.find(ends);
        let value = self.keep(end.unwrap_or(self.rest.len()));
        if quote == Quote::None && value.contains(['"', '\'', '<', '=', '`']) {
            return Err("an attribute without quotes contains a quote, `<`, `=` or a backquote");
        }
        if end.is_some() {
            self.keep(usize::from(quote != Quote::None));
            return Ok(Place::Tag(element));
        }
        // An entity could stand for a `?`, and its `#` counts as one: the stricter reading.
        let part = match part {
            part if attribute != Attribute::Url => part,
            _ if value.contains(['#', '?']) => UrlPart::Query,
            UrlPart::Start if !value.trim_matches(BLANKS).is_empty() => UrlPart::Path,
            part => part,
        };
        Ok(Place::Value {
            element,
            attribute,
            quote,
            part,
        })
    }
}

/// The length of a tag's name at the start of `text`: letters and digits, and single `-` or `:`
/// between them.
fn tag_name_length(text: &str) -> usize {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return 0;
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-:".contains(c)));
    let name = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    let doubled = name
        .as_bytes()
        .windows(2)
        .position(|pair| pair.iter().all(|b| b"-:".contains(b)));
    let name = name
        .get(..doubled.unwrap_or(name.len()))
        .unwrap_or_default();
    name.trim_end_matches(['-', ':']).len()
}
