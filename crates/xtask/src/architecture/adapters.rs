//! The adapters of `server` know their own wire and the plumbing, never each other.

use super::Breach;
use crate::rust_source::{RustSource, Token, is_word};

/// The modules of `server` that each speak one wire and never mention each other.
const ADAPTERS: &[&str] = &[
    "gotrue", "account", "openfga", "authzen", "console", "status",
];

/// Mentions of another adapter in a file of `server`; other files have none.
pub fn mentions(path: &str, text: &str) -> Vec<Breach> {
    let Some(module) = path.strip_prefix("crates/server/src/") else {
        return Vec::new();
    };
    let segments: Vec<&str> = module.trim_end_matches(".rs").split('/').collect();
    let Some(own) = segments.first().filter(|first| ADAPTERS.contains(first)) else {
        return Vec::new();
    };
    let tokens = RustSource::read(text).tokens();
    let named = crate_level_names(&tokens, segments.len());
    let foreign = named
        .iter()
        .filter(|name| ADAPTERS.contains(&name.text) && name.text != *own);
    foreign
        .map(|name| {
            let line = name.line;
            Breach(format!(
                "{path}:{line}: adapter `{own}` mentions adapter `{}`",
                name.text
            ))
        })
        .collect()
}

/// The names that stand directly under the crate's root: after `crate::`, after enough
/// `super::` for a module of this `depth`, or in the braces that follow either.
fn crate_level_names<'a>(tokens: &[Token<'a>], depth: usize) -> Vec<Token<'a>> {
    let mut names = Vec::new();
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let tail = match first.text {
            "crate" => path_tail(after),
            "super" => parents(after, depth),
            _ => None,
        };
        if let Some(reached) = tail {
            names.extend(first_names(reached));
            rest = reached;
        }
    }
    names
}

/// What follows `::`, if that comes next.
fn path_tail<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let (colons, tail) = tokens.split_at_checked(2)?;
    colons.iter().all(|token| token.text == ":").then_some(tail)
}

/// What follows a chain of `super::` that leaves a module of this `depth`.
fn parents<'t, 'a>(tokens: &'t [Token<'a>], depth: usize) -> Option<&'t [Token<'a>]> {
    let mut tail = path_tail(tokens)?;
    let mut climbed = 1;
    while tail.first().is_some_and(|next| next.text == "super") {
        tail = path_tail(tail.get(1..)?)?;
        climbed += 1;
    }
    (climbed >= depth).then_some(tail)
}

/// The next name, or the first name of each branch of the braces that come next.
fn first_names<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let Some(first) = tokens.first() else {
        return Vec::new();
    };
    if first.text != "{" {
        return vec![*first];
    }
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut fresh = false;
    for token in tokens {
        match token.text {
            "{" => depth += 1,
            "}" => depth -= 1,
            name if fresh && depth == 1 && is_word(name) => names.push(*token),
            _ => {}
        }
        if depth == 0 {
            break;
        }
        fresh = depth == 1 && matches!(token.text, "{" | ",");
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_that_mentions_another_is_found() {
        let inside = "crates/server/src/gotrue/token.rs";
        for text in [
            "use crate::account::wire;",
            "use crate::{http, account::{self, openfga_is_fine}};",
            "use crate::{http, account};",
            "fn a() { super::super::account::reply() }",
            "fn a() { crate :: status :: page() }",
        ] {
            assert_eq!(mentions(inside, text).len(), 1, "{text}");
        }
        let root = mentions("crates/server/src/gotrue.rs", "\nuse super::account;");
        let expected = "crates/server/src/gotrue.rs:2: adapter `gotrue` mentions adapter `account`";
        assert_eq!(
            root.iter().map(Breach::to_string).collect::<Vec<_>>(),
            [expected]
        );
    }

    #[test]
    fn an_adapter_may_name_itself_its_own_modules_and_the_plumbing() {
        let inside = "crates/server/src/gotrue/token.rs";
        for text in [
            "use crate::gotrue::wire; use crate::http::reply;",
            "use super::account; use super::status::page;",
            "// crate::account\nlet status = reply.status();",
            "use crate::{http::{account, status}, gotrue};",
        ] {
            assert_eq!(mentions(inside, text), [], "{text}");
        }
        assert_eq!(
            mentions("crates/server/src/app.rs", "use crate::account;"),
            []
        );
        assert_eq!(
            mentions("crates/authn/src/gotrue.rs", "use crate::account;"),
            []
        );
    }
}
