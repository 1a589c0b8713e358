//! `docs/AUTHORIZATION.md`: every command in it is run, and must say what stands behind it.

use crate::process::{Engine, Place, on_both_engines};
use std::path::Path;

/// A command of the page, and what it says.
struct Shown<'a> {
    command: &'a str,
    answer: &'a str,
}

/// The blocks that are commands, each with the block of text behind it.
fn shown(page: &str) -> Vec<Shown<'_>> {
    let parts = page.split("\n```sh\n").skip(1);
    let shown = parts.map(|part| {
        let (command, rest) = part.split_once("\n```\n").expect("the end of a block");
        let answer = rest.split("\n```sh\n").next().expect("a text");
        let answer = answer.split_once("\n```text\n");
        let (_, answer) = answer.expect("what the command says");
        let (answer, _) = answer.split_once("\n```").expect("the end of a block");
        Shown { command, answer }
    });
    shown.collect()
}

/// Whether a line is as it is shown, where `…` stands for anything.
fn is_shown(line: &str, shown: &str) -> bool {
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let mut is_open = false;
    for part in parts {
        is_open = part.is_empty();
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.is_empty() || is_open
}

async fn the_page_leads_from_an_empty_store_to_an_explained_decision(engine: Engine) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/AUTHORIZATION.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let shown = shown(&page);
    assert!(shown.len() >= 9, "{}", shown.len());
    let Some(place) = Place::open(engine).await else {
        return;
    };
    let server = place.serve().await;
    let fact = |name: &str| server.facts[name].as_str().expect(name).to_owned();
    // What one block defines the next may use: all of them are one script, with marks between.
    let mut script = "set -u\n".to_owned();
    for one in &shown {
        script.push_str(one.command);
        script.push_str("\necho '-- next --'\n");
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_claviger"));
    let path = std::env::var("PATH").expect("a path");
    let bin = place.folder.path().join("bin");
    std::fs::create_dir(&bin).expect("a folder");
    // The commands of the page name no database: a wrapper gives that of the place.
    let wrapper = place.wrapper(binary);
    let claviger = bin.join("claviger");
    std::fs::write(&claviger, wrapper).expect("a file");
    let mut command = tokio::process::Command::new("bash");
    command.args(["-c", &script]).current_dir(place.folder.path());
    command.env("PATH", format!("{}:{path}", bin.display()));
    for (name, fact_name) in [
        ("FGA_API_URL", "fga_api_url"),
        ("FGA_API_TOKEN", "fga_api_token"),
        ("FGA_STORE_ID", "fga_store_id"),
    ] {
        command.env(name, fact(fact_name));
    }
    let executable = tokio::process::Command::new("chmod").arg("+x").arg(&claviger).status();
    assert!(executable.await.expect("chmod").success());
    let output = command.output().await.expect("bash");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let answers: Vec<&str> = said.split("-- next --\n").collect();
    assert_eq!(answers.len(), shown.len() + 1, "{said}{errors}");
    for (one, answer) in shown.iter().zip(answers) {
        let lines: Vec<_> = answer.lines().collect();
        let expected: Vec<_> = one.answer.lines().collect();
        let fits = lines.iter().zip(&expected).all(|(line, shown)| is_shown(line, shown));
        assert!(
            fits && lines.len() == expected.len(),
            "{}\nsaid:\n{answer}\nexpected:\n{}\n{errors}",
            one.command,
            one.answer
        );
    }
    server.stop().await;
}

on_both_engines!(the_page_leads_from_an_empty_store_to_an_explained_decision);
