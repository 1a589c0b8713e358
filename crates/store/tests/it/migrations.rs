//! Migrations: once, whole or not at all, and only on a database that this server knows.

use crate::children::{Part, Word};
use crate::engine::{
    Engine, Home, World, call, call_within, column, on_both_engines, params, query, query_of,
};
use crate::schema::{COLUMNS, INDEXES};
use std::time::Duration;
use store::db::Query;
use store::migrate::{self, AUTH_VERSION, Report, UnknownSchema};
use store::{Error, Read, Result, Store};
use tokio::task::JoinSet;

on_both_engines!(
    second_start_changes_nothing,
    own_schema_is_not_taken_for_an_adopted_one,
    each_migration_is_recorded_with_its_checksum,
    database_of_a_newer_server_is_refused,
    changed_migration_is_refused,
    other_auth_schemas_are_refused_unless_the_operator_insists,
    lost_auth_schema_is_refused,
    servers_that_start_at_once_migrate_once,
    wait_for_another_server_is_cut_by_the_deadline,
    small_pools_migrate_too;
    sqlite: migration_killed_at_any_write_is_taken_up_again;
    postgres: migration_killed_at_any_wait_is_taken_up_again,
        no_time_limit_of_the_session_cuts_a_migration,
);

/// Every migration by its number; GoTrue's schema is number 0.
const NAMES: [&str; 7] = [
    "auth",
    "claviger",
    "secrets",
    "stores",
    "changes_at",
    "teams",
    "emergency_owner",
];

/// The numbers of our own migrations.
pub(crate) fn all() -> Vec<i64> {
    (1..).take(NAMES.len() - 1).collect()
}

/// How many are recorded in the end.
async fn recorded(world: &World) -> usize {
    let count = world.number("SELECT count(*) FROM migrations").await;
    usize::try_from(count).unwrap()
}

async fn run(store: &Store) -> Result<Report> {
    migrate::run(store, &call(), UnknownSchema::Refuse).await
}

#[track_caller]
fn assert_unusable(outcome: Result<Report>, words: &str) {
    match outcome {
        Err(Error::Unusable(reason)) => assert!(reason.contains(words), "{reason}"),
        other => panic!("{other:?}"),
    }
}

async fn second_start_changes_nothing(world: World) {
    let before = schema(&world).await;
    let report = run(&world.another_store()).await.unwrap();
    assert_eq!(report.applied, [0_i64; 0]);
    assert_eq!(schema(&world).await, before);
}

async fn own_schema_is_not_taken_for_an_adopted_one(world: World) {
    let empty = World::empty(world.engine);
    let expected = |applied: &[i64]| Report {
        adopted: false,
        auth_version: AUTH_VERSION.to_owned(),
        applied: applied.to_vec(),
    };
    assert_eq!(run(&empty.store).await.unwrap(), expected(&all()));
    assert_eq!(run(&empty.store).await.unwrap(), expected(&[]));
}

async fn each_migration_is_recorded_with_its_checksum(world: World) {
    let every = query("SELECT number, name, checksum FROM migrations ORDER BY number LIMIT 9");
    let rows = world.db().rows(every, Vec::new()).await.unwrap();
    for ((number, name), mut row) in NAMES.iter().enumerate().zip(rows) {
        assert_eq!(row.take::<i64>().unwrap(), i64::try_from(number).unwrap());
        assert_eq!(row.take::<String>().unwrap(), *name);
        assert_eq!(row.take::<Vec<u8>>().unwrap().len(), 32);
    }
    assert_eq!(recorded(&world).await, NAMES.len());
}

async fn database_of_a_newer_server_is_refused(world: World) {
    world
        .script_of(
            "INSERT INTO migrations VALUES (99, 'future', x'00', 0)",
            "INSERT INTO migrations VALUES (99, 'future', '\\x00', 'epoch')",
        )
        .await;
    assert_unusable(
        run(&world.store).await,
        "was migrated to 99 by a newer server",
    );
}

async fn changed_migration_is_refused(world: World) {
    for number in ["0", "1"] {
        let change = format!("UPDATE migrations SET checksum = name WHERE number = {number}");
        let sqlite = change.replace("= name", "= x'00'");
        world
            .script_of(&sqlite, &change.replace("= name", "= '\\x00'"))
            .await;
        assert_unusable(run(&world.store).await, "with another text");
        let mend = if number == "0" {
            "DELETE FROM migrations WHERE number = 0"
        } else {
            "SELECT 1"
        };
        world.script(mend).await;
    }
}

async fn other_auth_schemas_are_refused_unless_the_operator_insists(world: World) {
    let insists = async || migrate::run(&world.store, &call(), UnknownSchema::Adopt).await;
    world
        .script("INSERT INTO schema_migrations (version) VALUES ('20990101000000')")
        .await;
    assert_unusable(run(&world.store).await, "newer than 20260625000000");
    assert_eq!(insists().await.unwrap().auth_version, "20990101000000");
    world
        .script("DELETE FROM schema_migrations WHERE version > '2026'")
        .await;
    assert_unusable(run(&world.store).await, "older than 20260625000000");
    insists().await.unwrap();
    world.script("DELETE FROM schema_migrations").await;
    assert_unusable(run(&world.store).await, "cannot be read");
    insists().await.unwrap();
}

async fn lost_auth_schema_is_refused(world: World) {
    world
        .script_of("DROP TABLE users", "DROP SCHEMA auth CASCADE")
        .await;
    assert_unusable(run(&world.store).await, "are gone");
}

async fn servers_that_start_at_once_migrate_once(world: World) {
    const SERVERS: usize = 8;
    let empty = World::empty(world.engine);
    let mut servers = JoinSet::new();
    for _ in 0..SERVERS {
        let target = empty.target.clone();
        servers.spawn(async move {
            let store = Store::open(&target)?;
            run(&store).await
        });
    }
    let reports = servers.join_all().await.into_iter().map(Result::unwrap);
    let mut applied: Vec<_> = reports.flat_map(|report| report.applied).collect();
    applied.sort_unstable();
    assert_eq!(applied, all(), "each by one of them");
    assert_eq!(schema(&empty).await, schema(&world).await);
}

/// The lock that one server holds while it migrates, and others wait for.
const LOCK: Query = query_of(
    "SELECT 1",
    "SELECT CAST(pg_advisory_xact_lock(7164763675061511538) AS TEXT)",
);

async fn wait_for_another_server_is_cut_by_the_deadline(world: World) {
    let empty = World::empty(world.engine);
    let mut holder = empty.another_store().db(&call()).begin().await.unwrap();
    holder.rows(LOCK, Vec::new()).await.unwrap();
    let impatient = call_within(Duration::from_millis(200));
    let late = migrate::run(&empty.store, &impatient, UnknownSchema::Refuse).await;
    assert!(matches!(late, Err(Error::Late)), "{late:?}");
    drop(holder);
    assert_eq!(run(&empty.store).await.unwrap().applied, all());
}

/// An event trigger notes the limits that are in force while tables are made.
async fn no_time_limit_of_the_session_cuts_a_migration(world: World) {
    let empty = World::empty(world.engine);
    empty
        .script(
            "CREATE TABLE public.limits (statement text, lock text, idle text);
             CREATE FUNCTION public.note() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN
                INSERT INTO public.limits VALUES (current_setting('statement_timeout'),
                    current_setting('lock_timeout'),
                    current_setting('idle_in_transaction_session_timeout'));
             END$$;
             CREATE EVENT TRIGGER note ON ddl_command_start EXECUTE FUNCTION public.note()",
        )
        .await;
    run(&empty.store).await.unwrap();
    let limited = query(
        "SELECT count(*) FROM public.limits WHERE (statement, lock, idle) <> ('0', '0', '0')
         UNION ALL SELECT count(*) FROM public.limits",
    );
    let counts: Vec<i64> = column(empty.db().rows(limited, params![]).await.unwrap());
    assert_eq!(counts[0], 0, "of {}", counts[1]);
    assert!(counts[1] > 50);
}

/// Each start goes one wait further than the last one, which was killed there, on the same
/// database. Whoever is killed leaves it before or after the step.
async fn migration_killed_at_any_wait_is_taken_up_again(whole: World) {
    const WAITS_MAX: usize = 1_000;
    let expected = schema(&whole).await;
    let between = between_steps(&expected);
    let world = World::empty(Engine::Postgres);
    for waits in 0..WAITS_MAX {
        let mut process = Part::MigrateUntil(waits).start(&world.target);
        let word = process.says();
        process.kill();
        let found = schema(&world).await;
        assert!(between.contains(&found), "torn at wait {waits}: {found:?}");
        match word {
            Some(Word::Ready) => {}
            Some(Word::Done) => {
                assert_eq!(found, expected);
                assert_eq!(recorded(&world).await, NAMES.len());
                return;
            }
            None => panic!("it failed at wait {waits}"),
        }
    }
    panic!("it never came to the end");
}

/// `SQLite` waits for nothing but the disk: here the system ends the process in the middle of its
/// writes, each time a part of the way further.
async fn migration_killed_at_any_write_is_taken_up_again(whole: World) {
    const KILLS: u64 = 12;
    const BLOCK_BYTES: u64 = 512;
    const SIGXFSZ: i32 = 25;
    // The file of the shared index has this length from the start.
    const FIRST: u64 = 32 << 10;
    let expected = schema(&whole).await;
    let between = between_steps(&expected);
    let log = whole.folder().join("claviger.db-wal");
    let log = std::fs::metadata(log).unwrap().len();
    let world = World::empty(Engine::Sqlite);
    for kill in 0..KILLS {
        let bytes = FIRST + (log - FIRST) * kill / KILLS;
        let process = Part::MigrateWithin(bytes / BLOCK_BYTES).start(&world.target);
        assert_eq!(process.ended_by(), Some(SIGXFSZ), "{bytes} of {log} bytes");
        let found = schema(&world).await;
        assert!(between.contains(&found), "torn at {bytes} of {log} bytes");
    }
    let applied = run(&world.store).await.unwrap().applied;
    assert!(all().ends_with(&applied) && !applied.is_empty());
    assert_eq!(schema(&world).await, expected);
    assert_eq!(recorded(&world).await, NAMES.len());
}

/// The schemas before, between and after the steps, of which the last is `whole`. The first step
/// makes the schema of GoTrue too.
fn between_steps(whole: &Schema) -> Vec<Schema> {
    /// How the names of tables and indexes begin that each later step adds.
    const ADDED: [&[&str]; 5] = [
        &["secrets."],
        &["stores", "store_"],
        &["store_changes_at_idx"],
        &["team", "emergency_"],
        &["emergency_accesses.owner_id"],
    ];
    let mut schemas = vec![whole.clone()];
    for added in ADDED.into_iter().rev() {
        let mut schema = schemas[schemas.len() - 1].clone();
        let is_added = |name: &String| added.iter().any(|prefix| name.starts_with(prefix));
        schema.0.retain(|column| !is_added(column));
        schema.1.retain(|index| !is_added(index));
        assert_ne!(Some(&schema), schemas.last());
        schemas.push(schema);
    }
    schemas.push(Schema::default());
    schemas
}

/// Columns and indexes.
type Schema = (Vec<String>, Vec<String>);

async fn schema(world: &World) -> Schema {
    // At one moment: the database may still commit what a killed process has sent.
    let mut moment = world.db().snapshot().await.unwrap();
    let columns = moment.rows(COLUMNS, Vec::new()).await.unwrap();
    let indexes = moment.rows(INDEXES, Vec::new()).await.unwrap();
    (column(columns), column(indexes))
}

async fn small_pools_migrate_too(world: World) {
    let empty = World::empty(world.engine);
    let store = match &empty.home {
        Home::Folder(_) => empty.store.clone(),
        Home::Database(database) => Store::open(&database.target(1)).unwrap(),
    };
    assert_eq!(run(&store).await.unwrap().applied, all());
}
