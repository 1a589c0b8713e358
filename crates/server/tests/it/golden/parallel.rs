//! Answers to requests that were sent at the same time: arrival order does not matter.

use super::answer::{self, Context};
use super::bindings::Bindings;
use super::json::Json;
use super::matcher::Mismatch;
use super::recording::Pair;
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

/// Compares `replies` with the recorded answers of `pair` in whatever order fits.
pub(crate) fn compare(
    context: Context<'_>,
    bindings: &mut Bindings,
    pair: &Pair,
    replies: &[Reply],
) -> Vec<Mismatch> {
    let mix = mix(context.file, &pair.name);
    if let Mix::Any { at_least_once } = mix
        && !replies.iter().any(|reply| reply.status == at_least_once)
    {
        return vec![Mismatch {
            pointer: "/responses".to_owned(),
            expected: format!("at least one {at_least_once}"),
            got: statuses(replies),
            why: None,
        }];
    }
    if replies.len() != pair.answers.len() {
        return vec![Mismatch {
            pointer: "/responses".to_owned(),
            expected: format!("{} answers", pair.answers.len()),
            got: statuses(replies),
            why: None,
        }];
    }
    let all: Vec<usize> = (0..pair.answers.len()).collect();
    let mut trial = bindings.clone();
    if assign(context, &mut trial, pair, replies, &all, mix) {
        *bindings = trial;
        return Vec::new();
    }
    in_order(context, bindings, pair, replies)
}

/// Finds a recorded answer for each reply; on success `bindings` holds what they bind.
fn assign(
    context: Context<'_>,
    bindings: &mut Bindings,
    pair: &Pair,
    replies: &[Reply],
    free: &[usize],
    mix: Mix,
) -> bool {
    let Some((reply, rest)) = replies.split_first() else {
        return true;
    };
    for &at in free {
        let Some(expected) = pair.answers.get(at) else {
            continue;
        };
        let mut trial = bindings.clone();
        let pointer = format!("/responses/{at}");
        let found = answer::compare(context, &mut trial, pair, &pointer, expected, reply);
        let left: Vec<usize> = free
            .iter()
            .copied()
            .filter(|&other| mix != Mix::Each || other != at)
            .collect();
        if found.is_empty() && assign(context, &mut trial, pair, rest, &left, mix) {
            *bindings = trial;
            return true;
        }
    }
    false
}

/// The differences when both sides are sorted by status and reuse headers, for the report.
fn in_order(
    context: Context<'_>,
    bindings: &mut Bindings,
    pair: &Pair,
    replies: &[Reply],
) -> Vec<Mismatch> {
    let mut replies: Vec<&Reply> = replies.iter().collect();
    replies.sort_by_key(|reply| (reply.status, reuse_cause(reply)));
    let mut found = Vec::new();
    for (at, (expected, reply)) in pair.answers.iter().zip(replies).enumerate() {
        let pointer = format!("/responses/{at}");
        found.extend(answer::compare(
            context, bindings, pair, &pointer, expected, reply,
        ));
    }
    if found.is_empty() {
        // Sorting found the order that the search did not: impossible, but never silently.
        found.push(Mismatch {
            pointer: "/responses".to_owned(),
            expected: Json::List(pair.answers.clone()).to_string(),
            got: "answers of which no order fits".to_owned(),
            why: None,
        });
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
