//! The house style that a machine can check: pure functions from a file's text to findings.

mod exceptions;
mod proof;
mod prose;
mod rust;

use std::fmt;

pub use exceptions::{EXCEPTIONS, Exception};

use crate::repository::File;

/// A file beyond this needs a line in the table of exceptions.
pub const FILE_LINES_MAX: usize = 350;

/// No file is longer than this, whatever its reasons.
pub const FILE_LINES_HARD_MAX: usize = 700;

/// The longest function, signature and braces included.
pub const FUNCTION_LINES_MAX: usize = 70;

/// The widest line; text in quotes and links in comments are not counted.
pub const LINE_COLUMNS_MAX: usize = 100;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The first line says what lives in the file.
    FirstLine,
    /// Files stay short; longer ones say why in the table of exceptions.
    FileLength,
    /// Files never pass the hard limit.
    FileHardLimit,
    /// Functions stay short.
    FunctionLength,
    /// Lines stay narrow.
    LineLength,
    /// Nothing is left open or silenced.
    Mark,
    /// Tests wait for events, not for time.
    SleepInTest,
    /// No path of somebody's own machine.
    LocalPath,
    /// No host of a package registry.
    RegistryHost,
    /// A decision page has its four headings and its number.
    Decision,
    /// Each crate takes the lints of the workspace.
    WorkspaceLints,
    /// A file is named by what it does.
    Name,
    /// A test that a document names is there.
    Proof,
    /// An exception that nothing needs any more.
    Exception,
}

/// One place that breaks one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, from the root of the repository.
    pub path: String,
    /// The line, counted from 1; 0 means the file as a whole.
    pub line: usize,
    /// The rule.
    pub rule: Rule,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            rule,
            message,
        } = self;
        write!(formatter, "{path}:{line}: {message} ({rule:?})")
    }
}

impl Finding {
    fn new(path: &str, line: usize, rule: Rule, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            rule,
            message: message.into(),
        }
    }
}

/// Every finding in the repository that the table does not except, and every exception that
/// excepts nothing.
pub fn findings(files: &[File], exceptions: &[Exception]) -> Vec<Finding> {
    let mut found = prose::numbers_used_twice(files);
    found.extend(proof::findings(files));
    for file in files {
        found.extend(file_findings(&file.path, &file.text));
    }
    let mut kept: Vec<Finding> = Vec::new();
    for finding in &found {
        if !exceptions.iter().any(|exception| exception.covers(finding)) {
            kept.push(finding.clone());
        }
    }
    for exception in exceptions {
        if !found.iter().any(|finding| exception.covers(finding)) {
            let message = "nothing here needs this exception: take it out of the table";
            kept.push(Finding::new(exception.path, 0, Rule::Exception, message));
        }
    }
    kept
}

fn file_findings(path: &str, text: &str) -> Vec<Finding> {
    let mut found = prose::findings(path, text);
    if has_extension(path, &["rs", "js", "mjs", "cjs", "ts", "py", "sh"]) {
        found.extend(length(path, text));
        found.extend(name(path));
    }
    if has_extension(path, &["rs"]) {
        found.extend(rust::findings(path, text));
    }
    found
}

fn has_extension(path: &str, extensions: &[&str]) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, extension)| extensions.contains(&extension))
}

fn length(path: &str, text: &str) -> Option<Finding> {
    let lines = text.lines().count();
    if lines > FILE_LINES_HARD_MAX {
        let message = format!("{lines} lines: the hard limit is {FILE_LINES_HARD_MAX}");
        return Some(Finding::new(path, 0, Rule::FileHardLimit, message));
    }
    let message = format!("{lines} lines: beyond {FILE_LINES_MAX} a file is listed with a reason");
    (lines > FILE_LINES_MAX).then(|| Finding::new(path, 0, Rule::FileLength, message))
}

/// Names that say nothing of what is inside.
fn name(path: &str) -> Option<Finding> {
    const EMPTY: [&str; 9] = [
        "common", "helper", "helpers", "manager", "misc", "mod", "shared", "util", "utils",
    ];
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split('.').next().unwrap_or(file);
    let message = format!("`{stem}` does not say what lives here");
    EMPTY
        .contains(&stem)
        .then(|| Finding::new(path, 0, Rule::Name, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    fn rules(found: &[Finding]) -> Vec<Rule> {
        found.iter().map(|finding| finding.rule).collect()
    }

    fn lines(count: usize) -> String {
        format!("//! Many lines.\n{}", "\n".repeat(count - 1))
    }

    #[test]
    fn a_good_file_has_no_findings() {
        let good = file(
            "crates/types/src/id.rs",
            "//! Typed ids.\n\npub struct UserId(u128);\n",
        );
        assert_eq!(findings(&[good], &[]), []);
    }

    #[test]
    fn a_long_file_needs_a_reason_and_a_very_long_one_has_none() {
        let path = "crates/types/src/id.rs";
        let excepted = [Exception {
            path,
            rule: Rule::FileLength,
            reason: "one list that is read as one",
        }];
        assert_eq!(rules(&findings(&[file(path, &lines(350))], &[])), []);
        assert_eq!(
            rules(&findings(&[file(path, &lines(351))], &[])),
            [Rule::FileLength]
        );
        assert_eq!(rules(&findings(&[file(path, &lines(351))], &excepted)), []);
        let beyond = findings(&[file(path, &lines(701))], &excepted);
        assert_eq!(rules(&beyond), [Rule::FileHardLimit, Rule::Exception]);
    }

    #[test]
    fn an_exception_that_nothing_needs_is_found() {
        let path = "crates/types/src/id.rs";
        let stale = [Exception {
            path,
            rule: Rule::FileLength,
            reason: "it was long once",
        }];
        let found = findings(&[file(path, "//! Ids.\n")], &stale);
        assert_eq!(rules(&found), [Rule::Exception]);
    }

    #[test]
    fn suites_in_other_languages_stay_short_too() {
        let found = findings(&[file("conformance/js/sign_in.test.mjs", &lines(400))], &[]);
        assert_eq!(rules(&found), [Rule::FileLength]);
    }

    #[test]
    fn a_file_without_a_telling_name_is_found() {
        for path in ["crates/authn/src/utils.rs", "crates/authn/src/mfa/mod.rs"] {
            assert_eq!(
                rules(&findings(&[file(path, "//! Text.\n")], &[])),
                [Rule::Name],
                "{path}"
            );
        }
    }
}
