//! The model for resources with UUIDs decides as its tables say, and as the design's table does.

mod oracle;
mod property;
mod settled;
mod table;
mod words;
mod worlds;

use crate::engine::{World, on_engine};
use crate::tenant::{MEMORY, Memory, NOW, Tenant, call_at, model};
use authz::access::MODEL;
use authz::{CheckQuestion, Given, Write};
use std::collections::BTreeSet;
use std::time::Duration;
use table::{Line, Section, sections};

on_engine!(on_sqlite Sqlite:
    every_line_of_the_tables_is_so
);
on_engine!(on_postgres Postgres: every_line_of_the_tables_is_so);

/// The paths as the tables name them, in the order in which they count, and as the model does.
const PATHS: [(&str, &str); 6] = [
    ("owner", "owner"),
    ("project owner", "project_owner"),
    ("team", "team"),
    ("collaborator", "collaborator"),
    ("public", "public"),
    ("emergency", "emergency"),
];

const ROLES: [&str; 5] = ["owner", "admin", "editor", "contributor", "viewer"];

/// Asks the model for everything that the line speaks of, and compares.
async fn every_line_of_the_tables_is_so(world: World) {
    for memory in MEMORY {
        every_line_is_so(&world, memory).await;
    }
}

async fn every_line_is_so(world: &World, memory: Memory) {
    let tenant = Tenant::open(world, memory, MODEL).await;
    let sections = sections();
    let mut faults = Vec::new();
    let mut lines = 0;
    for section in &sections {
        for line in &section.lines {
            write(&tenant, line).await;
        }
    }
    tenant.settle().await;
    for section in &sections {
        for line in &section.lines {
            lines += 1;
            for (column, expected) in &line.cells {
                let found = answer(&tenant, section, line, column).await;
                if found != *expected {
                    let Line { number, text, .. } = line;
                    faults.push(format!(
                        "line {number}, {column}: {found} and not {expected}: {text}"
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(lines > 200, "{lines} lines");
}

/// Stores the circumstances of a line; what has ended in it ends before anything is asked.
async fn write(tenant: &Tenant, line: &Line) {
    let facts = words::tuples(line);
    for (tuples, expires_at) in [
        (facts.lasting, None),
        (facts.ended, Some(NOW + Duration::from_secs(1))),
    ] {
        if tuples.is_empty() {
            continue;
        }
        let write = Write {
            writes: tuples,
            expires_at,
            actor: "test".to_owned(),
            ..Write::default()
        };
        tenant.try_write(write).await.unwrap();
    }
}

/// What stands in a cell, by the model.
async fn answer(tenant: &Tenant, section: &Section, line: &Line, column: &str) -> String {
    let number = line.number;
    let type_name = match column {
        "can_see_author" => "generation",
        "can_see_teams" => "project",
        _ => section.type_name,
    };
    let object = words::object(type_name, number);
    let holds = async |relation: String| {
        let question = CheckQuestion {
            user: words::asker(number),
            relation,
            object: object.clone(),
            given: Given::default(),
        };
        let later = call_at(NOW + Duration::from_secs(2));
        let asked = tenant.authz.check(&later, tenant.scope(), question).await;
        asked.unwrap().value
    };
    if column == "role" {
        for role in ROLES {
            if has(type_name, &format!("role_{role}")) && holds(format!("role_{role}")).await {
                return role.to_owned();
            }
        }
        return "-".to_owned();
    }
    if column.starts_with("can_") {
        let yes = holds(column.to_owned()).await;
        return if yes { "yes" } else { "-" }.to_owned();
    }
    let mut granting = Vec::new();
    for (word, suffix) in PATHS {
        let relation = format!("{column}_by_{suffix}");
        if has(type_name, &relation) && holds(relation).await {
            granting.push(word);
        }
    }
    let can = holds(format!("can_{column}")).await;
    assert_eq!(
        can,
        !granting.is_empty(),
        "can_{column} is the union of its paths: {}",
        line.text
    );
    granting.first().map_or("-", |word| word).to_owned()
}

fn has(type_name: &str, relation: &str) -> bool {
    model(MODEL).relation(type_name, relation).is_some()
}

/// A table that lost a line would still be green: what each promises is counted.
#[test]
fn tables_have_every_combination() {
    let sections = sections();
    for (title, roles) in [
        (
            "A generation in a project, by the role in a linked team",
            "team ",
        ),
        ("A project, by the role in a linked team", "team "),
    ] {
        let section = sections.iter().find(|section| section.title == title);
        let lines = &section.expect("the section").lines;
        let distinct: BTreeSet<_> = lines.iter().map(|line| &line.phrases).collect();
        assert_eq!(
            (lines.len(), distinct.len()),
            (5 * 3 * 3, 5 * 3 * 3),
            "{title}"
        );
        assert!(lines.iter().all(|line| line.phrases[0].starts_with(roles)));
    }
    let covered: BTreeSet<_> = sections
        .iter()
        .flat_map(|section| {
            let columns = section.lines.iter().flat_map(|line| line.cells.keys());
            columns.map(|column| {
                (
                    section.type_name,
                    column.trim_start_matches("can_").to_owned(),
                )
            })
        })
        .collect();
    let all = model(MODEL);
    for of_type in &all.types {
        for relation in &of_type.relations {
            let relation = &relation.name;
            let Some(permission) = relation.strip_prefix("can_") else {
                continue;
            };
            let is_covered = covered.contains(&(of_type.name.as_str(), permission.to_owned()))
                || permission.starts_with("see_");
            assert!(is_covered, "no table speaks of {}#{relation}", of_type.name);
        }
    }
}
