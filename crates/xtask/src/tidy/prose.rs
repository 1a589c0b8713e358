//! Rules for every text file: paths, hosts, manifests and decision pages.

use super::{Finding, Rule};
use crate::repository::File;

/// First folders of paths that exist on one developer's machine only.
const LOCAL_ROOTS: [&str; 4] = ["home", "Users", "work", "root"];

/// Hosts that serve packages, in two halves so that this file does not find itself. Lock files
/// name packages and hashes; where they come from is the business of each machine.
const REGISTRY_HOSTS: [(&str, &str); 8] = [
    ("registry", "npmjs.org"),
    ("registry", "npmjs.com"),
    ("registry", "yarnpkg.com"),
    ("pypi", "org"),
    ("files", "pythonhosted.org"),
    ("index", "crates.io"),
    ("static", "crates.io"),
    ("proxy", "golang.org"),
];

/// Headings that every page under `docs/decisions` has.
const HEADINGS: [&str; 4] = ["Context", "Choice", "Price", "What would change our mind"];

const DECISIONS: &str = "docs/decisions/";

pub(super) fn findings(path: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        found.extend(local_path(line).map(|root| {
            let message = format!("a path under `/{root}` exists on one machine only");
            Finding::new(path, index + 1, Rule::LocalPath, message)
        }));
        found.extend(registry_host(line).map(|host| {
            let message = format!("`{host}` is a registry: leave it to each machine's settings");
            Finding::new(path, index + 1, Rule::RegistryHost, message)
        }));
    }
    if let Some(name) = path.strip_prefix(DECISIONS) {
        found.extend(decision(path, name, text));
    }
    if path.starts_with("crates/") && path.ends_with("/Cargo.toml") && !takes_lints(text) {
        let message = "the crate does not take the workspace's lints (`lints.workspace = true`)";
        found.push(Finding::new(path, 0, Rule::WorkspaceLints, message));
    }
    found
}

/// Decision pages that share a number.
pub(super) fn numbers_used_twice(files: &[File]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for file in files {
        let Some(number) = file
            .path
            .strip_prefix(DECISIONS)
            .and_then(|name| name.get(..4))
        else {
            continue;
        };
        if seen.contains(&number) {
            let message = format!("the number {number} is taken");
            found.push(Finding::new(&file.path, 0, Rule::Decision, message));
        }
        seen.push(number);
    }
    found
}

fn local_path(line: &str) -> Option<&'static str> {
    LOCAL_ROOTS.into_iter().find(|root| {
        let prefix = format!("/{root}/");
        line.match_indices(&prefix).any(|(at, _)| {
            let (before, rest) = line.split_at(at);
            let after = rest.get(prefix.len()..).unwrap_or_default();
            starts_a_path(before)
                && after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_')
        })
    })
}

/// Whether a `/` after this text is the root, rather than a part of a longer path or of a URL.
fn starts_a_path(before: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "._-~/)]}".contains(c);
    before.ends_with("file://") || !before.ends_with(inside)
}

fn registry_host(line: &str) -> Option<String> {
    let hosts = REGISTRY_HOSTS
        .iter()
        .map(|(first, rest)| format!("{first}.{rest}"));
    let mut named = hosts.filter(|host| line.contains(host.as_str()));
    let resolved = concat!("\"resolved\": ", "\"http");
    named
        .next()
        .or_else(|| line.contains(resolved).then(|| "resolved".to_owned()))
}

fn decision(path: &str, name: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    if !decision_name(name) {
        let message = "a decision page is called `NNNN-some-name.md`";
        found.push(Finding::new(path, 0, Rule::Decision, message));
    }
    for heading in HEADINGS {
        let has = text
            .lines()
            .any(|line| line.starts_with('#') && line.trim_start_matches('#').trim() == heading);
        if !has {
            let message = format!("the heading `{heading}` is missing");
            found.push(Finding::new(path, 0, Rule::Decision, message));
        }
    }
    found
}

fn decision_name(name: &str) -> bool {
    let Some((number, rest)) = name.split_once('-') else {
        return false;
    };
    let Some(title) = rest.strip_suffix(".md") else {
        return false;
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    number.len() == 4
        && number.chars().all(|c| c.is_ascii_digit())
        && !title.is_empty()
        && title.chars().all(plain)
}

fn takes_lints(manifest: &str) -> bool {
    let mut section = "";
    manifest.lines().map(str::trim).any(|line| {
        if line.starts_with('[') {
            section = line;
        }
        let setting: String = line.split_whitespace().collect();
        setting == "lints.workspace=true" || (section == "[lints]" && setting == "workspace=true")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<Rule> {
        findings(path, text)
            .iter()
            .map(|finding| finding.rule)
            .collect()
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        for root in LOCAL_ROOTS {
            for line in [
                format!("cd /{root}/somebody"),
                format!("path = \"/{root}/a.b\""),
                format!("file:///{root}/x"),
                format!("PATH=/bin:/{root}/.cargo/bin"),
            ] {
                assert_eq!(rules("README.md", &line), [Rule::LocalPath], "{line}");
            }
            for line in [
                format!("https://example.org/{root}/page"),
                format!("target/{root}/x"),
                format!("nothing under `/{root}/`"),
            ] {
                assert_eq!(rules("README.md", &line), [], "{line}");
            }
        }
    }

    #[test]
    fn a_registry_is_found() {
        for (first, rest) in REGISTRY_HOSTS {
            let line = format!("from https://{first}.{rest}/simple");
            assert_eq!(rules("docs/API.md", &line), [Rule::RegistryHost], "{line}");
        }
        let resolved = concat!("  \"resolved\": ", "\"https://mirror.example/a.tgz\",");
        assert_eq!(
            rules("conformance/js/package-lock.json", resolved),
            [Rule::RegistryHost]
        );
    }

    #[test]
    fn a_decision_page_has_its_number_and_its_headings() {
        let whole = "# One SQL\n\n## Context\n\n## Choice\n\n## Price\n\n\
                     ## What would change our mind\n";
        assert_eq!(rules("docs/decisions/0001-one-sql.md", whole), []);
        for name in ["1-one-sql.md", "0001-One-SQL.md", "0001.md", "0001-a.txt"] {
            assert_eq!(
                rules(&format!("{DECISIONS}{name}"), whole),
                [Rule::Decision],
                "{name}"
            );
        }
        let without = whole.replace("## Price", "## Costs");
        assert_eq!(
            rules("docs/decisions/0001-one-sql.md", &without),
            [Rule::Decision]
        );
    }

    #[test]
    fn two_decisions_never_share_a_number() {
        let page = |name: &str| File {
            path: format!("{DECISIONS}{name}"),
            text: String::new(),
        };
        let pages = [page("0001-a.md"), page("0002-b.md"), page("0001-c.md")];
        let found = numbers_used_twice(&pages);
        let paths: Vec<_> = found.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, ["docs/decisions/0001-c.md"]);
    }

    #[test]
    fn a_crate_takes_the_workspace_lints() {
        let path = "crates/types/Cargo.toml";
        assert_eq!(
            rules(
                path,
                "[package]\nname = \"types\"\n\n[lints]\nworkspace = true\n"
            ),
            []
        );
        assert_eq!(rules(path, "lints.workspace = true\n[package]\n"), []);
        assert_eq!(
            rules(path, "[dependencies]\nworkspace = true\n"),
            [Rule::WorkspaceLints]
        );
        assert_eq!(rules("Cargo.toml", "[workspace]\n"), []);
    }
}
