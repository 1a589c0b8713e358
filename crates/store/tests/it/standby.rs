//! Servers that cannot write: a hot standby, a full disk.

use crate::cluster::{Server, folder, give, lend, new_cluster};
use crate::engine::{Engine, Home, World, call, on_postgres_alone, params};
use crate::programs::{output, postgres_program};
use crate::transactions::{IDS, INSERT};
use std::path::Path;
use std::process::Command;
use store::migrate::{self, UnknownSchema};
use store::{Error, Read, Result, Store, Target};

on_postgres_alone!(
    standby_is_read_and_not_written,
    full_tablespace_is_unavailable,
);

fn world_on(server: &Server) -> World {
    let target = Target::Postgres {
        url: server.url("localhost", "postgres").into(),
        connections_max: 2,
    };
    World {
        engine: Engine::Postgres,
        store: Store::open(&target).unwrap(),
        target,
        home: Home::Folder(tempfile::tempdir().unwrap()),
    }
}

async fn insert(world: &World, id: i64, name: &str) -> Result<()> {
    let mut tx = world.db().begin().await?;
    tx.queue(INSERT, params![id, name]);
    tx.commit().await
}

fn standby_is_read_and_not_written() {
    let home = folder();
    let primary = Server::postgres(&new_cluster(home.path()), &[]);
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let world = world_on(&primary);
        migrate::run(&world.store, &call(), UnknownSchema::Refuse)
            .await
            .unwrap();
        crate::transactions::make_things(&world).await;
        insert(&world, 1, "x").await.unwrap();
        let copy = home.path().join("standby");
        let mut backup = Command::new(postgres_program("pg_basebackup"));
        backup.args([
            "-h",
            "localhost",
            "-p",
            &primary.port.to_string(),
            "-U",
            "postgres",
        ]);
        backup
            .args(["-R", "-c", "fast", "-X", "stream", "-D"])
            .arg(&copy);
        output(lend(backup.current_dir(home.path())));
        let standby = Server::postgres(&copy, &[]);
        let world = world_on(&standby);
        let report = migrate::run(&world.store, &call(), UnknownSchema::Refuse).await;
        assert_eq!(
            report.expect("nothing to do is no reason to write").applied,
            [0_i64; 0]
        );
        let mut snapshot = world.db().snapshot().await.unwrap();
        assert_eq!(snapshot.rows(IDS, Vec::new()).await.unwrap().len(), 1);
        let refused = insert(&world, 2, "x").await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    });
}

/// A tablespace on a file system of a few pages.
fn full_tablespace_is_unavailable() {
    let name = "full_tablespace_is_unavailable";
    let home = folder();
    let disk = home.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let mut mount = Command::new("mount");
    mount
        .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
        .arg(&disk);
    if !mount.output().is_ok_and(|output| output.status.success()) {
        return crate::engine::say(&format!("NOT RUN, may not mount a tmpfs: {name}"));
    }
    give(&disk);
    let disk = Mounted(&disk);
    let server = Server::postgres(&new_cluster(home.path()), &[]);
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let world = world_on(&server);
        let small = format!("CREATE TABLESPACE small LOCATION '{}'", disk.0.display());
        world.script(&small).await;
        world
            .script(
                "CREATE SCHEMA claviger;
                 CREATE TABLE claviger.things (id bigint, name text) TABLESPACE small;
                 ALTER TABLE claviger.things ALTER COLUMN name SET STORAGE EXTERNAL",
            )
            .await;
        let mut stored = 0;
        let failed = loop {
            match insert(&world, stored, &"x".repeat(50_000)).await {
                Ok(()) => stored += 1,
                Err(e) => break e,
            }
        };
        assert!(matches!(failed, Error::Unavailable(_)), "{failed:?}");
        assert_eq!(world.number("SELECT count(*) FROM things").await, stored);
        world.script("DROP TABLE things").await;
        crate::transactions::make_things(&world).await;
        insert(&world, 1, "x").await.expect("it goes on");
    });
    drop(server);
}

struct Mounted<'a>(&'a Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.0).status();
        assert!(unmounted.unwrap().success());
    }
}
