//! Every statement prepares on every engine, with the same parameters, and finds rows by an index.

use crate::aggregates::stores::stored;
use crate::engine::{Engine, World, call, column, on_both_engines, query};
use crate::people::NOW;
use std::collections::BTreeSet;
use store::db::Stmt;
use store::tuples::{self, Wanted};
use store::{Read, stores};

on_both_engines!(
    statements_prepare;
    postgres: lists_are_looked_up_entry_by_entry, stores_are_planned_by_index
);

/// Columns by which an index narrows nothing down: every row has the same value, or one of two.
const BLUNT_COLUMNS: &[&str] = &["instance_id", "is_anonymous"];

/// Of an empty table PostgreSQL takes any index.
const USERS: &str = "
    INSERT INTO users (instance_id, id, aud, email, phone)
    SELECT '00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'authenticated',
        number || '@example.com', CAST(number AS TEXT)
    FROM generate_series(1, 2000) AS numbers (number);
    ANALYZE users";

async fn statements_prepare(world: World) {
    let mut faults = Vec::new();
    world.script_of("ANALYZE", USERS).await;
    let indexes = match world.engine {
        Engine::Sqlite => Vec::new(),
        Engine::Postgres => postgres_indexes(&world).await,
    };
    for stmt in store::statements() {
        let plan = match world.store.explain(stmt, &call()).await {
            Ok(plan) => plan,
            Err(e) => {
                faults.push(format!("{} does not prepare: {e:?}", stmt.name));
                continue;
            }
        };
        let scans = match world.engine {
            Engine::Sqlite => sqlite_scans(&plan),
            Engine::Postgres => [postgres_scans(&plan), postgres_detours(&plan, &indexes)].concat(),
        };
        if stmt.scan.is_none() && !scans.is_empty() {
            faults.push(format!("{} scans: {scans:?}\n{plan}", stmt.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// However little is known of a table, no list of keys is met by reading a whole store.
async fn lists_are_looked_up_entry_by_entry(world: World) {
    let lists = |stmt: &Stmt| {
        let text = stmt.postgres;
        text.contains("jsonb_array_elements") && text.contains("FROM store_tuples")
    };
    let indexes = postgres_indexes(&world).await;
    let mut looked_at = 0;
    for analyse in ["SELECT 1", "VACUUM ANALYZE store_tuples"] {
        world.script(analyse).await;
        for stmt in store::statements().filter(lists) {
            let plan = world.store.explain(stmt, &call()).await.unwrap();
            let aimed = |line: &str| line.contains("Index Cond:") && line.contains("w.value ->> 0");
            let is_loop = plan.contains("Nested Loop") && plan.lines().any(aimed);
            let is_direct = postgres_detours(&plan, &indexes).is_empty();
            assert!(
                is_loop && is_direct,
                "{} after {analyse}:\n{plan}",
                stmt.name
            );
            looked_at += 1;
        }
    }
    assert_eq!(looked_at, 2 * 9);
}

/// A plan made while a table was small outlives its growth.
async fn stores_are_planned_by_index(world: World) {
    let world = World::migrated_with(world.engine, 1).await;
    let setting = query("SELECT current_setting('enable_seqscan')");
    let number = stored(&world).await;
    let mut tx = world.db().begin().await.unwrap();
    stores::lock(&mut tx, number, 1).await.unwrap();
    let in_tx: Vec<String> = column(tx.rows(setting, Vec::new()).await.unwrap());
    tx.commit().await.unwrap();
    let mut snapshot = world.db().snapshot().await.unwrap();
    let nothing = Wanted::default();
    tuples::load_at(&mut snapshot, number, &nothing, NOW, 9)
        .await
        .unwrap();
    let in_snapshot: Vec<String> = column(snapshot.rows(setting, Vec::new()).await.unwrap());
    drop(snapshot);
    assert_eq!(
        (in_tx, in_snapshot),
        (vec!["off".to_owned()], vec!["off".to_owned()])
    );
    let after: Vec<String> = column(world.db().rows(setting, Vec::new()).await.unwrap());
    assert_eq!(after, ["on"], "for the transaction only");
}

#[test]
fn statements_have_names_of_their_own() {
    let names: Vec<_> = store::statements().map(|stmt| stmt.name).collect();
    let distinct: BTreeSet<_> = names.iter().collect();
    assert_eq!(names.len(), distinct.len());
    assert!(names.len() > 80, "{} statements", names.len());
}

#[test]
fn both_texts_take_the_same_parameters() {
    for Stmt {
        name,
        sqlite,
        postgres,
        ..
    } in store::statements()
    {
        let numbers = parameters(sqlite);
        assert_eq!(numbers, parameters(postgres), "{name}");
        let gapless = (1..=numbers.len()).collect::<BTreeSet<_>>();
        assert_eq!(numbers, gapless, "{name}");
    }
}

#[test]
fn lists_are_limited() {
    for stmt in store::statements() {
        let text = stmt.postgres.to_uppercase();
        // An order before it is that of a search, not that of the answer.
        let text = text.rsplit("OFFSET 0").next().unwrap_or(&text);
        let is_list = stmt.postgres.trim_start().starts_with("SELECT") && text.contains("ORDER BY");
        assert!(!is_list || text.contains("LIMIT"), "{}", stmt.name);
    }
}

/// The numbers behind `$`, outside of quotes.
fn parameters(text: &str) -> BTreeSet<usize> {
    let unquoted: String = text.split('\'').step_by(2).collect();
    unquoted
        .split('$')
        .skip(1)
        .filter_map(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
        .collect()
}

/// Lines that read a whole table: `SCAN` without an index, or a search by a blunt one.
fn sqlite_scans(plan: &str) -> Vec<String> {
    let scans = |line: &str| {
        let whole = line.starts_with("SCAN") && !line.contains(" INDEX ");
        let derived = line.contains("CONSTANT ROW") || line.contains("VIRTUAL TABLE");
        let blunt = |column: &str| line.ends_with(&format!("({column}=?)"));
        (whole && !derived) || BLUNT_COLUMNS.iter().any(|column| blunt(column))
    };
    plan.lines()
        .filter(|line| scans(line))
        .map(str::to_owned)
        .collect()
}

/// An index of `PostgreSQL` over all rows of its table, and what it is sorted by.
struct Index {
    table: String,
    name: String,
    columns: Vec<String>,
}

impl Index {
    /// How many of the columns that it is sorted by first a condition names.
    fn entered(&self, condition: &str) -> usize {
        let is_part = |c: char| c.is_alphanumeric() || "_.".contains(c);
        let named = |column: &&String| {
            condition.match_indices(column.as_str()).any(|(at, _)| {
                let before = condition[..at].chars().next_back();
                let after = condition[at + column.len()..].chars().next();
                !before.is_some_and(is_part) && !after.is_some_and(is_part)
            })
        };
        self.columns.iter().take_while(named).count()
    }
}

async fn postgres_indexes(world: &World) -> Vec<Index> {
    let lines = query(
        "SELECT t.relname || ' ' || c.relname || ' ' || (
            SELECT string_agg(pg_get_indexdef(c.oid, k, TRUE), ';' ORDER BY k)
            FROM generate_series(1, i.indnkeyatts) AS k)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            JOIN pg_class t ON t.oid = i.indrelid
        WHERE c.relnamespace = 'claviger'::regnamespace AND i.indpred IS NULL",
    );
    let lines: Vec<String> = column(world.db().rows(lines, Vec::new()).await.unwrap());
    let index = |line: &String| {
        let mut parts = line.splitn(3, ' ').map(str::to_owned);
        let (table, name) = (parts.next()?, parts.next()?);
        let columns = parts.next()?.split(';').map(str::to_owned).collect();
        Some(Index {
            table,
            name,
            columns,
        })
    };
    lines.iter().filter_map(index).collect()
}

/// Nodes that look into an index for less of what it is sorted by first than another one has: as
/// cheap as any other plan while the table is small, and a walk through all of it afterwards.
fn postgres_detours(plan: &str, indexes: &[Index]) -> Vec<String> {
    let mut index: Option<&Index> = None;
    let mut found = Vec::new();
    for line in plan.lines() {
        if line.contains("(cost=") {
            let words: BTreeSet<_> = line.split_whitespace().collect();
            index = indexes.iter().find(|one| words.contains(one.name.as_str()));
        } else if let (Some((_, condition)), Some(index)) = (line.split_once("Index Cond:"), index)
        {
            let others = indexes.iter().filter(|other| other.table == index.table);
            let better = others.max_by_key(|other| other.entered(condition));
            let better = better.filter(|other| other.entered(condition) > index.entered(condition));
            let why = |other: &Index| format!("{} instead of {}", index.name, other.name);
            found.extend(better.map(why));
        }
    }
    found
}

/// Nodes that read a whole table: sequential scans, walks through an index that only filter, and
/// searches by a blunt index.
fn postgres_scans(plan: &str) -> Vec<String> {
    let lines: Vec<_> = plan.lines().collect();
    let is_node = |line: &str| line.contains("(cost=");
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_node(line)) {
        let details: Vec<_> = lines[at + 1..]
            .iter()
            .take_while(|line| !is_node(line))
            .collect();
        let has = |what: &str| {
            details
                .iter()
                .any(|line| line.trim_start().starts_with(what))
        };
        let whole = line.contains("Seq Scan on");
        // A walk through an index in its order is fine where it stops after a few rows.
        let limited = at > 0
            && lines[at - 1]
                .trim_start_matches([' ', '-', '>'])
                .starts_with("Limit");
        let unaimed = line.contains("Index") && !has("Index Cond:");
        let walk = unaimed && !line.contains("Bitmap") && (has("Filter:") || !limited);
        let blunt = |column: &str| {
            let alone = format!("Index Cond: ({column} = ");
            details
                .iter()
                .any(|line| line.contains(&alone) && !line.contains(" AND "))
        };
        if whole || walk || BLUNT_COLUMNS.iter().any(|column| blunt(column)) {
            found.push(line.trim().to_owned());
        }
    }
    found
}
