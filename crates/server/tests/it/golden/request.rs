//! Builds the literal request of a recorded pair from what earlier answers gave.

use super::bindings::Bindings;
use super::instances::Instances;
use super::json::{Escaping, Json};
use super::placeholder::{Kind, Part, parts};
use super::recording::Pair;
use super::token;
use data_encoding::BASE64URL_NOPAD;
use std::fmt::Write;
use types::Time;

/// A request as it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HttpRequest {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl HttpRequest {
    /// A command line that sends the request, its body cut after 400 characters.
    pub(crate) fn as_curl(&self, instance: &str) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let mut line = format!("curl -i -X {}", self.method);
        for (name, value) in &self.headers {
            let _ = write!(line, " -H {}", quoted(&format!("{name}: {value}")));
        }
        if !self.body.is_empty() {
            let body: String = String::from_utf8_lossy(&self.body)
                .chars()
                .take(400)
                .collect();
            let _ = write!(line, " --data-binary {}", quoted(&body));
        }
        let _ = write!(
            line,
            " {}",
            quoted(&format!("http://{instance}{}", self.path))
        );
        line
    }
}

/// What a client knows when it builds a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Knowledge<'a> {
    pub(crate) instances: &'a Instances,
    pub(crate) bindings: &'a Bindings,
    pub(crate) now: Time,
}

impl Knowledge<'_> {
    /// The request of `pair`; the error names the placeholder that no answer has bound.
    pub(crate) fn request(&self, pair: &Pair) -> Result<HttpRequest, String> {
        let text = |member: &str| {
            let text = pair.request.get(member).and_then(Json::as_text);
            text.ok_or_else(|| format!("`{}` has no {member}", pair.name))
        };
        let mut headers = Vec::new();
        for (name, value) in pair
            .request
            .get("headers")
            .map(Json::members)
            .unwrap_or_default()
        {
            let value = value.as_text().unwrap_or_default();
            let value = match odd_header(&pair.name, value) {
                Some(literal) => literal.to_owned(),
                None => self.fill(value)?,
            };
            headers.push((name.clone(), value));
        }
        Ok(HttpRequest {
            method: text("method")?.to_owned(),
            path: self.fill(text("path")?)?,
            headers,
            body: self.body(pair)?,
        })
    }

    /// `pattern` with every placeholder replaced by its value.
    pub(crate) fn fill(&self, pattern: &str) -> Result<String, String> {
        parts(pattern).iter().map(|part| self.value(part)).collect()
    }

    /// `json` with every string filled and every member that is `<epoch>` made by `epoch`.
    pub(crate) fn fill_json(
        &self,
        json: &Json,
        epoch: &dyn Fn(&str) -> i64,
    ) -> Result<Json, String> {
        match json {
            Json::Text(text) => self.fill(text).map(Json::Text),
            Json::List(elements) => {
                let filled = elements
                    .iter()
                    .map(|element| self.fill_json(element, epoch));
                filled.collect::<Result<_, _>>().map(Json::List)
            }
            Json::Object(members) => {
                let mut filled = Vec::new();
                for (name, value) in members {
                    let value = if value.as_text() == Some("<epoch>") {
                        Json::Number(epoch(name).into())
                    } else {
                        self.fill_json(value, epoch)?
                    };
                    filled.push((name.clone(), value));
                }
                Ok(Json::Object(filled))
            }
            plain => Ok(plain.clone()),
        }
    }

    fn body(&self, pair: &Pair) -> Result<Vec<u8>, String> {
        let recorded = pair.request.get("body");
        if let Some(body) = odd_body(&pair.name, recorded.and_then(Json::as_text)) {
            return Ok(body);
        }
        match recorded {
            None | Some(Json::Null) => Ok(Vec::new()),
            Some(Json::Text(literal)) => self.fill(literal).map(String::into_bytes),
            Some(json) => {
                let filled = self.fill_json(json, &|_| self.now.unix_seconds())?;
                Ok(filled.write(Escaping::Plain).into_bytes())
            }
        }
    }

    fn value(&self, part: &Part) -> Result<String, String> {
        let bound = |name: &str| {
            let value = self.bindings.get(name);
            value
                .map(str::to_owned)
                .ok_or_else(|| format!("no answer has given {name}"))
        };
        match part {
            Part::Literal(literal) => Ok(literal.clone()),
            Part::Numbered { name, .. } => bound(name),
            Part::ServiceKey => Ok(self.instances.api_key("service_role_jwt").to_owned()),
            Part::AnonKey => Ok(self.instances.api_key("anon_jwt").to_owned()),
            Part::FirstFive { name } => Ok(bound(name)?.chars().take(5).collect()),
            Part::Base64UrlOf { name } => Ok(BASE64URL_NOPAD.encode(bound(name)?.as_bytes())),
            Part::Totp { name, steps_back } => {
                let code = token::totp(
                    &bound(name)?,
                    self.seconds().saturating_sub(30 * steps_back),
                );
                code.ok_or_else(|| format!("{name} is no TOTP secret"))
            }
            Part::WrongCode => self.wrong_code(),
            Part::Epoch => Ok(self.now.unix_seconds().to_string()),
            Part::Integer | Part::Svg | Part::Any => {
                Err("this placeholder belongs into answers".to_owned())
            }
        }
    }

    /// Six digits that no enrolled secret gives around now.
    fn wrong_code(&self) -> Result<String, String> {
        let secrets = self.bindings.of_kind(Kind::Base32);
        let right: Vec<String> = secrets
            .iter()
            .flat_map(|secret| (0..=2).map(move |step| (secret, self.seconds() + 30 * step)))
            .filter_map(|(secret, seconds)| token::totp(secret, seconds.saturating_sub(30)))
            .collect();
        let codes = (0..1_000_000).map(|code: u32| format!("{code:06}"));
        codes
            .into_iter()
            .find(|code| !right.contains(code))
            .ok_or_else(|| "no code".to_owned())
    }

    fn seconds(&self) -> u64 {
        u64::try_from(self.now.unix_seconds()).unwrap_or_default()
    }
}

/// The header value of an entry whose recording does not show it.
fn odd_header(entry: &str, value: &str) -> Option<&'static str> {
    // The recorder took the date for one that a server had answered.
    (entry == "version_header_2024-01-01T00:00:00Z" && value.starts_with("<time:"))
        .then_some("2024-01-01T00:00:00Z")
}

/// The body of an entry whose recording describes it in words.
fn odd_body(entry: &str, recorded: Option<&str>) -> Option<Vec<u8>> {
    const LIMIT_BYTES: usize = 1_048_576;
    match entry {
        "oversize_body_old" | "oversize_body_2024" => {
            let filler = "a".repeat(LIMIT_BYTES);
            let body = format!(
                r#"{{"email":"over@example.com","password":"correct-horse-1","data":{{"x":"{filler}"}}}}"#
            );
            Some(body.into_bytes())
        }
        "body_just_under_limit" => {
            let start = r#"{"email":"under@example.com","password":"correct-horse-1""#;
            let padding = " ".repeat(LIMIT_BYTES - start.len() - 2);
            Some(format!("{start}{padding}}}").into_bytes())
        }
        // A lone byte 0xFF, which the recording shows as U+FFFD.
        "invalid_utf8_old" | "invalid_utf8_2024" => {
            let (before, after) = recorded?.split_once('\u{fffd}')?;
            Some([before.as_bytes(), b"\xff", after.as_bytes()].concat())
        }
        _ => None,
    }
}

#[test]
fn bodies_described_in_words_are_built() {
    let under = odd_body("body_just_under_limit", None).unwrap();
    assert_eq!(under.len(), 1_048_575);
    assert!(Json::parse(std::str::from_utf8(&under).unwrap()).is_ok());
    assert!(odd_body("oversize_body_old", None).unwrap().len() > 1_048_576);
    assert_eq!(
        odd_body("invalid_utf8_old", Some("a\u{fffd}b")).unwrap(),
        b"a\xffb"
    );
}
