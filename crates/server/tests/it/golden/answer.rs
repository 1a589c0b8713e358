//! Compares whole answers: status, body, headers, the tokens in them and the mails beside them.

use super::bindings::{Bindings, Calendar};
use super::derived;
use super::forgery::{refresh_token_flaw, session_bytes};
use super::headers;
use super::instances::Instances;
use super::json::{Json, below};
use super::matcher::{Matcher, Mismatch};
use super::recording::{Pair, body_text};
use super::subject::{Mail, Reply};
use super::token::{self, CounterToken};

/// One pair and what its comparison needs to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) file: &'a str,
    pub(crate) instances: &'a Instances,
    pub(crate) calendar: &'a Calendar,
    pub(crate) pair: &'a Pair,
}

impl Asked<'_> {
    /// Compares one answer with its recording at `pointer`.
    pub(crate) fn compare(
        &self,
        bindings: &mut Bindings,
        pointer: &str,
        expected: &Json,
        reply: &Reply,
    ) -> Vec<Mismatch> {
        let mut matcher = Matcher::new(bindings, self.calendar);
        matcher.tokens_may_differ = self.pair.parallel;
        let status = expected
            .get("status")
            .and_then(Json::as_integer)
            .unwrap_or_default();
        if status != i64::from(reply.status) {
            let got = format!("{} {}", reply.status, String::from_utf8_lossy(&reply.body));
            let wanted = expected
                .get("body")
                .map(Json::to_string)
                .unwrap_or_default();
            let wanted = format!("{status} {wanted}");
            matcher.differs(&below(pointer, "status"), &wanted, &got, None);
            return matcher.mismatches;
        }
        body(&mut matcher, pointer, expected, reply);
        let none = Json::Object(Vec::new());
        let recorded = expected.get("headers").unwrap_or(&none);
        headers::compare(
            &mut matcher,
            &below(pointer, "headers"),
            recorded,
            &reply.headers,
        );
        matcher.mismatches
    }

    /// Compares the tokens that first appear in the answer with what was recorded inside them.
    pub(crate) fn compare_tokens(&self, bindings: &mut Bindings, reply: &Reply) -> Vec<Mismatch> {
        let mut matcher = Matcher::new(bindings, self.calendar);
        matcher.order_matters = false;
        for (name, recipe) in &self.pair.decoded {
            let by_client = recipe.get("made_by_client").is_some()
                || refresh_token_flaw(&self.pair.name).is_some();
            let Some(token) = matcher.bindings.get(name).map(str::to_owned) else {
                // Its absence from the answer has been noted already.
                continue;
            };
            if by_client {
                continue;
            }
            let outcome = if name.starts_with("<jwt:") {
                self.access_token(&mut matcher, name, recipe, &token)
                    .and_then(|claims| {
                        let end = claims.get("exp").and_then(Json::as_integer);
                        let fits = expires_at(reply).is_none_or(|seconds| Some(seconds) == end);
                        let rule = "`expires_at` of the answer must be `exp` of the token";
                        fits.then_some(()).ok_or_else(|| rule.to_owned())
                    })
            } else {
                refresh_token(&mut matcher, name, recipe, &token)
            };
            if let Err(why) = outcome {
                let pointer = below("/decoded", name);
                matcher.differs(&pointer, &recipe.to_string(), &token, Some(&why));
            }
        }
        for (name, value) in derived::values(self.file, &self.pair.name, matcher.bindings) {
            let got = matcher.bindings.get(name).unwrap_or_default().to_owned();
            if got != value {
                matcher.differs("/response/body", &format!("{name} = {value}"), &got, None);
            }
        }
        matcher.mismatches
    }

    /// Compares the messages that left with the recorded ones, both sorted by recipient.
    pub(crate) fn compare_mails(&self, bindings: &mut Bindings, mails: &[Mail]) -> Vec<Mismatch> {
        let mut matcher = Matcher::new(bindings, self.calendar);
        let mut mails: Vec<&Mail> = mails.iter().collect();
        mails.sort_by(|one, other| one.to.cmp(&other.to));
        let recorded = &self.pair.mail;
        if mails.len() != recorded.len() {
            let expected = recorded
                .iter()
                .map(subject_line)
                .collect::<Vec<_>>()
                .join(", ");
            let got: Vec<String> = mails
                .iter()
                .map(|mail| format!("{:?}: {}", mail.to, mail.subject))
                .collect();
            let expected = format!("{} messages: {expected}", recorded.len());
            let got = format!("{} messages: {}", mails.len(), got.join(", "));
            matcher.differs("/mail", &expected, &got, None);
            return matcher.mismatches;
        }
        for (at, (expected, mail)) in recorded.iter().zip(mails).enumerate() {
            compare_mail(&mut matcher, &format!("/mail/{at}"), expected, mail);
        }
        matcher.mismatches
    }

    /// Checks signature and claims; returns the claims.
    fn access_token(
        &self,
        matcher: &mut Matcher<'_>,
        name: &str,
        recipe: &Json,
        jwt: &str,
    ) -> Result<Json, String> {
        self.instances.verify(&self.pair.instance, jwt)?;
        let (header, claims) = token::decode(jwt)?;
        let pointer = below("/decoded", name);
        let recorded = |member: &str| recipe.get(member).unwrap_or(&Json::Null);
        matcher.json(&below(&pointer, "header"), recorded("header"), &header);
        matcher.json(&below(&pointer, "claims"), recorded("claims"), &claims);
        let claim = |name: &str| {
            claims
                .get(name)
                .and_then(Json::as_integer)
                .unwrap_or_default()
        };
        let lifetime = self.instances.lifetime_seconds(&self.pair.instance);
        if claim("exp") - claim("iat") != lifetime {
            return Err(format!("`exp` must be `iat` + {lifetime}"));
        }
        let methods = claims.get("amr").map(Json::elements).unwrap_or_default();
        let since: Vec<i64> = methods
            .iter()
            .filter_map(|method| method.get("timestamp")?.as_integer())
            .collect();
        let newest_first = since.is_sorted_by(|one, next| one >= next);
        newest_first
            .then_some(claims)
            .ok_or_else(|| "`amr` must be newest first".to_owned())
    }
}

fn compare_mail(matcher: &mut Matcher<'_>, pointer: &str, expected: &Json, mail: &Mail) {
    let text = |member: &str| {
        expected
            .get(member)
            .and_then(Json::as_text)
            .unwrap_or_default()
    };
    let to = Json::List(mail.to.iter().cloned().map(Json::Text).collect());
    matcher.json(
        &below(pointer, "to"),
        expected.get("to").unwrap_or(&Json::Null),
        &to,
    );
    matcher.text(&below(pointer, "from"), text("from"), &mail.from);
    matcher.text(&below(pointer, "subject"), text("subject"), &mail.subject);
    matcher.text(
        &below(pointer, "body"),
        &unfolded(text("body")),
        &unfolded(&mail.html),
    );
}

fn body(matcher: &mut Matcher<'_>, pointer: &str, expected: &Json, reply: &Reply) {
    let here = below(pointer, "body");
    let got = String::from_utf8_lossy(&reply.body);
    let recorded = expected.get("body");
    let is_json = expected
        .at("/headers/content-type")
        .and_then(Json::as_text)
        .is_some_and(|kind| kind.starts_with("application/json"));
    match recorded {
        None if got.is_empty() => {}
        None => matcher.differs(&here, "no body", &got, None),
        Some(Json::Text(pattern)) if !is_json => matcher.text(&here, pattern, &got),
        Some(recorded) => match Json::parse(&got) {
            Ok(json) => matcher.json(&here, recorded, &json),
            Err(why) => matcher.differs(&here, &recorded.to_string(), &got, Some(&why)),
        },
    }
    if is_json && got.contains(['<', '>', '&', '\n']) {
        let rule = "compact JSON with <, > and & escaped";
        matcher.differs(&here, rule, &got, Some("as Go's encoder writes it"));
    }
    if let Some(text) = body_text(expected)
        && matcher.mismatches.is_empty()
    {
        matcher.text(&below(pointer, "body_text"), &text, &got);
    }
}

/// What the answer says about the end of its access token: in a JSON body or in a redirect.
fn expires_at(reply: &Reply) -> Option<i64> {
    let json = Json::parse(&String::from_utf8_lossy(&reply.body)).ok();
    if let Some(json) = json.filter(|json| json.get("access_token").is_some()) {
        return json.get("expires_at").and_then(Json::as_integer);
    }
    let (_, location) = reply.headers.iter().find(|(name, _)| name == "location")?;
    let (_, rest) = location.split_once("expires_at=")?;
    rest.split('&').next()?.parse().ok()
}

fn refresh_token(
    matcher: &mut Matcher<'_>,
    name: &str,
    recipe: &Json,
    token: &str,
) -> Result<(), String> {
    let fields = CounterToken::decode(token)?;
    let number = |member: &str| recipe.get(member).and_then(Json::as_integer).unwrap_or(-1);
    if number("version") != i64::from(fields.version)
        || u64::try_from(number("counter")) != Ok(fields.counter)
        || usize::try_from(number("length_chars")) != Ok(token.len())
    {
        return Err(format!("it says {fields:?} in {} characters", token.len()));
    }
    let session = recipe
        .get("session_id")
        .and_then(Json::as_text)
        .unwrap_or_default();
    let known = matcher.bindings.get(session).unwrap_or_default().to_owned();
    if session_bytes(&known)? != fields.session {
        let pointer = below(&below("/decoded", name), "session_id");
        matcher.differs(&pointer, &known, &format!("{:02x?}", fields.session), None);
    }
    Ok(())
}

/// The recorder saw mail as it is transported: lines end with CR LF, the last one half.
fn unfolded(text: &str) -> String {
    text.replace('\r', "").trim_end().to_owned()
}

fn subject_line(mail: &Json) -> String {
    let to = mail.get("to").unwrap_or(&Json::Null);
    let subject = mail.get("subject").unwrap_or(&Json::Null);
    format!("{to}: {subject}")
}
