//! What is wrong with a configuration: every fault, where it is and what to do about it.

use super::source::Source;
use std::fmt;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where the faulty value came from.
    pub source: Source,
    /// The setting, as a path in the configuration file; empty when there is none.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What the operator can do.
    pub advice: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::File { .. } if !self.key.is_empty() => {
                write!(f, "{}: {}: ", self.source, self.key)
            }
            Source::File { .. } => write!(f, "{}: ", self.source),
            Source::Variable(name) => write!(f, "{name}: "),
            Source::Flag(flag) => write!(f, "{flag}: "),
            _ => write!(f, "{}: ", self.key),
        }?;
        write!(f, "{}; {}", self.what, self.advice)
    }
}

/// Every fault of one configuration, in the order in which the layers are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        write!(f, "the configuration has {count} {noun}:")?;
        for problem in &self.0 {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// What is wrong with a value, before it is known where the value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) what: String,
    pub(crate) advice: String,
}

impl Fault {
    pub(crate) fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            advice: advice.into(),
        }
    }

    pub(crate) fn at(self, source: Source, key: &str) -> Problem {
        Problem {
            source,
            key: key.to_owned(),
            what: self.what,
            advice: self.advice,
        }
    }
}

/// Below this likeness (Jaro-Winkler) a suggestion would be noise.
const LIKENESS_LEAST: f64 = 0.8;

/// What to do about `unknown`: the nearest of the known names, or `otherwise`.
pub(crate) fn did_you_mean<'a>(
    unknown: &str,
    known: impl Iterator<Item = &'a str>,
    otherwise: &str,
) -> String {
    known
        .map(|name| (strsim::jaro_winkler(unknown, name), name))
        .filter(|(likeness, _)| *likeness >= LIKENESS_LEAST)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map_or_else(
            || otherwise.to_owned(),
            |(_, name)| format!("did you mean {name}?"),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_place_then_fault_then_advice() {
        let fault = Fault::new("`x` is no boolean", "write true or false");
        let file = Source::File {
            path: "claviger.toml".into(),
            line: 7,
        };
        for (source, text) in [
            (file, "claviger.toml:7: email.enabled: "),
            (Source::Variable("A_B".into()), "A_B: "),
            (Source::Flag("--listen"), "--listen: "),
            (Source::Default, "email.enabled: "),
        ] {
            assert_eq!(
                fault.clone().at(source, "email.enabled").to_string(),
                format!("{text}`x` is no boolean; write true or false")
            );
        }
    }

    #[test]
    fn only_a_likely_name_is_suggested() {
        let names = ["email.autoconfirm", "email.enabled", "phone.enabled"];
        let advice = |text| did_you_mean(text, names.into_iter(), "see the list");
        assert_eq!(
            advice("email.autoconfrim"),
            "did you mean email.autoconfirm?"
        );
        assert_eq!(advice("zzz"), "see the list");
    }
}
