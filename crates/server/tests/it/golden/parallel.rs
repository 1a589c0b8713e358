//! Answers to requests that were sent at the same time: arrival order does not matter.

use super::answer::Asked;
use super::bindings::Bindings;
use super::matcher::Mismatch;
use super::subject::Reply;

/// How the answers relate to the recorded ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mix {
    /// Each recorded answer once.
    Each,
    /// Any of the recorded answers any number of times, but this status at least once.
    Any { at_least_once: u16 },
}

/// Which mix the notes of the recordings allow. Where they allow more than one success of a code
/// that may be used once, ours has exactly the recorded mix: one.
fn mix(file: &str, entry: &str) -> Mix {
    match (file, entry) {
        ("reuse_and_races", "parallel_logout_same_session") => Mix::Any { at_least_once: 204 },
        _ => Mix::Each,
    }
}

/// Compares `replies` with the recorded answers in whatever order fits.
pub(crate) fn compare(
    asked: Asked<'_>,
    bindings: &mut Bindings,
    replies: &[Reply],
) -> Vec<Mismatch> {
    let differ = |expected: String| {
        vec![Mismatch {
            pointer: "/responses".to_owned(),
            expected,
            got: statuses(replies),
            why: None,
        }]
    };
    let answers = &asked.pair.answers;
    let mix = mix(asked.file, &asked.pair.name);
    if let Mix::Any { at_least_once } = mix
        && !replies.iter().any(|reply| reply.status == at_least_once)
    {
        return differ(format!("at least one {at_least_once}"));
    }
    if replies.len() != answers.len() {
        return differ(format!("{} answers", answers.len()));
    }
    let all: Vec<usize> = (0..answers.len()).collect();
    let search = Search { asked, mix };
    if search.assign(bindings, replies, &all) {
        return Vec::new();
    }
    let found = in_order(asked, bindings, replies);
    if found.is_empty() {
        differ("answers that fit in some order".to_owned())
    } else {
        found
    }
}

/// The search for an order that fits.
struct Search<'a> {
    asked: Asked<'a>,
    mix: Mix,
}

impl Search<'_> {
    /// Finds a recorded answer for each reply; on success `bindings` holds what they bind.
    fn assign(&self, bindings: &mut Bindings, replies: &[Reply], free: &[usize]) -> bool {
        let Some((reply, rest)) = replies.split_first() else {
            return true;
        };
        for &at in free {
            let Some(expected) = self.asked.pair.answers.get(at) else {
                continue;
            };
            let mut trial = bindings.clone();
            let pointer = format!("/responses/{at}");
            let found = self.asked.compare(&mut trial, &pointer, expected, reply);
            let once = self.mix == Mix::Each;
            let left = free.iter().copied().filter(|&other| !once || other != at);
            let left: Vec<usize> = left.collect();
            if found.is_empty() && self.assign(&mut trial, rest, &left) {
                *bindings = trial;
                return true;
            }
        }
        false
    }
}

/// The differences when both sides are sorted by status and reuse headers, for the report.
fn in_order(asked: Asked<'_>, bindings: &mut Bindings, replies: &[Reply]) -> Vec<Mismatch> {
    let mut replies: Vec<&Reply> = replies.iter().collect();
    replies.sort_by_key(|reply| (reply.status, reuse_cause(reply)));
    let mut found = Vec::new();
    for (at, (expected, reply)) in asked.pair.answers.iter().zip(replies).enumerate() {
        found.extend(asked.compare(bindings, &format!("/responses/{at}"), expected, reply));
    }
    found
}

fn reuse_cause(reply: &Reply) -> String {
    let cause = |name: &str| name == "sb-auth-refresh-token-reuse-cause";
    let header = reply.headers.iter().find(|(name, _)| cause(name));
    header.map(|(_, value)| value.clone()).unwrap_or_default()
}

fn statuses(replies: &[Reply]) -> String {
    let statuses: Vec<String> = replies
        .iter()
        .map(|reply| reply.status.to_string())
        .collect();
    statuses.join(", ")
}
