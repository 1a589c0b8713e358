//! `cargo xtask fuzz`: the random tests of a crate, round after round, optimised.
//!
//! A round is one run of the crate's tests with the cases of a whole test run, drawn anew. The
//! first round in which something fails is the last.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use crate::clock::now;
use crate::counts::Counts;
use crate::failure::Failure;
use crate::group;
use crate::repository::Repository;
use crate::steps::Steps;
use crate::test::CASES_PERCENTAGE;
use crate::watchdog::Watchdog;

/// The crates there are to fuzz.
const CRATES: &[&str] = &["rebac"];
/// The cases of one round, in percent of those of a whole test run.
const ROUND_PERCENT: u64 = 100;
/// How long is fuzzed when nothing else is said.
const MINUTES: u64 = 10;
/// No longer than a day, and no more than that can do.
const MINUTES_MAX: u64 = 24 * 60;
const PERCENTAGE_MAX: u64 = 10_000_000;

/// When to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effort {
    /// No round begins when this has passed.
    Time(Duration),
    /// As many cases, in percent of those of a whole test run.
    Percentage(u64),
}

/// What to fuzz, and for how long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    name: String,
    effort: Effort,
}

impl Asked {
    /// Reads `rebac [--minutes N | --cases-percentage P]`.
    pub(crate) fn from_words(words: &[String]) -> Result<Self, Failure> {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let (name, options) = match words.split_first() {
            Some((name, options)) if CRATES.contains(name) => ((*name).to_owned(), options),
            _ => {
                let names = CRATES.join(", ");
                return Err(Failure::new(format!("name a crate: {names}")));
            }
        };
        let effort = match options {
            [] => Effort::Time(Duration::from_secs(MINUTES * 60)),
            ["--minutes", number] => {
                let minutes = within("--minutes", number, MINUTES_MAX)?;
                Effort::Time(Duration::from_secs(minutes * 60))
            }
            ["--cases-percentage", number] => {
                Effort::Percentage(within("--cases-percentage", number, PERCENTAGE_MAX)?)
            }
            _ => {
                let sentence = "give `--minutes N`, or `--cases-percentage P`, or nothing";
                return Err(Failure::new(sentence));
            }
        };
        Ok(Self { name, effort })
    }
}

fn within(flag: &str, number: &str, most: u64) -> Result<u64, Failure> {
    match number.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(Failure::new(format!(
            "`{flag} {number}`: a number from 1 to {most}"
        ))),
    }
}

impl Effort {
    /// The percentage of the next round; none when it is enough.
    fn next(self, passed: Duration, percentage: u64) -> Option<u64> {
        let left = match self {
            Self::Time(limit) if passed >= limit => 0,
            Self::Time(_) => ROUND_PERCENT,
            Self::Percentage(wanted) => wanted.saturating_sub(percentage).min(ROUND_PERCENT),
        };
        (left > 0).then_some(left)
    }
}

/// Builds, and runs rounds until it is enough or something fails.
pub(crate) fn fuzz(asked: &Asked) -> Result<ExitCode, Failure> {
    let repository = Repository::find()?;
    let watchdog = Rc::new(Watchdog::start()?);
    let mut steps = Steps::begin();
    let built = steps.run("optimised build", || {
        let mut command = test(&repository, &asked.name);
        command.arg("--no-run");
        group::run(&watchdog, &mut command)
    });
    if built.is_none() {
        return Ok(steps.finish());
    }
    let has_failed = Cell::new(false);
    steps.suite("rounds", || {
        let (began, mut counts, mut percentage) = (now(), Counts::default(), 0);
        let mut round = 0;
        while let Some(next) = asked.effort.next(began.elapsed(), percentage) {
            round += 1;
            let mut command = test(&repository, &asked.name);
            command.env(CASES_PERCENTAGE, next.to_string());
            command.args(["--", "--quiet"]);
            let (counted, succeeded) = group::run_counting(&watchdog, &mut command, Counts::cargo)?;
            counts.add(counted);
            percentage += next;
            eprintln!(
                "round {round} {}: {percentage} % of a test run's cases in {:.0} s",
                if succeeded { "ok" } else { "FAILED" },
                began.elapsed().as_secs_f64(),
            );
            if !succeeded {
                has_failed.set(true);
                return Ok((counts, false));
            }
        }
        Ok((counts, true))
    });
    if has_failed.get() {
        say_seeds(&repository.root, &asked.name);
    }
    Ok(steps.finish())
}

/// Cargo's tests of a crate's integration binary, optimised.
fn test(repository: &Repository, name: &str) -> std::process::Command {
    let mut command = repository.cargo();
    command.args(["test", "--locked", "--profile", "fuzz", "-p", name]);
    command.args(["--test", "it"]);
    command
}

/// Prints the seeds that proptest kept of what failed, now or earlier.
fn say_seeds(root: &Path, name: &str) {
    let folder = root
        .join("crates")
        .join(name)
        .join("tests/proptest-regressions");
    eprintln!("the seeds of what failed; the tests try them first while they are in these files:");
    for (path, seed) in seeds(&folder) {
        let path = path.strip_prefix(root).unwrap_or(&path);
        eprintln!("  {}: {seed}", path.display());
    }
}

/// The seeds in the files below a folder.
fn seeds(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(seeds(&path));
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let lines = text.lines().filter_map(seed);
        found.extend(lines.map(|seed| (path.clone(), seed.to_owned())));
    }
    found.sort();
    found
}

/// The seed in a line: `cc 0123… # shrinks to …`.
fn seed(line: &str) -> Option<&str> {
    let seed = line.strip_prefix("cc ")?.split_whitespace().next()?;
    (!seed.is_empty()).then_some(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &str) -> Result<Asked, String> {
        let words: Vec<_> = words.split_whitespace().map(str::to_owned).collect();
        Asked::from_words(&words).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_crate_and_one_effort_are_understood() {
        let effort = |words| asked(words).map(|asked| asked.effort);
        let minutes = |minutes: u64| Ok(Effort::Time(Duration::from_secs(minutes * 60)));
        assert_eq!(effort("rebac"), minutes(MINUTES));
        assert_eq!(effort("rebac --minutes 3"), minutes(3));
        let percentage = Ok(Effort::Percentage(1_500));
        assert_eq!(effort("rebac --cases-percentage 1500"), percentage);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (words, said) in [
            ("", "name a crate: rebac"),
            ("store", "name a crate: rebac"),
            ("rebac --minutes", "give `--minutes N`, or"),
            (
                "rebac --minutes 3 --cases-percentage 9",
                "give `--minutes N`, or",
            ),
            (
                "rebac --minutes 0",
                "`--minutes 0`: a number from 1 to 1440",
            ),
            (
                "rebac --cases-percentage x",
                "`--cases-percentage x`: a number from 1",
            ),
        ] {
            let refused = asked(words).expect_err("it is not understood");
            assert!(refused.starts_with(said), "{words}: {refused}");
        }
    }

    #[test]
    fn rounds_end_with_the_time_or_the_cases() {
        let minute = Effort::Time(Duration::from_secs(60));
        assert_eq!(minute.next(Duration::from_secs(59), 900), Some(100));
        assert_eq!(minute.next(Duration::from_secs(60), 0), None);
        let cases = Effort::Percentage(250);
        let later = Duration::from_secs(3_600);
        assert_eq!(cases.next(later, 100), Some(100));
        assert_eq!(cases.next(later, 200), Some(50));
        assert_eq!(cases.next(later, 250), None);
    }

    #[test]
    fn seeds_are_found_among_comments() {
        assert_eq!(seed("cc 12ab # shrinks to case = 1"), Some("12ab"));
        assert_eq!(seed("# cc 12ab"), None);
        assert_eq!(seed("cc "), None);
    }
}
