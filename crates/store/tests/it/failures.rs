//! What is broken outside of us is `Unavailable`, what the application refuses is `Raised`.

use crate::engine::{
    Engine, Home, World, administer, call, column, command, eventually, on_both_engines, params,
    query,
};
use crate::people::{insert_user, user, user_with_email};
use crate::transactions::{IDS, INSERT, ids, make_things};
use store::db::{Command, Query};
use store::{Error, Read, Result, Store, Target};

on_both_engines!(
    read_only_database_is_unavailable,
    full_disk_is_unavailable,
    absent_server_is_unavailable,
    trigger_of_the_application_speaks_through,
    constraints_of_the_tables_are_raised,
    append_only_tables_refuse_change,
    statement_outlives_a_changed_table;
    sqlite: foreign_file_is_unusable, database_file_is_private;
    postgres: killed_connection_fails_one_call, deadlock_is_unavailable,
);

#[track_caller]
fn assert_unavailable<T: std::fmt::Debug>(outcome: Result<T>) {
    match outcome {
        Err(e @ Error::Unavailable(_)) => assert!(e.is_outage()),
        other => panic!("{other:?}"),
    }
}

async fn insert(world: &World, id: i64) -> Result<()> {
    let mut tx = world.db().begin().await?;
    tx.queue(INSERT, params![id, "x"]);
    tx.commit().await
}

async fn killed_connection_fails_one_call(world: World) {
    const WHO: Query = query("SELECT CAST(pg_backend_pid() AS BIGINT)");
    make_things(&world).await;
    let mut tx = world.db().begin().await.unwrap();
    tx.execute(INSERT, params![1_i64, "x"]).await.unwrap();
    let process = column::<i64>(tx.rows(WHO, Vec::new()).await.unwrap())[0];
    administer(
        "postgres",
        &format!("SELECT pg_terminate_backend({process})"),
    );
    assert_unavailable(tx.execute(INSERT, params![2_i64, "x"]).await);
    assert!(matches!(tx.commit().await, Err(Error::Aborted)));
    assert_eq!(ids(&world).await, [0_i64; 0]);
    insert(&world, 1)
        .await
        .expect("the next call has another connection");
    // While a statement waits for its answer.
    let mut waiting = world.db();
    let slow = waiting.rows(query("SELECT CAST(pg_sleep(60) AS TEXT)"), Vec::new());
    let kill = async {
        let sleeping = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event = 'PgSleep'";
        eventually("the statement runs", async || {
            world.number(sleeping).await == 1
        })
        .await;
        let name = world.database().name.clone();
        let all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event = 'PgSleep'";
        tokio::task::spawn_blocking(move || administer(&name, all))
            .await
            .unwrap();
    };
    let (slow, ()) = tokio::join!(slow, kill);
    assert_unavailable(slow);
    insert(&world, 2)
        .await
        .expect("the next call has another connection");
}

async fn read_only_database_is_unavailable(world: World) {
    make_things(&world).await;
    let store = match &world.home {
        Home::Folder(_) => {
            world.script("PRAGMA query_only = 1").await;
            world.store.clone()
        }
        Home::Database(database) => {
            let read_only = "SET default_transaction_read_only = on";
            administer(
                "postgres",
                &format!("ALTER DATABASE {} {read_only}", database.name),
            );
            world.another_store()
        }
    };
    let db = store.db(&call());
    let awaited = async {
        let mut tx = db.begin().await?;
        tx.execute(INSERT, params![1_i64, "x"]).await
    };
    assert_unavailable(awaited.await);
    let queued = async {
        let mut tx = db.begin().await?;
        tx.queue(INSERT, params![1_i64, "x"]);
        tx.commit().await
    };
    assert_unavailable(queued.await);
    db.clone()
        .rows(IDS, Vec::new())
        .await
        .expect("it can be read");
}

/// On PostgreSQL the code of a full disk, as the server would send it.
async fn full_disk_is_unavailable(world: World) {
    make_things(&world).await;
    let full = "CREATE FUNCTION claviger.no_space() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END$$;
        CREATE TRIGGER no_space BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION claviger.no_space()";
    world.script_of("PRAGMA max_page_count = 1", full).await;
    let mut failed = Ok(());
    for id in 0..10_000 {
        failed = insert(&world, id).await;
        if failed.is_err() {
            break;
        }
    }
    assert_unavailable(failed);
    let mend = "DROP TRIGGER no_space ON things";
    world
        .script_of("PRAGMA max_page_count = 1000000", mend)
        .await;
    insert(&world, 20_000).await.expect("it goes on");
}

async fn absent_server_is_unavailable(world: World) {
    let target = match &world.home {
        Home::Folder(folder) => Target::Sqlite {
            path: folder.path().join("no such folder/claviger.db"),
            ephemeral: false,
        },
        Home::Database(_) => {
            let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let port = nobody.local_addr().unwrap().port();
            Target::Postgres {
                url: format!("postgres://postgres@127.0.0.1:{port}/postgres").into(),
                connections_max: 1,
            }
        }
    };
    match Store::open(&target) {
        Ok(store) => {
            assert_unavailable(store.db(&call()).rows(IDS, Vec::new()).await);
            assert_unavailable(store.db(&call()).begin().await);
            assert_unavailable(store.check(&call()).await);
        }
        Err(e) => assert_unavailable::<()>(Err(e)),
    }
}

async fn trigger_of_the_application_speaks_through(world: World) {
    let sqlite = "CREATE TRIGGER refuse BEFORE INSERT ON users BEGIN
        SELECT RAISE(ABORT, 'not on our list'); END";
    let postgres = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
        RAISE 'not on our list' USING HINT = 'ask us', DETAIL = 'list 7', ERRCODE = 'PT402';
        END$$;
        CREATE TRIGGER refuse BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION refuse()";
    world.script_of(sqlite, postgres).await;
    let Err(Error::Raised(raised)) = insert_user(&world, &user()).await else {
        panic!("the trigger refuses");
    };
    assert_eq!(raised.message, "not on our list");
    let expected = match world.engine {
        Engine::Sqlite => ["23001", "", ""],
        Engine::Postgres => ["PT402", "ask us", "list 7"],
    };
    assert_eq!([raised.sqlstate, raised.hint, raised.detail], expected);
}

async fn constraints_of_the_tables_are_raised(world: World) {
    let mut too_long = user_with_email(&"a".repeat(256));
    let refused = insert_user(&world, &too_long).await;
    assert!(matches!(refused, Err(Error::Raised(_))), "{refused:?}");
    too_long.email = None;
    too_long.email_change_confirm_status = 3;
    let refused = insert_user(&world, &too_long).await;
    assert!(matches!(&refused, Err(Error::Raised(raised)) if raised.sqlstate == "23514"));
    let nothing = world
        .try_script("INSERT INTO schema_migrations (version) VALUES (NULL)")
        .await;
    assert!(matches!(&nothing, Err(Error::Raised(raised)) if raised.sqlstate == "23502"));
}

async fn append_only_tables_refuse_change(world: World) {
    let fill = [
        "INSERT INTO credit_entries (id, user_id, amount, balance_after, reason, actor, created_at)
         VALUES ($1, $1, 5, 5, 'r', 'a', $2)",
        "INSERT INTO events (id, at, event, request_id, detail) VALUES ($1, $2, 'e', 'r', '{}')",
    ];
    for text in fill {
        let mut tx = world.db().begin().await.unwrap();
        tx.queue(
            command(text),
            params![uuid::Uuid::nil(), crate::people::NOW],
        );
        tx.commit().await.unwrap();
    }
    for (table, change) in [
        ("credit_entries", "UPDATE credit_entries SET amount = 6"),
        ("credit_entries", "DELETE FROM credit_entries"),
        ("events", "UPDATE events SET event = 'f'"),
        ("events", "DELETE FROM events"),
    ] {
        let Err(Error::Raised(raised)) = world.try_script(change).await else {
            panic!("{change}");
        };
        let verb = change.split(' ').next().unwrap();
        assert_eq!(
            raised.message,
            format!("{table} is append-only: {verb} is refused")
        );
        assert_eq!(raised.sqlstate, "23001");
    }
}

/// Supabase Auth may migrate its tables while we run: one call fails, the next is prepared anew.
async fn statement_outlives_a_changed_table(world: World) {
    const NAMES: Query = query("SELECT name FROM things ORDER BY id LIMIT 10");
    make_things(&world).await;
    insert(&world, 1).await.unwrap();
    world.db().rows(NAMES, Vec::new()).await.unwrap();
    let sqlite = "ALTER TABLE things ADD COLUMN more TEXT";
    let postgres = "ALTER TABLE things ALTER COLUMN name TYPE varchar(20)";
    world.script_of(sqlite, postgres).await;
    if let Err(e) = world.db().rows(NAMES, Vec::new()).await {
        assert_unavailable::<()>(Err(e));
    }
    let names = world
        .db()
        .rows(NAMES, Vec::new())
        .await
        .expect("prepared anew");
    assert_eq!(column::<String>(names), ["x"]);
}

async fn deadlock_is_unavailable(world: World) {
    const TOUCH: Command = command("UPDATE things SET name = 'y' WHERE id = $1");
    make_things(&world).await;
    insert(&world, 1).await.unwrap();
    insert(&world, 2).await.unwrap();
    let mut one = world.db().begin().await.unwrap();
    let mut two = world.db().begin().await.unwrap();
    one.execute(TOUCH, params![1_i64]).await.unwrap();
    two.execute(TOUCH, params![2_i64]).await.unwrap();
    let (one, two) = tokio::join!(
        one.execute(TOUCH, params![2_i64]),
        two.execute(TOUCH, params![1_i64]),
    );
    let (ended, went_on) = if one.is_err() { (one, two) } else { (two, one) };
    assert_unavailable(ended);
    assert_eq!(went_on.unwrap(), 1);
}

async fn foreign_file_is_unusable(world: World) {
    let folder = world.folder();
    let path = folder.join("letter.txt");
    std::fs::write(&path, "Dear operator, ".repeat(500)).unwrap();
    let opened = Store::open(&Target::Sqlite {
        path,
        ephemeral: false,
    });
    assert!(matches!(opened, Err(Error::Unusable(_))), "{opened:?}");
}

/// Password hashes and tokens are in it.
async fn database_file_is_private(world: World) {
    use std::os::unix::fs::PermissionsExt;
    let folder = world.folder();
    make_things(&world).await;
    insert(&world, 1).await.unwrap();
    for name in ["claviger.db", "claviger.db-wal", "claviger.db-shm"] {
        let about = std::fs::metadata(folder.join(name)).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, 0o600, "{name}");
    }
}
