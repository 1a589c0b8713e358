//! The model for resources with UUIDs decides as its tables say, and as the design's table does.

mod oracle;
mod table;
mod words;
mod worlds;

use crate::amount::amount;
use crate::engine::{World, on_engine};
use crate::tenant::{MEMORY, Memory, NOW, Tenant, call, call_at, model};
use authz::access::MODEL;
use authz::{CheckQuestion, Given, Write, WrittenTuple};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use table::{Line, Section, sections};
use worlds::Facts;

on_engine!(on_sqlite Sqlite:
    every_line_of_the_tables_is_so
    no_path_grants_more_than_the_design
    a_changed_model_is_noticed
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

/// Random worlds, decided by the model and by an oracle that was written from the design's table
/// alone: neither grants more than the other.
async fn no_path_grants_more_than_the_design(world: World) {
    let tenant = Tenant::open(&world, Memory::Whole, MODEL).await;
    tenant.settle().await;
    let mut granted = BTreeMap::new();
    let found = disagreement(&tenant, &mut granted).await;
    assert_eq!(found, None);
    // Each permission is granted now and then, or nothing would have been tried.
    assert!(
        granted.len() >= 8 && granted.values().all(|count| *count > 20),
        "{granted:?}"
    );
}

/// A model with one word more or less is found out.
async fn a_changed_model_is_noticed(world: World) {
    for (from, to) in MUTATIONS {
        assert_eq!(MODEL.matches(from).count(), 1, "{from}");
        let changed = MODEL.replace(from, to);
        let tenant = Tenant::open(&world, Memory::Whole, &changed).await;
        tenant.settle().await;
        let found = disagreement(&tenant, &mut BTreeMap::new()).await;
        assert!(
            found.is_some(),
            "nobody noticed that `{from}` became `{to}`"
        );
    }
}

/// The first question on which the model of a store and the oracle disagree.
async fn disagreement(
    tenant: &Tenant,
    granted: &mut BTreeMap<&'static str, usize>,
) -> Option<String> {
    for seed in 0..amount(300) {
        let facts = Facts::random(seed);
        let contextual: Vec<WrittenTuple> = facts.tuples();
        let asked = facts.questions();
        let questions = asked
            .iter()
            .map(|(user, permission, object)| CheckQuestion {
                user: user.clone(),
                relation: format!("can_{permission}"),
                object: object.clone(),
                given: Given {
                    contextual: contextual.clone(),
                    context: None,
                },
            });
        let questions = questions.collect();
        let answered = tenant
            .authz
            .checks(&call(), tenant.scope(), questions)
            .await;
        let answers = answered.unwrap().value;
        for ((user, permission, object), answer) in asked.into_iter().zip(answers) {
            let expected = oracle::grants(&facts, &user, permission, &object);
            let answer = answer.unwrap();
            if answer != expected {
                return Some(format!(
                    "world {seed}: {user} {permission} {object}: {answer}\n{facts:#?}"
                ));
            }
            *granted.entry(permission).or_default() += usize::from(answer);
        }
    }
    None
}

/// What is granted to one more or one fewer.
const MUTATIONS: [(&str, &str); 20] = [
    (
        "define at_least_admin: (owner or admin) but not inactive",
        "define at_least_admin: (owner or admin or editor) but not inactive",
    ),
    (
        "define at_least_viewer: (owner or admin or editor or contributor or viewer) but not inactive",
        "define at_least_viewer: owner or admin or editor or contributor or viewer",
    ),
    (
        "at_least_viewer from team_admin) and teams_on",
        "at_least_viewer from team_admin)",
    ),
    (
        "define link_downloader: (at_least_contributor from team_read or",
        "define link_downloader: (at_least_viewer from team_read or",
    ),
    (
        "define link_contributor: (at_least_contributor from team_write or",
        "define link_contributor: (at_least_contributor from team_read or",
    ),
    (
        "define link_editor: (at_least_editor from team_write or",
        "define link_editor: (at_least_contributor from team_write or",
    ),
    (
        "define link_admin: at_least_admin from team_admin and teams_on",
        "define link_admin: at_least_admin from team_write and teams_on",
    ),
    (
        "define share_by_owner: owner\n    define can_share: share_by_owner\n    define delete_by_owner: owner\n    define can_delete: delete_by_owner\n\n    define admin_by_owner: owner\n    define admin_by_team: link_admin",
        "define share_by_owner: owner or writer\n    define can_share: share_by_owner\n    define delete_by_owner: owner\n    define can_delete: delete_by_owner\n\n    define admin_by_owner: owner\n    define admin_by_team: link_admin",
    ),
    (
        "define project_owner: owner from project but not unfinished",
        "define project_owner: owner from project",
    ),
    (
        "define team_viewer: (link_viewer from project or at_least_viewer from team_context) but not unfinished",
        "define team_viewer: link_viewer from project but not unfinished",
    ),
    (
        "define team_brancher: ((link_contributor from project and improvements_on from project) or",
        "define team_brancher: (link_contributor from project or",
    ),
    (
        "define team_admin: (link_admin from project or at_least_admin from team_context)",
        "define team_admin: (link_editor from project or at_least_admin from team_context)",
    ),
    (
        "define writer: writer from project but not unfinished",
        "define writer: (writer from project or reader from project) but not unfinished",
    ),
    (
        "define everybody: public from project but not unfinished",
        "define everybody: (public from project or everybody from parent) but not unfinished",
    ),
    (
        "define view_by_emergency: (emergency_reader or emergency_reader from project) but not unfinished",
        "define view_by_emergency: emergency_reader but not unfinished",
    ),
    (
        "define download_by_public: everybody\n",
        "define download_by_public: everybody or view_by_emergency\n",
    ),
    (
        "define branch_by_public: everybody and improvements_on from project",
        "define branch_by_public: everybody",
    ),
    (
        "define delete_by_team: team_admin",
        "define delete_by_team: team_editor",
    ),
    (
        "define share_by_team: team_editor",
        "define share_by_team: team_contributor",
    ),
    (
        "define delete_by_team: delete_by_team from generation",
        "define delete_by_team: edit_by_team from generation",
    ),
];
