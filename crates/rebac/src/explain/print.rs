//! An explanation as a tree of text, for terminals.

use super::{Explanation, Flip, Outcome, Refusal, Step, StepKind, Tuple, Verdict};
use crate::graph::Subject;
use crate::names::NameId;
use std::fmt::{Display, Write};

/// The texts behind the numbers of an explanation.
pub trait Texts {
    /// A subject as it is written: `user:ann`, `user:*`, `group:staff#member`.
    fn subject(&self, subject: Subject) -> String;
    /// A name.
    fn name(&self, name: NameId) -> String;
    /// What else is known of a tuple: the values of its condition, who wrote it and when.
    fn notes(&self, tuple: &Tuple) -> Vec<String>;
}

impl<E: Display> Explanation<E> {
    /// One line for each step, the children of a step further in, and then what would turn the
    /// answer. `✓` stands before what the subject is in, `✗` before what it is not in, `!` before
    /// what nobody can say.
    pub fn to_text(&self, texts: &impl Texts) -> String {
        let mut lines = String::new();
        let mut open = vec![(0, 0)];
        while let Some((place, level)) = open.pop() {
            let Some(step) = self.steps.get(place) else {
                continue;
            };
            let indent = "  ".repeat(level);
            let mark = mark(&step.outcome);
            push(
                &mut lines,
                format_args!("{indent}{mark} {}", line(step, texts)),
            );
            if let Some(other) = step.explained_at.and_then(|at| self.steps.get(at)) {
                let other = what(&other.kind, texts);
                push(
                    &mut lines,
                    format_args!("{indent}    as told elsewhere of {other}"),
                );
            }
            if let StepKind::Tuple(tuple) = &step.kind {
                for note in texts.notes(tuple) {
                    push(&mut lines, format_args!("{indent}    {note}"));
                }
            }
            if step.left_out > 0 {
                let count = step.left_out;
                push(
                    &mut lines,
                    format_args!("{indent}    and {count} more, left out"),
                );
            }
            let children = step.children.iter().rev();
            open.extend(children.map(|child| (*child, level + 1)));
        }
        push(&mut lines, format_args!("{}", self.flip_line(texts)));
        lines
    }

    fn flip_line(&self, texts: &impl Texts) -> String {
        let end = match self.verdict {
            Verdict::Allowed => "it would be denied",
            Verdict::Denied => "it would be allowed",
            Verdict::Failed(_) => "",
        };
        match &self.flip {
            Flip::Add(tuple) => format!("with {} {end}", written(tuple, texts)),
            Flip::Remove(tuple) => format!("without {} {end}", written(tuple, texts)),
            Flip::NotFound { tried } => {
                format!("no single tuple turns the answer; {tried} were tried")
            }
            Flip::NoAnswer => "there is no answer to turn".to_owned(),
        }
    }
}

fn push(lines: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a text does not fail.
    let _ = writeln!(lines, "{line}");
}

const fn mark<E>(outcome: &Outcome<E>) -> &'static str {
    match outcome {
        Outcome::Granted => "✓",
        Outcome::Refused(_) => "✗",
        Outcome::Failed(_) => "!",
    }
}

fn line<E: Display>(step: &Step<E>, texts: &impl Texts) -> String {
    let what = what(&step.kind, texts);
    match &step.outcome {
        Outcome::Granted | Outcome::Refused(Refusal::Below) => what,
        Outcome::Refused(refusal) => format!("{what}: {}", reason(*refusal)),
        // Said once, where it comes from.
        Outcome::Failed(_) if !step.children.is_empty() => what,
        Outcome::Failed(failure) => format!("{what}: {failure}"),
    }
}

fn what(kind: &StepKind, texts: &impl Texts) -> String {
    match kind {
        StepKind::Relation(whoever) => texts.subject(*whoever),
        StepKind::Itself => "the subject is exactly this".to_owned(),
        StepKind::Direct => "its tuples".to_owned(),
        StepKind::Tuple(tuple) => written(tuple, texts),
        StepKind::From { tupleset, computed } => {
            let (computed, tupleset) = (texts.name(*computed), texts.subject(*tupleset));
            format!("{computed} from {tupleset}")
        }
        StepKind::Union => "any of".to_owned(),
        StepKind::Intersection => "all of".to_owned(),
        StepKind::Difference => "one but not the other".to_owned(),
        StepKind::Subtract => "but not".to_owned(),
    }
}

fn written(tuple: &Tuple, texts: &impl Texts) -> String {
    let whoever = Subject {
        object: tuple.object,
        relation: Some(tuple.relation),
    };
    let (object, subject) = (texts.subject(whoever), texts.subject(tuple.edge.subject));
    match tuple.condition() {
        Some(condition) => format!("{object}@{subject} with {}", texts.name(condition.name)),
        None => format!("{object}@{subject}"),
    }
}

const fn reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Below => "",
        Refusal::NoTuple => "there is none that leads to the subject",
        Refusal::NotAssignable => "none may name such a subject",
        Refusal::NotAccepted => "the model does not accept it",
        Refusal::Condition => "its condition does not hold",
        Refusal::NoRelation => "the object does not know the relation",
        Refusal::Circle => "it leads back to a step above",
    }
}
