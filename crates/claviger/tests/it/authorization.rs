//! `docs/AUTHORIZATION.md`: every command in it is run, and must say what stands behind it.

use crate::process::{Engine, Place, Server, on_both_engines};
use serde_json::json;
use std::path::Path;
use testkit::http::Request;
use tokio::process::Command;

/// A command of a page, and what it says.
pub(crate) struct Shown<'a> {
    command: &'a str,
    pub(crate) answer: &'a str,
}

/// The blocks that are commands, each with the block of text behind it.
pub(crate) fn shown(page: &str) -> Vec<Shown<'_>> {
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

/// Makes a store as an operator does.
async fn made(server: &Server, token: &str) -> String {
    let request = Request::post("/stores").json(&json!({ "name": "mine" }));
    let reply = server.ask(request.bearer(token)).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["id"].as_str().expect("an id").to_owned()
}

/// All commands as one script, since what one of them defines the next may use.
pub(crate) async fn bash(place: &Place, shown: &[Shown<'_>]) -> Command {
    let mut script = "set -u\n".to_owned();
    for one in shown {
        script.push_str(one.command);
        script.push_str("\necho '-- next --'\n");
    }
    let path = std::env::var("PATH").expect("a path");
    let bin = place.folder.path().join("bin");
    std::fs::create_dir(&bin).expect("a folder");
    // The commands of the page name no database: a wrapper gives that of the place.
    let wrapper = place.wrapper(Path::new(env!("CARGO_BIN_EXE_claviger")));
    let claviger = bin.join("claviger");
    std::fs::write(&claviger, wrapper).expect("a file");
    let executable = Command::new("chmod").arg("+x").arg(&claviger).status();
    assert!(executable.await.expect("chmod").success());
    let mut command = Command::new("bash");
    command.args(["-c", &script]);
    command.current_dir(place.folder.path());
    command.env("PATH", format!("{}:{path}", bin.display()));
    command
}

/// What was said otherwise than it is shown.
pub(crate) fn compared(shown: &[Shown<'_>], said: &str) -> String {
    let answers: Vec<&str> = said.split("-- next --\n").collect();
    assert_eq!(answers.len(), shown.len() + 1, "{said}");
    let mut wrong = String::new();
    for (one, answer) in shown.iter().zip(answers) {
        let lines: Vec<_> = answer.lines().collect();
        let expected: Vec<_> = one.answer.lines().collect();
        let mut pairs = lines.iter().zip(&expected);
        let fits = pairs.all(|(line, shown)| is_shown(line, shown));
        if !fits || lines.len() != expected.len() {
            let Shown {
                command,
                answer: shown,
            } = one;
            let told = [command, "\nsaid:\n", answer, "\nand not:\n", shown, "\n\n"];
            wrong.extend(told);
        }
    }
    wrong
}

async fn the_page_leads_from_an_empty_store_to_an_explained_decision(engine: Engine) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/AUTHORIZATION.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let shown = shown(&page);
    assert!(shown.len() >= 9, "{}", shown.len());
    // As the page's reader has it, and as an operator does, who makes the store first.
    let place = match engine {
        Engine::Sqlite => Place::bare(),
        Engine::Postgres => match Place::open(engine).await {
            Some(place) => place,
            None => return,
        },
    };
    let server = place.serve().await;
    let fact = |name: &str| server.facts[name].as_str().map(str::to_owned);
    let token = fact("fga_api_token").or(fact("service_key"));
    let token = token.expect("a token");
    let store = match fact("fga_store_id") {
        Some(store) => store,
        None => made(&server, &token).await,
    };
    let url = fact("fga_api_url").expect("where the API is");
    let mut command = bash(&place, &shown).await;
    command.env("FGA_API_URL", url);
    command
        .env("FGA_API_TOKEN", token)
        .env("FGA_STORE_ID", store);
    let output = command.output().await.expect("bash");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let wrong = compared(&shown, &said);
    assert!(wrong.is_empty(), "{wrong}{errors}");
    server.stop().await;
}

on_both_engines!(the_page_leads_from_an_empty_store_to_an_explained_decision);
