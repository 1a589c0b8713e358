//! The steps of a verb: a line with the time when each starts and ends, a summary at the end.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::clock::now;
use crate::counts::Counts;
use crate::failure::Failure;

/// What has been done so far.
#[derive(Debug)]
pub(crate) struct Steps {
    began: Instant,
    done: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    name: String,
    took: Duration,
    outcome: Outcome,
    counts: Option<Counts>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Skipped,
}

impl Steps {
    pub(crate) fn begin() -> Self {
        Self {
            began: now(),
            done: Vec::new(),
        }
    }

    /// Does the work; its failure is printed and remembered, and the next step may go on.
    pub(crate) fn run<T>(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<T, Failure>,
    ) -> Option<T> {
        self.timed(name, |_| work())
    }

    /// Runs a suite of tests. A suite that ran nothing has failed: it proves nothing.
    pub(crate) fn suite(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<(Counts, bool), Failure>,
    ) {
        self.timed(name, |counts| {
            let (counted, succeeded) = work()?;
            *counts = Some(counted);
            match counted {
                Counts { passed, failed } if failed > 0 => {
                    Err(Failure::new(format!("{passed} passed, {failed} failed")))
                }
                Counts { passed: 0, .. } if succeeded => Err(Failure::new("no test ran")),
                _ if succeeded => Ok(()),
                _ => Err(Failure::new("the suite broke before its end")),
            }
        });
    }

    /// A step that is left out, and why.
    pub(crate) fn skip(&mut self, name: &str, reason: &str) {
        self.say(&format!("{name}: left out, {reason}"));
        let name = format!("{name} ({reason})");
        let took = Duration::ZERO;
        self.done.push(Step {
            name,
            took,
            outcome: Outcome::Skipped,
            counts: None,
        });
    }

    /// Prints the summary: one line for each step, and `N passed, N failed` at the very end. A
    /// step that failed without a failed test counts as one failure.
    pub(crate) fn finish(&self) -> ExitCode {
        self.say("summary");
        for step in &self.done {
            let outcome = match step.outcome {
                Outcome::Passed => "ok",
                Outcome::Failed => "FAILED",
                Outcome::Skipped => "left out",
            };
            let counts = step
                .counts
                .map(|counts| format!("{} passed", counts.passed));
            let counts = counts.unwrap_or_default();
            let seconds = step.took.as_secs_f64();
            let line = format!("{seconds:>9.1} s  {outcome:<8}  {}  {counts}", step.name);
            eprintln!("{}", line.trim_end());
        }
        let total = total(&self.done);
        eprintln!("{:>9.1} s  in all", self.began.elapsed().as_secs_f64());
        let line = format!("{} passed, {} failed\n", total.passed, total.failed);
        let printed = io::stdout().write_all(line.as_bytes()).is_ok();
        if printed && total.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    fn timed<T>(
        &mut self,
        name: &str,
        work: impl FnOnce(&mut Option<Counts>) -> Result<T, Failure>,
    ) -> Option<T> {
        self.say(name);
        let (began, mut counts) = (now(), None);
        let result = work(&mut counts);
        let took = began.elapsed();
        let outcome = if result.is_ok() {
            Outcome::Passed
        } else {
            Outcome::Failed
        };
        self.done.push(Step {
            name: name.to_owned(),
            took,
            outcome,
            counts,
        });
        match result {
            Ok(value) => {
                self.say(&format!("{name}: ok after {:.1} s", took.as_secs_f64()));
                Some(value)
            }
            Err(failure) => {
                self.say(&format!(
                    "{name}: FAILED after {:.1} s: {failure}",
                    took.as_secs_f64()
                ));
                None
            }
        }
    }

    fn say(&self, line: &str) {
        eprintln!("[{:7.1} s] {line}", self.began.elapsed().as_secs_f64());
    }
}

fn total(done: &[Step]) -> Counts {
    let mut total = Counts::default();
    for step in done {
        let counts = step.counts.unwrap_or_default();
        total.add(counts);
        if step.outcome == Outcome::Failed && counts.failed == 0 {
            total.failed += 1;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_test_a_broken_suite_and_an_empty_suite_all_fail() {
        let mut steps = Steps::begin();
        steps.suite("good", || {
            Ok((
                Counts {
                    passed: 3,
                    failed: 0,
                },
                true,
            ))
        });
        assert_eq!(
            total(&steps.done),
            Counts {
                passed: 3,
                failed: 0
            }
        );
        steps.suite("bad", || {
            Ok((
                Counts {
                    passed: 2,
                    failed: 1,
                },
                false,
            ))
        });
        assert_eq!(
            total(&steps.done),
            Counts {
                passed: 5,
                failed: 1
            }
        );
        steps.suite("broken", || {
            Ok((
                Counts {
                    passed: 1,
                    failed: 0,
                },
                false,
            ))
        });
        assert_eq!(
            total(&steps.done),
            Counts {
                passed: 6,
                failed: 2
            }
        );
        steps.suite("empty", || Ok((Counts::default(), true)));
        assert_eq!(
            total(&steps.done),
            Counts {
                passed: 6,
                failed: 3
            }
        );
    }

    #[test]
    fn a_failed_step_fails_the_verb_and_a_skipped_one_does_not() {
        let mut steps = Steps::begin();
        assert_eq!(steps.run("good", || Ok(7)), Some(7));
        steps.skip("other", "not here");
        assert_eq!(total(&steps.done), Counts::default());
        assert_eq!(steps.run("bad", || Err::<(), _>(Failure::new("why"))), None);
        assert_eq!(
            total(&steps.done),
            Counts {
                passed: 0,
                failed: 1
            }
        );
    }
}
