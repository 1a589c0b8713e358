//! The states in which an HTML document can be.

/// Where the next character lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum Place {
    /// In text.
    Text,
    /// In a comment.
    Comment,
    /// In an element whose content is no HTML.
    Raw(Element),
    /// In a tag, where an attribute or the tag's end comes next.
    Tag(Element),
    /// Right behind the name of an attribute.
    Name {
        /// What the tag opens.
        element: Element,
        /// What the attribute holds.
        attribute: Attribute,
    },
    /// Behind an attribute's name and a blank.
    AfterName {
        /// What the tag opens.
        element: Element,
        /// What the attribute holds.
        attribute: Attribute,
    },
    /// Behind an attribute's `=`.
    BeforeValue {
        /// What the tag opens.
        element: Element,
        /// What the attribute holds.
        attribute: Attribute,
    },
    /// In the value of an attribute.
    Value {
        /// What the tag opens.
        element: Element,
        /// What the attribute holds.
        attribute: Attribute,
        /// What ends the value.
        quote: Quote,
        /// Which part of a URL comes next.
        part: UrlPart,
    },
}

/// What a tag opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum Element {
    /// HTML, or nothing.
    Html,
    /// `script`.
    Script,
    /// `style`.
    Style,
    /// `title` and `textarea`: text without tags.
    Text,
    /// `meta`, whose `content` can be anything.
    Meta,
}

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum Attribute {
    /// Text.
    Plain,
    /// A URL.
    Url,
    /// Declarations of a style.
    Style,
    /// Scripts, whole documents, lists of URLs.
    Refused,
}

/// What ends an attribute's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum Quote {
    /// A blank or `>`.
    None,
    /// `'`.
    Single,
    /// `"`.
    Double,
}

/// The part of a URL that comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum UrlPart {
    /// Nothing is there yet.
    Start,
    /// The path, or what stands before it.
    Path,
    /// The query or the fragment.
    Query,
    /// It depends on a condition.
    Unknown,
}

/// What separates attributes.
pub(super) const BLANKS: [char; 5] = [' ', '\t', '\n', '\u{c}', '\r'];

const URL_ATTRIBUTES: [&str; 17] = [
    "action",
    "archive",
    "background",
    "cite",
    "classid",
    "codebase",
    "data",
    "formaction",
    "href",
    "icon",
    "longdesc",
    "manifest",
    "poster",
    "profile",
    "src",
    "usemap",
    "xmlns",
];

impl Place {
    /// The place of a value: an attribute without quotes begins where its value begins.
    pub(in crate::template) fn before_value(self) -> Self {
        match self {
            Self::BeforeValue { element, attribute } => Self::Value {
                element,
                attribute,
                quote: Quote::None,
                part: UrlPart::Start,
            },
            place => place,
        }
    }

    /// Where a document is that is in one of two places; `None` when these cannot be treated
    /// alike.
    pub(in crate::template) fn joined(self, other: Self) -> Option<Self> {
        if self == other {
            return Some(self);
        }
        match (self.before_value(), other.before_value()) {
            (left, right) if left == right => Some(left),
            (
                Self::Value {
                    element,
                    attribute,
                    quote,
                    ..
                },
                Self::Value {
                    element: e,
                    attribute: a,
                    quote: q,
                    ..
                },
            ) if (element, attribute, quote) == (e, a, q) => Some(Self::Value {
                element,
                attribute,
                quote,
                part: UrlPart::Unknown,
            }),
            // `<input {{if .X}}checked{{end}}>`: what follows must not be a part of the name.
            (left, right) => {
                let element = left.between_attributes()?;
                (right.between_attributes()? == element).then_some(Self::Name {
                    element,
                    attribute: Attribute::Refused,
                })
            }
        }
    }

    /// What the tag opens, when an attribute could come next.
    const fn between_attributes(self) -> Option<Element> {
        match self {
            Self::Tag(element) | Self::Name { element, .. } | Self::AfterName { element, .. } => {
                Some(element)
            }
            _ => None,
        }
    }
}

/// What a tag of that name opens.
pub(super) fn element(name: &str) -> Element {
    match name.to_ascii_lowercase().as_str() {
        "script" => Element::Script,
        "style" => Element::Style,
        "title" | "textarea" => Element::Text,
        "meta" => Element::Meta,
        _ => Element::Html,
    }
}

/// What an attribute holds, by its name in lower case; when in doubt the more dangerous kind.
pub(super) fn attribute(element: Element, name: &str) -> Attribute {
    let name = name.strip_prefix("data-").unwrap_or(name);
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    match local {
        _ if prefix == "xmlns" => Attribute::Url,
        "style" => Attribute::Style,
        "srcset" | "srcdoc" => Attribute::Refused,
        "content" if element == Element::Meta => Attribute::Refused,
        _ if URL_ATTRIBUTES.contains(&local) => Attribute::Url,
        "srclang" => Attribute::Plain,
        _ if local.starts_with("on") => Attribute::Refused,
        _ if ["src", "uri", "url"]
            .iter()
            .any(|part| local.contains(part)) =>
        {
            Attribute::Url
        }
        _ => Attribute::Plain,
    }
}
