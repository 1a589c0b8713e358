//! A subject that answers what was recorded, with fresh values for the placeholders: the proof
//! that the replay accepts what it should, and, tampered with, that it notices what it should.

use super::bindings::Bindings;
use super::derived;
use super::exceptions::{self, Exception};
use super::forgery::session_bytes;
use super::instances::Instances;
use super::json::{Escaping, Json};
use super::placeholder::{Kind, Part, parts};
use super::recording::{Entry, Pair, Recording, body_text, name_of};
use super::request::{HttpRequest, Knowledge};
use super::scope::{Treatment, treatment};
use super::subject::{Engine, Mail, Reply, Subject};
use super::token::{CounterToken, Flaw};
use aws_lc_rs::digest;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use std::collections::VecDeque;
use std::time::Duration;
use types::Time;

/// Changes the answer to one entry, or the mails beside it.
pub(crate) type Tampering = (&'static str, fn(&mut Reply, &mut Vec<Mail>));

enum Scripted {
    Pair(Box<Pair>),
    Repeat(usize),
}

/// The recorded story as a server.
pub(crate) struct SelfReplay<'a> {
    file: &'a str,
    engine: Engine,
    instances: &'a Instances,
    script: VecDeque<Scripted>,
    bindings: Bindings,
    clock: Time,
    mails: Vec<Mail>,
    drawn: u64,
    tampering: Option<Tampering>,
}

impl<'a> SelfReplay<'a> {
    /// A server that answers `recording`, with `exceptions` as ours.
    pub(crate) fn new(
        recording: &'a Recording,
        instances: &'a Instances,
        exceptions: &[Exception],
        engine: Engine,
    ) -> Result<Self, String> {
        let mut script = VecDeque::new();
        for recorded in &recording.entries {
            let name = name_of(recorded);
            if treatment(&recording.file, name, engine) != Treatment::Replay {
                continue;
            }
            let exception = exceptions::find(exceptions, &recording.file, recorded);
            let wanted =
                exception.map_or_else(|| Ok(recorded.clone()), |one| one.apply(recorded))?;
            match Entry::read(&wanted)? {
                Entry::Pair(pair) => script.push_back(Scripted::Pair(Box::new(pair))),
                Entry::Repeat { count } => script.push_back(Scripted::Repeat(count)),
                Entry::Wait { .. } | Entry::StateChange { .. } => {}
            }
        }
        Ok(Self {
            file: &recording.file,
            engine,
            instances,
            script,
            bindings: Bindings::default(),
            clock: Time(1_790_000_000_123_450),
            mails: Vec::new(),
            drawn: 0,
            tampering: None,
        })
    }

    /// The same server, but lying once.
    pub(crate) fn tampered(mut self, tampering: Tampering) -> Self {
        self.tampering = Some(tampering);
        self
    }

    fn next(&mut self) -> Result<Vec<Reply>, String> {
        match self.script.pop_front() {
            Some(Scripted::Pair(pair)) => self.answers(&pair),
            Some(Scripted::Repeat(left)) => {
                let status = if left == 1 { 429 } else { 400 };
                if left > 1 {
                    self.script.push_front(Scripted::Repeat(left - 1));
                }
                Ok(vec![Reply {
                    status,
                    ..Reply::default()
                }])
            }
            None => Err("the story is over".to_owned()),
        }
    }

    fn answers(&mut self, pair: &Pair) -> Result<Vec<Reply>, String> {
        self.bind_all(pair)?;
        let mut replies: Vec<Reply> = Vec::new();
        for answer in &pair.answers {
            replies.push(self.reply(pair, answer)?);
        }
        for mail in &pair.mail {
            let text = |member: &str| {
                let text = mail.get(member).and_then(Json::as_text).unwrap_or_default();
                self.later(pair).fill(text)
            };
            let to = mail.get("to").map(Json::elements).unwrap_or_default();
            self.mails.push(Mail {
                to: to
                    .iter()
                    .filter_map(|one| one.as_text().map(str::to_owned))
                    .collect(),
                from: text("from")?,
                subject: text("subject")?,
                html: text("body")?,
                text: None,
            });
        }
        if let Some((entry, tamper)) = self.tampering
            && entry == pair.name
        {
            for reply in &mut replies {
                tamper(reply, &mut self.mails);
            }
        }
        Ok(replies)
    }

    fn reply(&self, pair: &Pair, answer: &Json) -> Result<Reply, String> {
        let status = answer
            .get("status")
            .and_then(Json::as_integer)
            .unwrap_or_default();
        let mut headers = Vec::new();
        for (name, value) in answer.get("headers").map(Json::members).unwrap_or_default() {
            let value = self.later(pair).fill(value.as_text().unwrap_or_default())?;
            headers.push((name.clone(), value));
        }
        let text = body_text(answer);
        let is_json = headers
            .iter()
            .any(|(name, value)| name == "content-type" && value.starts_with("application/json"));
        let body = match (text, answer.get("body")) {
            (Some(text), _) => self.later(pair).fill(&text)?,
            (None, None) => String::new(),
            (None, Some(Json::Text(text))) if !is_json => self.later(pair).fill(text)?,
            (None, Some(json)) => {
                let json = stand_ins(json);
                let in_session = json.get("access_token").is_some();
                let lifetime = self.instances.lifetime_seconds(&pair.instance);
                let seconds = if in_session { lifetime } else { 300 };
                let epoch = |_: &str| self.clock.unix_seconds() + seconds;
                let knowledge = self.knowledge(self.clock);
                knowledge.fill_json(&json, &epoch)?.write(Escaping::Html)
            }
        };
        let status = u16::try_from(status).map_err(|error| error.to_string())?;
        Ok(Reply {
            status,
            headers,
            body: body.into_bytes(),
        })
    }

    /// Gives every placeholder of `pair` a value: tokens last, since others are inside them.
    fn bind_all(&mut self, pair: &Pair) -> Result<(), String> {
        let mut all = Vec::new();
        let inside = pair.decoded.iter().map(|(_, recipe)| recipe);
        for json in pair.answers.iter().chain(&pair.mail).chain(inside) {
            names_in(json, &mut all);
        }
        for (kind, name) in &all {
            if self.bindings.get(name).is_none() && !matches!(kind, Kind::Jwt | Kind::Refresh2) {
                let value = self.draw(*kind);
                self.bindings.bind(*kind, name, &value)?;
            }
        }
        for (name, value) in derived::values(self.file, &pair.name, &self.bindings) {
            self.bindings.overwrite(name, &value);
        }
        for (name, recipe) in &pair.decoded {
            let forged = recipe.get("made_by_client").is_some();
            if forged || !all.iter().any(|(_, other)| other == name) {
                continue;
            }
            if name.starts_with("<jwt:") {
                let lifetime = self.instances.lifetime_seconds(&pair.instance);
                let now = self.clock.unix_seconds();
                let epoch = |claim: &str| if claim == "exp" { now + lifetime } else { now };
                let claims = recipe.get("claims").unwrap_or(&Json::Null);
                let claims = self.knowledge(self.clock).fill_json(claims, &epoch)?;
                let header = recipe.get("header").unwrap_or(&Json::Null);
                let jwt = self.instances.sign(&pair.instance, header, &claims)?;
                self.bindings.bind(Kind::Jwt, name, &jwt)?;
            } else {
                let session = recipe
                    .get("session_id")
                    .and_then(Json::as_text)
                    .unwrap_or_default();
                let session = self.bindings.get(session).unwrap_or_default().to_owned();
                let counter = recipe
                    .get("counter")
                    .and_then(Json::as_integer)
                    .unwrap_or_default();
                let token = CounterToken {
                    version: 0,
                    session: session_bytes(&session)?,
                    counter: u64::try_from(counter).unwrap_or_default(),
                };
                let token = token.encode(&key_of(&session), Flaw::None);
                self.bindings.bind(Kind::Refresh2, name, &token)?;
            }
        }
        Ok(())
    }

    /// A fresh value of `kind`.
    fn draw(&mut self, kind: Kind) -> String {
        self.drawn += 1;
        let seed = format!("{} {}", self.file, self.drawn);
        let hash = digest::digest(&digest::SHA256, seed.as_bytes());
        let bytes = hash.as_ref();
        let hex = HEXLOWER.encode(bytes);
        let letters = BASE32_NOPAD.encode(bytes);
        match kind {
            Kind::Uuid => {
                let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
                let groups = groups.map(|range| hex.get(range).unwrap_or_default());
                groups.join("-")
            }
            Kind::Token12 => letters.to_ascii_lowercase().chars().take(12).collect(),
            Kind::Base32 => letters.chars().take(32).collect(),
            Kind::Hex56 => hex.chars().take(56).collect(),
            Kind::Otp6 => {
                let digits = bytes
                    .iter()
                    .take(6)
                    .map(|byte| char::from(b'0' + byte % 10));
                digits.collect()
            }
            Kind::Time => self.clock.to_string(),
            Kind::Jwt | Kind::Refresh2 | Kind::ClientSecret | Kind::B64url => {
                BASE64URL_NOPAD.encode(bytes)
            }
        }
    }

    /// What texts are filled from: a Unix time in them is always the end of an access token.
    fn later(&self, pair: &Pair) -> Knowledge<'_> {
        let lifetime = self.instances.lifetime_seconds(&pair.instance);
        self.knowledge(self.clock + Duration::from_secs(u64::try_from(lifetime).unwrap_or(0)))
    }

    fn knowledge(&self, now: Time) -> Knowledge<'_> {
        Knowledge {
            instances: self.instances,
            bindings: &self.bindings,
            now,
        }
    }
}

impl Subject for SelfReplay<'_> {
    fn engine(&self) -> Engine {
        self.engine
    }

    async fn request(&mut self, _instance: &str, _request: &HttpRequest) -> Reply {
        self.next().unwrap_or_else(|why| panic!("{why}")).remove(0)
    }

    async fn request_at_once(
        &mut self,
        _instance: &str,
        _request: &HttpRequest,
        _count: usize,
    ) -> Vec<Reply> {
        let mut replies = self.next().unwrap_or_else(|why| panic!("{why}"));
        // The recorded order is one of many.
        replies.reverse();
        replies
    }

    async fn mails_since_last(&mut self, _instance: &str) -> Vec<Mail> {
        std::mem::take(&mut self.mails)
    }

    async fn execute_sql(&mut self, _sql: &str) {}

    async fn refresh_key(&mut self, session: &str) -> Vec<u8> {
        key_of(session)
    }

    fn advance(&mut self, span: Duration) {
        self.clock = self.clock + span;
    }

    fn now(&self) -> Time {
        self.clock
    }
}

fn key_of(session: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, session.as_bytes())
        .as_ref()
        .to_vec()
}

/// `json` with values for the placeholders that do not name anything.
fn stand_ins(json: &Json) -> Json {
    match json {
        Json::Text(text) => Json::Text(
            text.replace("<int>", "42")
                .replace("<svg>", "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>")
                .replace("<any>", "whatever"),
        ),
        Json::List(elements) => Json::List(elements.iter().map(stand_ins).collect()),
        Json::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| (name.clone(), stand_ins(value)));
            Json::Object(members.collect())
        }
        plain => plain.clone(),
    }
}

/// Every numbered placeholder inside `json`, also those inside other placeholders.
fn names_in(json: &Json, all: &mut Vec<(Kind, String)>) {
    match json {
        Json::Text(text) => {
            for part in parts(text) {
                if let Part::Numbered { kind, name } = part {
                    all.push((kind, name));
                }
            }
        }
        Json::List(elements) => elements.iter().for_each(|element| names_in(element, all)),
        Json::Object(members) => members.iter().for_each(|(_, value)| names_in(value, all)),
        _ => {}
    }
}
