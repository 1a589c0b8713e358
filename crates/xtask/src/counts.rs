//! How many tests passed, read from what each test runner prints.

use std::iter;

/// The tests of one suite, or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
    }

    /// `test result: ok. 12 passed; 0 failed; 0 ignored; ...`, once per test binary.
    pub(crate) fn cargo(&mut self, line: &str) {
        if line.starts_with("test result: ") {
            self.passed += number_before(line, "passed");
            self.failed += number_before(line, "failed");
        }
    }

    /// `ℹ pass 12` and `ℹ fail 0` of the spec reporter, or the same after `#` in TAP.
    pub(crate) fn node(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# ")) else {
            return;
        };
        match rest
            .split_once(' ')
            .map(|(word, number)| (word, number.trim().parse::<u64>()))
        {
            Some(("pass", Ok(number))) => self.passed += number,
            // A cancelled test is one whose suite broke before it could run.
            Some(("fail" | "cancelled", Ok(number))) => self.failed += number,
            _ => {}
        }
    }

    /// `1 failed, 12 passed, 1 error in 3.21s`, with `=` around it unless quiet.
    pub(crate) fn pytest(&mut self, line: &str) {
        let line = line.trim_matches(['=', ' ']);
        let Some((results, _)) = line.rsplit_once(" in ") else {
            return;
        };
        if results.starts_with(|c: char| c.is_ascii_digit()) {
            self.passed += number_before(results, "passed");
            self.failed += number_before(results, "failed");
            self.failed += number_before(results, "error") + number_before(results, "errors");
        }
    }
}

fn number_before(line: &str, wanted: &str) -> u64 {
    let words = line
        .split_whitespace()
        .map(|word| word.trim_end_matches([';', ',', '.']));
    let pairs = iter::once("").chain(words.clone()).zip(words);
    let mut numbers = pairs.filter(|(_, word)| *word == wanted);
    numbers
        .next()
        .and_then(|(number, _)| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(count: fn(&mut Counts, &str), lines: &[&str], passed: u64, failed: u64) {
        let mut counts = Counts::default();
        for line in lines {
            count(&mut counts, line);
        }
        assert_eq!(counts, Counts { passed, failed });
    }

    #[test]
    fn cargo_reports_each_binary() {
        let lines = [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        ];
        check(Counts::cargo, &lines, 4, 2);
    }

    #[test]
    fn node_reports_once_in_either_form() {
        check(
            Counts::node,
            &["✔ passes", "ℹ tests 3", "ℹ pass 2", "ℹ fail 1"],
            2,
            1,
        );
        check(
            Counts::node,
            &["ok 1 - pass 9", "# pass 4", "# fail 0", "# cancelled 2"],
            4,
            2,
        );
    }

    #[test]
    fn pytest_reports_once_with_or_without_a_frame() {
        check(
            Counts::pytest,
            &["..F", "1 failed, 12 passed, 2 errors in 3.21s"],
            12,
            3,
        );
        check(
            Counts::pytest,
            &["==== 5 passed, 1 warning in 0.10s ===="],
            5,
            0,
        );
        check(
            Counts::pytest,
            &["no tests ran in 0.01s", "a user in 3 teams"],
            0,
            0,
        );
    }
}
