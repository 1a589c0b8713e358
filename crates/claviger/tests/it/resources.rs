//! `docs/UUID-AUTHORIZATION.md`: every command in it is run, and must say what stands behind it.

use crate::authorization::{bash, compared, shown};
use crate::process::{Engine, Place, on_both_engines};
use std::path::Path;

async fn the_page_shows_each_path_as_it_is(engine: Engine) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/UUID-AUTHORIZATION.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let shown = shown(&page);
    assert!(shown.len() >= 11, "{}", shown.len());
    for method in [
        "direct",
        "project_owner",
        "team",
        "collaboration",
        "public",
        "emergency",
    ] {
        let is_shown = shown.iter().any(|one| one.answer.contains(method));
        assert!(is_shown, "no command is answered with {method}");
    }
    // As the page's reader has it: without a configuration.
    let place = match engine {
        Engine::Sqlite => Place::bare(),
        Engine::Postgres => match Place::open(engine).await {
            Some(place) => place,
            None => return,
        },
    };
    let server = place.serve().await;
    let fact = |name: &str| server.facts[name].as_str().expect("a fact").to_owned();
    let mut command = bash(&place, &shown).await;
    command.env("CLAVIGER_URL", fact("url"));
    command.env("SERVICE_KEY", fact("service_key"));
    let output = command.output().await.expect("bash");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let wrong = compared(&shown, &said);
    assert!(wrong.is_empty(), "{wrong}{errors}");
    server.stop().await;
}

on_both_engines!(the_page_shows_each_path_as_it_is);
