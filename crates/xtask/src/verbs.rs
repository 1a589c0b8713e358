//! The command line: one verb, its flags, and what each stands for.

use std::process::ExitCode;

use crate::failure::Failure;
use crate::lint::Advisories;
use crate::machine::Permission;
use crate::{bench, fuzz, lint, services, test, watchdog};

const USAGE: &str = "\
usage: cargo xtask <verb>

  lint [--install] [--advisories]
      formatting, tidy and architecture, dependencies, clippy, documentation
  test [--fast] [--install] [filters..]
      every test on SQLite and PostgreSQL, then the suites of real clients;
      --fast: SQLite only, nothing to install
  fuzz rebac [--minutes N | --cases-percentage P]
      the engine's random tests, optimised, for 10 minutes, N minutes, or P percent
      of the cases of a test run; ends with the first failure and prints its seed
  bench auth|authz|uuid-authz [--install] [options..]
      measures the release build beside a bare server; writes docs/benchmarks;
      options such as --seconds 3 --rounds 3 go to the load generator;
      authz also takes --tuples N,.. and --engine sqlite|postgres|both
  services [--install]
      a private PostgreSQL and PgBouncer until Ctrl-C, for running tests by hand

--install lets a verb install what it misses; CI=true does the same.
";

/// The verb that `watchdog.rs` gives to the process that outlives this one.
pub(crate) const WATCHDOG: &str = "watchdog";

/// Runs one verb: 0 when all is well, 1 when something is not, 2 when the words were not
/// understood.
pub fn run(mut words: Vec<String>) -> ExitCode {
    let verb = if words.is_empty() {
        String::new()
    } else {
        words.remove(0)
    };
    let outcome = match verb.as_str() {
        "lint" => flags(words, &["--install", "--advisories"], Filters::Refused).map(|given| {
            let asked = given.has("--advisories");
            let advisories = if asked {
                Advisories::Asked
            } else {
                Advisories::LeftOut
            };
            lint::lint(given.permission(), advisories)
        }),
        "test" => flags(words, &["--install", "--fast"], Filters::Taken).map(|given| {
            let permission = given.permission();
            if given.has("--fast") {
                test::fast(&given.filters)
            } else {
                test::whole(permission, &given.filters)
            }
        }),
        "services" => flags(words, &["--install"], Filters::Refused)
            .map(|given| services::serve(given.permission())),
        "bench" => bench_words(words)
            .map(|(permission, suite, options)| bench::bench(permission, &suite, &options)),
        "fuzz" => fuzz::Asked::from_words(&words).map(|asked| fuzz::fuzz(&asked)),
        WATCHDOG => Ok(watchdog::keep_watch()),
        "" | "help" | "--help" | "-h" => return usage(ExitCode::SUCCESS),
        _ => {
            eprintln!("there is no verb `{verb}`\n");
            return usage(ExitCode::from(2));
        }
    };
    match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => {
            eprintln!("cargo xtask {verb}: {failure}");
            ExitCode::FAILURE
        }
        Err(misuse) => {
            eprintln!("cargo xtask {verb}: {misuse}\n");
            usage(ExitCode::from(2))
        }
    }
}

/// The suite, and what goes to the load generator as it is.
fn bench_words(words: Vec<String>) -> Result<(Permission, String, Vec<String>), Failure> {
    let (install, words): (Vec<_>, Vec<_>) = words.into_iter().partition(|w| w == "--install");
    let permission = if install.is_empty() {
        Permission::from_environment()
    } else {
        Permission::Granted
    };
    let mut words = words.into_iter();
    match words.next() {
        Some(suite) if bench::SUITES.contains(&suite.as_str()) => {
            Ok((permission, suite, words.collect()))
        }
        _ => Err(Failure::new(format!(
            "name a suite: {}",
            bench::SUITES.join(", ")
        ))),
    }
}

enum Filters {
    Taken,
    Refused,
}

#[derive(Debug, PartialEq, Eq)]
struct Given {
    flags: Vec<String>,
    filters: Vec<String>,
}

impl Given {
    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|given| given == flag)
    }

    fn permission(&self) -> Permission {
        if self.has("--install") {
            Permission::Granted
        } else {
            Permission::from_environment()
        }
    }
}

fn flags(words: Vec<String>, known: &[&str], filters: Filters) -> Result<Given, Failure> {
    let (flags, rest): (Vec<_>, Vec<_>) = words.into_iter().partition(|word| word.starts_with('-'));
    if let Some(unknown) = flags.iter().find(|flag| !known.contains(&flag.as_str())) {
        return Err(Failure::new(format!("there is no flag `{unknown}`")));
    }
    match (filters, rest.first()) {
        (Filters::Refused, Some(word)) => Err(Failure::new(format!("`{word}` is one too many"))),
        _ => Ok(Given {
            flags,
            filters: rest,
        }),
    }
}

fn usage(code: ExitCode) -> ExitCode {
    eprint!("{USAGE}");
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn flags_and_filters_come_in_any_order() {
        let given = flags(
            words(&["sign_in", "--fast", "refresh"]),
            &["--fast"],
            Filters::Taken,
        );
        let given = given.expect("both are known");
        assert!(given.has("--fast") && !given.has("--install"));
        assert_eq!(given.filters, ["sign_in", "refresh"]);
    }

    #[test]
    fn an_unknown_flag_and_a_word_too_many_are_refused() {
        let unknown = flags(words(&["--fats"]), &["--fast"], Filters::Taken);
        assert_eq!(
            unknown.expect_err("unknown").to_string(),
            "there is no flag `--fats`"
        );
        let extra = flags(words(&["all"]), &[], Filters::Refused);
        assert_eq!(
            extra.expect_err("extra").to_string(),
            "`all` is one too many"
        );
    }

    #[test]
    fn an_unknown_verb_is_a_misuse() {
        assert_eq!(run(words(&["tests"])), ExitCode::from(2));
    }
}
