//! Rules for Rust files alone: first line, functions, columns, open ends, sleeping tests.

use super::{FUNCTION_LINES_MAX, Finding, LINE_COLUMNS_MAX, Rule};
use crate::rust_source::{RustSource, Token, functions, test_regions};

/// Text that may stand nowhere in a Rust file, each with what to do instead. The marks are
/// spelt in two halves so that this file does not find itself.
const MARKS: &[(&str, &str)] = &[
    (
        concat!("#[", "allow("),
        "write `#[expect(lint, reason = ...)]`",
    ),
    (
        concat!("#![", "allow("),
        "write `#![expect(lint, reason = ...)]`",
    ),
    (
        concat!("#[", "ignore"),
        "a test that does not run is no test: mend or delete it",
    ),
    (concat!("to", "do!("), "write the code"),
    (
        concat!("un", "implemented!("),
        "write the code, or take the branch out",
    ),
    (concat!("dbg", "!("), "take it out"),
    (concat!("FIX", "ME"), "mend it, or write an issue"),
    (concat!("X", "XX"), "mend it, or write an issue"),
];

pub(super) fn findings(path: &str, text: &str) -> Vec<Finding> {
    let source = RustSource::read(text);
    let tokens = source.tokens();
    let mut found = Vec::new();
    found.extend(first_line(path, text));
    found.extend(columns(path, &source));
    found.extend(long_functions(path, &tokens));
    found.extend(marks(path, text));
    found.extend(sleeps(path, &tokens));
    found
}

fn first_line(path: &str, text: &str) -> Option<Finding> {
    let first = text.lines().next().unwrap_or_default();
    let sentence = first
        .strip_prefix("//! ")
        .is_some_and(|rest| !rest.trim().is_empty());
    let message = "the first line is `//! ` and a sentence that says what lives here";
    (!sentence).then(|| Finding::new(path, 1, Rule::FirstLine, message))
}

fn columns(path: &str, source: &RustSource<'_>) -> Vec<Finding> {
    let widths = source.widths().into_iter().enumerate();
    let wide = widths.filter(|(_, width)| *width > LINE_COLUMNS_MAX);
    wide.map(|(index, width)| {
        let message = format!("{width} columns: at most {LINE_COLUMNS_MAX}");
        Finding::new(path, index + 1, Rule::LineLength, message)
    })
    .collect()
}

fn long_functions(path: &str, tokens: &[Token<'_>]) -> Vec<Finding> {
    let mut found = Vec::new();
    for function in functions(tokens) {
        let lines = function.last_line - function.first_line + 1;
        if lines > FUNCTION_LINES_MAX {
            let message = format!(
                "`{}` has {lines} lines: at most {FUNCTION_LINES_MAX}",
                function.name
            );
            found.push(Finding::new(
                path,
                function.first_line,
                Rule::FunctionLength,
                message,
            ));
        }
    }
    found
}

fn marks(path: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for (mark, instead) in MARKS.iter().filter(|(mark, _)| line.contains(mark)) {
            let message = format!("`{mark}`: {instead}");
            found.push(Finding::new(path, index + 1, Rule::Mark, message));
        }
    }
    found
}

/// Calls of any `sleep...` in a test file or under `#[cfg(test)]`.
fn sleeps(path: &str, tokens: &[Token<'_>]) -> Vec<Finding> {
    let whole = path.contains("/tests/") || path.ends_with("/tests.rs");
    let regions = test_regions(tokens);
    let mut found = Vec::new();
    for pair in tokens.windows(2) {
        let [name, next] = pair else { continue };
        if !name.text.starts_with("sleep") || next.text != "(" {
            continue;
        }
        let tested = regions
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&name.line));
        if whole || tested {
            let message = "a test waits for an event or moves its clock; it never sleeps";
            found.push(Finding::new(path, name.line, Rule::SleepInTest, message));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "crates/authn/src/sign_in.rs";

    fn found(path: &str, text: &str) -> Vec<(Rule, usize)> {
        let whole = format!("//! A file for a test.\n{text}\n");
        findings(path, &whole)
            .iter()
            .map(|finding| (finding.rule, finding.line))
            .collect()
    }

    #[test]
    fn a_file_that_does_not_say_what_lives_in_it_is_found() {
        for text in [
            "use std::fmt;\n",
            "",
            "//!\n",
            "// Not for rustdoc.\n",
            "//!No space.\n",
        ] {
            let rules: Vec<_> = findings(PATH, text)
                .iter()
                .map(|finding| finding.rule)
                .collect();
            assert_eq!(rules, [Rule::FirstLine], "{text:?}");
        }
    }

    #[test]
    fn a_wide_line_is_found_unless_it_cannot_be_broken() {
        let wide = "a".repeat(90);
        assert_eq!(
            found(PATH, &format!("// {wide} {wide}")),
            [(Rule::LineLength, 2)]
        );
        assert_eq!(
            found(PATH, &format!("let {wide} = call(argument);")),
            [(Rule::LineLength, 2)]
        );
        assert_eq!(found(PATH, &format!("let text = \"{wide} {wide}\";")), []);
        assert_eq!(
            found(PATH, &format!("let text = r#\"\n{wide}{wide}\n\"#;")),
            []
        );
        assert_eq!(
            found(
                PATH,
                &format!("/// See <https://example.org/{wide}{wide}>.")
            ),
            []
        );
    }

    #[test]
    fn a_long_function_is_found_wherever_it_stands() {
        let body = |lines: usize| format!("fn long() {{\n{}}}", "    a();\n".repeat(lines - 2));
        assert_eq!(found(PATH, &body(70)), []);
        assert_eq!(found(PATH, &body(71)), [(Rule::FunctionLength, 2)]);
        let nested = format!("impl A {{\n{}\n}}", body(80));
        assert_eq!(found(PATH, &nested), [(Rule::FunctionLength, 3)]);
    }

    #[test]
    fn what_is_left_open_or_silenced_is_found() {
        for (mark, _) in MARKS {
            let rules: Vec<_> = found(PATH, mark)
                .into_iter()
                .map(|(rule, _)| rule)
                .collect();
            assert_eq!(rules, [Rule::Mark], "{mark}");
        }
        assert_eq!(found(PATH, "#[expect(lint, reason = \"why\")]"), []);
    }

    #[test]
    fn a_test_that_sleeps_is_found() {
        let call = concat!("tokio::time::", "sleep", "(long).await;");
        assert_eq!(
            found("crates/a/tests/it/main.rs", call),
            [(Rule::SleepInTest, 2)]
        );
        let module = format!("#[cfg(test)]\nmod tests {{\n fn a() {{ {call} }}\n}}");
        assert_eq!(found(PATH, &module), [(Rule::SleepInTest, 4)]);
        assert_eq!(
            found(PATH, call),
            [],
            "clippy.toml has its own word on the product"
        );
        assert_eq!(found("crates/a/tests/it/main.rs", "// sleep (well)"), []);
    }
}
