//! Compares an answer with a recorded pattern, binding placeholders on the way.

use super::bindings::{Bindings, Calendar};
use super::json::{Json, below};
use super::placeholder::{Kind, Part, parts, sole};
use super::token;
use data_encoding::BASE64URL_NOPAD;
use types::Time;

/// Lists whose order the recorded server leaves to its database, to a hash table or, for `amr`, to
/// methods of the same second.
const UNORDERED: [&str; 3] = ["factors", "keys", "amr"];

/// One place where an answer differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// JSON pointer into the recorded entry.
    pub(crate) pointer: String,
    pub(crate) expected: String,
    pub(crate) got: String,
    /// What the comparison of the two texts does not say.
    pub(crate) why: Option<String>,
}

/// A comparison in progress.
#[derive(Debug)]
pub(crate) struct Matcher<'a> {
    pub(crate) bindings: &'a mut Bindings,
    pub(crate) calendar: &'a Calendar,
    /// Answers to parallel requests may hold different tokens for one recorded number.
    pub(crate) tokens_may_differ: bool,
    /// Whether members must stand in the recorded order; inside tokens nobody can tell.
    pub(crate) order_matters: bool,
    pub(crate) mismatches: Vec<Mismatch>,
}

impl<'a> Matcher<'a> {
    pub(crate) fn new(bindings: &'a mut Bindings, calendar: &'a Calendar) -> Self {
        Self {
            bindings,
            calendar,
            tokens_may_differ: false,
            order_matters: true,
            mismatches: Vec::new(),
        }
    }

    /// Notes a mismatch.
    pub(crate) fn differs(&mut self, pointer: &str, expected: &str, got: &str, why: Option<&str>) {
        self.mismatches.push(Mismatch {
            pointer: pointer.to_owned(),
            expected: expected.to_owned(),
            got: got.to_owned(),
            why: why.map(str::to_owned),
        });
    }

    /// Compares JSON: members by name and order, lists by order, strings as patterns.
    pub(crate) fn json(&mut self, pointer: &str, expected: &Json, got: &Json) {
        match (expected, got) {
            (Json::Text(pattern), _) => self.string(pointer, pattern, got),
            (Json::Object(expected), Json::Object(got)) => self.object(pointer, expected, got),
            (Json::List(expected), Json::List(got)) => {
                if UNORDERED
                    .iter()
                    .any(|name| pointer.ends_with(&format!("/{name}")))
                {
                    self.unordered(pointer, expected, got);
                } else {
                    self.list(pointer, expected, got);
                }
            }
            _ if expected == got => {}
            _ => self.differs(pointer, &expected.to_string(), &got.to_string(), None),
        }
    }

    /// Compares text with a pattern in which placeholders stand anywhere.
    pub(crate) fn text(&mut self, pointer: &str, pattern: &str, got: &str) {
        let mut rest = got;
        for part in parts(pattern) {
            let taken = match &part {
                Part::Literal(literal) => {
                    if !rest.starts_with(literal.as_str()) {
                        let why = format!("`{}` should come next", excerpt(literal));
                        return self.differs(pointer, pattern, got, Some(&why));
                    }
                    literal.len()
                }
                part => length_of(part, rest),
            };
            let (value, after) = rest.split_at(taken);
            if let Err(why) = self.part(&part, value) {
                self.differs(pointer, pattern, got, Some(&why));
            }
            rest = after;
        }
        if !rest.is_empty() {
            let why = format!("`{}` is too much", excerpt(rest));
            self.differs(pointer, pattern, got, Some(&why));
        }
    }

    fn string(&mut self, pointer: &str, pattern: &str, got: &Json) {
        match (sole(pattern), got) {
            (Some(Part::Any), _) => {}
            (Some(Part::Epoch), _) => match got.as_integer() {
                Some(seconds) => {
                    if let Err(why) = self.epoch(seconds) {
                        self.differs(pointer, pattern, &got.to_string(), Some(&why));
                    }
                }
                None => self.differs(pointer, "a number: <epoch>", &got.to_string(), None),
            },
            (_, Json::Text(text)) => self.text(pointer, pattern, text),
            _ => self.differs(pointer, &format!("\"{pattern}\""), &got.to_string(), None),
        }
    }

    fn object(&mut self, pointer: &str, expected: &[(String, Json)], got: &[(String, Json)]) {
        let mut common = Vec::new();
        for (name, value) in expected {
            let here = below(pointer, name);
            match got.iter().find(|(other, _)| other == name) {
                Some((_, got)) => {
                    common.push(name);
                    self.json(&here, value, got);
                }
                None => self.differs(&here, &value.to_string(), "nothing", None),
            }
        }
        for (at, (name, value)) in got.iter().enumerate() {
            let repeated = got.iter().take(at).any(|(other, _)| other == name);
            if repeated || !expected.iter().any(|(other, _)| other == name) {
                self.differs(&below(pointer, name), "nothing", &value.to_string(), None);
            }
        }
        let order: Vec<&String> = got
            .iter()
            .map(|(name, _)| name)
            .filter(|name| common.contains(name))
            .collect();
        if self.order_matters && order != common && order.len() == common.len() {
            self.differs(
                pointer,
                &format!("members in the order {common:?}"),
                &format!("{order:?}"),
                None,
            );
        }
    }

    fn list(&mut self, pointer: &str, expected: &[Json], got: &[Json]) {
        if expected.len() != got.len() {
            let expected = format!(
                "{} elements: {}",
                expected.len(),
                Json::List(expected.to_vec())
            );
            let got = format!("{} elements: {}", got.len(), Json::List(got.to_vec()));
            return self.differs(pointer, &expected, &got, None);
        }
        for (at, (expected, got)) in expected.iter().zip(got).enumerate() {
            self.json(&below(pointer, at), expected, got);
        }
    }

    /// Pairs the elements in the first way that fits; compares in order when none does.
    fn unordered(&mut self, pointer: &str, expected: &[Json], got: &[Json]) {
        let mut order: Vec<&Json> = Vec::new();
        for expected in expected {
            let fits = got
                .iter()
                .filter(|got| !order.iter().any(|taken| std::ptr::eq(*taken, *got)));
            let fit = fits.into_iter().find(|got| self.would_fit(expected, got));
            order.extend(fit);
        }
        if order.len() == got.len() {
            let order: Vec<Json> = order.into_iter().cloned().collect();
            self.list(pointer, expected, &order);
        } else {
            self.list(pointer, expected, got);
        }
    }

    fn would_fit(&self, expected: &Json, got: &Json) -> bool {
        let mut bindings = self.bindings.clone();
        let mut trial = Matcher::new(&mut bindings, self.calendar);
        trial.json("", expected, got);
        trial.mismatches.is_empty()
    }

    fn part(&mut self, part: &Part, value: &str) -> Result<(), String> {
        match part {
            Part::Literal(_) | Part::Any => Ok(()),
            Part::Numbered { kind, name } => self.numbered(*kind, name, value),
            Part::Epoch => self.epoch(
                value
                    .parse()
                    .map_err(|_| "a Unix time is expected here".to_owned())?,
            ),
            Part::Integer => {
                let digits = value.parse::<u64>().is_ok();
                digits
                    .then_some(())
                    .ok_or_else(|| "a number is expected here".to_owned())
            }
            Part::Svg => {
                let drawing = value.contains("<svg") && value.trim_end().ends_with("</svg>");
                drawing
                    .then_some(())
                    .ok_or_else(|| "this is no SVG document".to_owned())
            }
            Part::FirstFive { name } => {
                let whole = self
                    .bindings
                    .get(name)
                    .ok_or_else(|| format!("{name} is unknown"))?;
                let fits = whole.get(..5) == Some(value);
                fits.then_some(())
                    .ok_or_else(|| format!("{name} is `{whole}`"))
            }
            Part::Base64UrlOf { name } => {
                let text = self
                    .bindings
                    .get(name)
                    .ok_or_else(|| format!("{name} is unknown"))?;
                let fits = BASE64URL_NOPAD.encode(text.as_bytes()) == value;
                fits.then_some(())
                    .ok_or_else(|| format!("{name} is `{text}`"))
            }
            Part::ServiceKey | Part::AnonKey | Part::Totp { .. } | Part::WrongCode => {
                Err("this placeholder belongs into requests".to_owned())
            }
        }
    }

    fn numbered(&mut self, kind: Kind, name: &str, value: &str) -> Result<(), String> {
        if kind == Kind::Jwt
            && self.tokens_may_differ
            && let Some(known) = self.bindings.get(name)
            && token::same_session(known, value)
        {
            return Ok(());
        }
        let first = self.bindings.bind(kind, name, value)?;
        if first && kind == Kind::Time {
            let time = Time::parse(value).ok_or_else(|| "this is no time".to_owned())?;
            if !self.calendar.has(time) {
                return Err("no request of this story was at that time".to_owned());
            }
        }
        Ok(())
    }

    fn epoch(&self, seconds: i64) -> Result<(), String> {
        if self.calendar.has(Time::from_unix_seconds(seconds)) {
            Ok(())
        } else {
            Err("no request of this story explains that time".to_owned())
        }
    }
}

/// How many bytes of `text` belong to `part`.
fn length_of(part: &Part, text: &str) -> usize {
    let run = |fits: &dyn Fn(char) -> bool| text.find(|c| !fits(c)).unwrap_or(text.len());
    match part {
        Part::Literal(literal) => literal.len(),
        Part::Numbered { kind, .. } => {
            let length = run(&|c| kind.may_contain(c));
            length.min(kind.length_chars().unwrap_or(length))
        }
        Part::Epoch | Part::Integer => run(&|c| c.is_ascii_digit()),
        Part::FirstFive { .. } => run(&|c| Kind::Refresh2.may_contain(c)).min(5),
        Part::Base64UrlOf { .. } => run(&|c| Kind::B64url.may_contain(c)),
        _ => text.len(),
    }
}

fn excerpt(text: &str) -> String {
    text.chars().take(60).collect()
}
