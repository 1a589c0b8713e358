//! What a replay found, readable by a person.

use super::matcher::Mismatch;
use std::fmt;

/// Differences beyond this many entries are counted but not shown.
const SHOWN_MAX: usize = 20;

/// Differences of one entry beyond this many are counted but not shown.
const SHOWN_PER_ENTRY_MAX: usize = 8;

/// Longer texts are cut around the place where they part.
const TEXT_CHARS_MAX: usize = 600;

/// One entry that was answered differently.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) entry: String,
    /// The request as a command line; empty for steps.
    pub(crate) request: String,
    pub(crate) mismatches: Vec<Mismatch>,
    /// What else is to be known: an exception that no longer holds.
    pub(crate) note: Option<String>,
}

/// The outcome of one recording.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) title: String,
    pub(crate) pairs: usize,
    pub(crate) equal: usize,
    pub(crate) excepted: usize,
    pub(crate) left: usize,
    pub(crate) differences: Vec<Difference>,
}

impl Report {
    /// Fails the test when anything differs; otherwise prints the summary.
    #[track_caller]
    pub(crate) fn assert_as_recorded(&self) {
        eprintln!("{}", self.summary());
        assert!(self.differences.is_empty(), "{self}");
    }

    fn summary(&self) -> String {
        format!(
            "{}: {} pairs, {} equal, {} excepted, {} different, {} left out",
            self.title,
            self.pairs,
            self.equal,
            self.excepted,
            self.differences.len(),
            self.left
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.summary())?;
        for difference in self.differences.iter().take(SHOWN_MAX) {
            write!(f, "\n{difference}")?;
        }
        let hidden = self.differences.len().saturating_sub(SHOWN_MAX);
        if hidden > 0 {
            let names = self
                .differences
                .iter()
                .skip(SHOWN_MAX)
                .map(|one| one.entry.as_str());
            writeln!(
                f,
                "\n... and {hidden} more: {}",
                names.collect::<Vec<_>>().join(", ")
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.entry)?;
        if !self.request.is_empty() {
            writeln!(f, "  {}", self.request)?;
        }
        for mismatch in self.mismatches.iter().take(SHOWN_PER_ENTRY_MAX) {
            write!(f, "{mismatch}")?;
        }
        let hidden = self.mismatches.len().saturating_sub(SHOWN_PER_ENTRY_MAX);
        if hidden > 0 {
            writeln!(f, "  ... and {hidden} more places")?;
        }
        if let Some(note) = &self.note {
            writeln!(f, "  note: {note}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (expected, got) = around_the_parting(&self.expected, &self.got);
        writeln!(f, "  {}", self.pointer)?;
        writeln!(f, "    expected {expected}")?;
        writeln!(f, "    got      {got}")?;
        match &self.why {
            Some(why) => writeln!(f, "    since    {why}"),
            None => Ok(()),
        }
    }
}

/// Both texts, cut to the part after what they have in common when they are long.
fn around_the_parting(one: &str, other: &str) -> (String, String) {
    if one.chars().count().max(other.chars().count()) <= TEXT_CHARS_MAX {
        return (one.to_owned(), other.to_owned());
    }
    let common = one
        .chars()
        .zip(other.chars())
        .take_while(|(one, other)| one == other)
        .count();
    let start = common.saturating_sub(40);
    let cut = |text: &str| {
        let part: String = text.chars().skip(start).take(TEXT_CHARS_MAX).collect();
        format!("...{part}...")
    };
    (cut(one), cut(other))
}
