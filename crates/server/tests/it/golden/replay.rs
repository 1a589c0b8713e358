//! Replays one recording against a subject: sends what was sent, compares what comes.

use super::answer::Asked;
use super::bindings::{Bindings, Calendar};
use super::exceptions::{self, Exception};
use super::forgery;
use super::instances::Instances;
use super::json::Json;
use super::matcher::Mismatch;
use super::parallel;
use super::recording::{Entry, Pair, Recording, name_of};
use super::report::{Difference, Report};
use super::request::{HttpRequest, Knowledge};
use super::scope::{Treatment, treatment};
use super::state_change;
use super::subject::{Mail, Reply, Subject};
use std::time::Duration;

/// The clock moves this much after each request, as it did when the story was recorded: some
/// settings there allow one mail per millisecond.
const PACE: Duration = Duration::from_millis(20);

/// A challenge can be answered this long, in seconds.
const CHALLENGE_LIFETIME_SECONDS: i64 = 300;

/// A replay in progress.
#[derive(Debug)]
pub(crate) struct Replay<'a> {
    recording: &'a Recording,
    instances: &'a Instances,
    exceptions: &'a [Exception],
    bindings: Bindings,
    calendar: Calendar,
    report: Report,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(
        recording: &'a Recording,
        instances: &'a Instances,
        exceptions: &'a [Exception],
    ) -> Self {
        Self {
            recording,
            instances,
            exceptions,
            bindings: Bindings::default(),
            calendar: Calendar::default(),
            report: Report::default(),
        }
    }

    /// Runs the story to its end.
    pub(crate) async fn run(mut self, subject: &mut impl Subject) -> Report {
        self.report.title = format!("{} on {:?}", self.recording.file, subject.engine());
        self.calendar.distance(CHALLENGE_LIFETIME_SECONDS);
        for recorded in &self.recording.entries {
            let name = name_of(recorded);
            let treatment = treatment(&self.recording.file, name, subject.engine());
            let outcome = match treatment {
                Treatment::Replay => self.entry(recorded, subject).await,
                Treatment::Leave(_) => Ok(()),
                Treatment::Instead(template) => self.instead(template, subject).await,
            };
            let is_pair = recorded.get("request").is_some();
            if is_pair && treatment != Treatment::Replay {
                self.report.left += 1;
            }
            if let Err(why) = outcome {
                self.fail(name, String::new(), &why);
            }
        }
        self.report
    }

    async fn entry(&mut self, recorded: &Json, subject: &mut impl Subject) -> Result<(), String> {
        let name = name_of(recorded);
        let exception = exceptions::find(self.exceptions, &self.recording.file, recorded);
        let wanted = exception.map_or_else(|| Ok(recorded.clone()), |one| one.apply(recorded))?;
        match Entry::read(&wanted)? {
            Entry::Wait { seconds } => subject.advance(Duration::from_secs(seconds)),
            Entry::StateChange { sql } => {
                let knowledge = self.knowledge(subject);
                let file = &self.recording.file;
                let engine = subject.engine();
                let change = state_change::statements(file, name, &sql, engine, knowledge)?;
                self.change(&change, subject).await;
            }
            Entry::Repeat { count } => self.repeat(name, count, subject).await,
            Entry::Pair(pair) => {
                self.report.pairs += 1;
                self.pair(&pair, recorded, exception, subject).await?;
            }
        }
        Ok(())
    }

    async fn instead(&mut self, template: &str, subject: &mut impl Subject) -> Result<(), String> {
        let change = state_change::render(template, subject.engine(), self.knowledge(subject))?;
        self.calendar.request(subject.now(), subject.now());
        self.change(&change, subject).await;
        Ok(())
    }

    async fn change(&mut self, change: &state_change::StateChange, subject: &mut impl Subject) {
        for seconds in &change.distances {
            self.calendar.distance(*seconds);
        }
        subject.execute_sql(&change.sql).await;
    }

    async fn pair(
        &mut self,
        pair: &Pair,
        recorded: &Json,
        exception: Option<&Exception>,
        subject: &mut impl Subject,
    ) -> Result<(), String> {
        forgery::forge(pair, self.instances, &mut self.bindings, subject).await?;
        let request = self.knowledge(subject).request(pair)?;
        self.learn_distances(pair);
        let start = subject.now();
        let replies = if pair.parallel {
            subject
                .request_at_once(&pair.instance, &request, pair.answers.len())
                .await
        } else {
            vec![subject.request(&pair.instance, &request).await]
        };
        self.calendar.request(start, subject.now());
        let mails = subject.mails_since_last(&pair.instance).await;
        subject.advance(PACE);

        let before = self.bindings.clone();
        let mismatches = self.compare(pair, &replies, &mails);
        match (mismatches.is_empty(), exception) {
            (true, None) => self.report.equal += 1,
            (true, Some(_)) => self.report.excepted += 1,
            (false, None) => self.differs(pair, &request, mismatches, None),
            (false, Some(exception)) => {
                let ours = std::mem::replace(&mut self.bindings, before);
                let as_recorded = self.is_as_recorded(recorded, &replies, &mails);
                let note = if as_recorded {
                    "answered as recorded: the exception may go from the list".to_owned()
                } else {
                    self.bindings = ours;
                    format!("excepted, but not like this: {}", exception.reason)
                };
                self.differs(pair, &request, mismatches, Some(note));
            }
        }
        Ok(())
    }

    fn compare(&mut self, pair: &Pair, replies: &[Reply], mails: &[Mail]) -> Vec<Mismatch> {
        let asked = Asked {
            file: &self.recording.file,
            instances: self.instances,
            calendar: &self.calendar,
            pair,
        };
        let bindings = &mut self.bindings;
        let mut found = match (pair.parallel, pair.answers.first(), replies.first()) {
            (false, Some(expected), Some(reply)) => {
                asked.compare(bindings, "/response", expected, reply)
            }
            _ => parallel::compare(asked, bindings, replies),
        };
        found.extend(asked.compare_mails(bindings, mails));
        if let Some(reply) = replies.first() {
            found.extend(asked.compare_tokens(bindings, reply));
        }
        found
    }

    fn is_as_recorded(&mut self, recorded: &Json, replies: &[Reply], mails: &[Mail]) -> bool {
        match Entry::read(recorded) {
            Ok(Entry::Pair(pair)) => self.compare(&pair, replies, mails).is_empty(),
            _ => false,
        }
    }

    /// The step that exhausts a limiter: only the last request is refused.
    async fn repeat(&mut self, name: &str, count: usize, subject: &mut impl Subject) {
        let request = exhausting_request();
        let mut statuses = Vec::new();
        for _ in 0..count {
            statuses.push(subject.request("limited", &request).await.status);
        }
        let refused = statuses.iter().position(|status| *status == 429);
        if refused != Some(count.saturating_sub(1)) {
            let why = format!("the first 429 should be answer {count}: {statuses:?}");
            self.fail(name, request.as_curl("limited"), &why);
        }
    }

    /// Times that the answers may show from now on besides those of requests.
    fn learn_distances(&mut self, pair: &Pair) {
        self.calendar
            .distance(self.instances.lifetime_seconds(&pair.instance));
        let ban = pair
            .request
            .at("/body/ban_duration")
            .and_then(Json::as_text);
        let hours = ban.and_then(|text| text.strip_suffix('h')?.parse::<i64>().ok());
        if let Some(hours) = hours {
            self.calendar.distance(hours.saturating_mul(3600));
        }
    }

    fn knowledge<'s>(&'s self, subject: &impl Subject) -> Knowledge<'s> {
        Knowledge {
            instances: self.instances,
            bindings: &self.bindings,
            now: subject.now(),
        }
    }

    fn differs(
        &mut self,
        pair: &Pair,
        request: &HttpRequest,
        mismatches: Vec<Mismatch>,
        note: Option<String>,
    ) {
        self.report.differences.push(Difference {
            entry: pair.name.clone(),
            request: request.as_curl(&pair.instance),
            mismatches,
            note,
        });
    }

    fn fail(&mut self, entry: &str, request: String, why: &str) {
        self.report.differences.push(Difference {
            entry: entry.to_owned(),
            request,
            mismatches: Vec::new(),
            note: Some(why.to_owned()),
        });
    }
}

/// What the recorder sent 31 times; the recording says it in words.
pub(crate) fn exhausting_request() -> HttpRequest {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    HttpRequest {
        method: "POST".to_owned(),
        path: "/token?grant_type=password".to_owned(),
        headers: vec![
            header("Content-Type", "application/json"),
            header("X-Client-Address", "198.51.100.7"),
        ],
        body: br#"{"email":"nobody@example.com","password":"correct-horse-1"}"#.to_vec(),
    }
}
