//! The private servers that the tests use, and the verb that keeps them for a developer.

use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;

use crate::failure::Failure;
use crate::folder::Folder;
use crate::machine::{Owner, Permission};
use crate::needs::{Need, Tools, find_pgbouncer, find_postgres};
use crate::pgbouncer::PgBouncer;
use crate::postgres::{Commits, Home, Postgres};
use crate::repository::Repository;
use crate::steps::Steps;
use crate::watchdog::Watchdog;

/// Where the tests find PostgreSQL: an address without a database.
pub(crate) const POSTGRES: &str = "CLAVIGER_TEST_POSTGRES";

/// The port of a transaction pooler in front of it, where there is one.
pub(crate) const PGBOUNCER: &str = "CLAVIGER_TEST_PGBOUNCER";

/// A database as Supabase Auth left it, for tests to copy, and the dump that it is made from.
const SUPABASE_AUTH: (&str, &str) = (
    "supabase_auth",
    "conformance/recorded/supabase-auth-db.sql.gz",
);

/// Running servers. They stop in the order of the fields, and their folder goes last.
#[derive(Debug)]
pub(crate) struct Services {
    pgbouncer: Option<PgBouncer>,
    postgres: Postgres,
    _home: Home,
}

impl Services {
    /// Starts PostgreSQL with the recorded database, and PgBouncer where it is installed.
    pub(crate) fn start(repository: &Repository, watchdog: &Rc<Watchdog>) -> Result<Self, Failure> {
        let owner = Owner::find()?;
        let folder = Folder::create(owner, watchdog)?;
        let home = Home {
            folder,
            owner,
            watchdog: Rc::clone(watchdog),
        };
        let programs = find_postgres()?;
        let postgres = Postgres::start(&programs, &home, Commits::Volatile)?;
        let (database, dump) = SUPABASE_AUTH;
        postgres.restore(&programs, &home, database, &repository.root.join(dump))?;
        let start = |program| PgBouncer::start(program, &postgres, &home);
        let pgbouncer = find_pgbouncer().as_deref().map(start).transpose()?;
        Ok(Self {
            pgbouncer,
            postgres,
            _home: home,
        })
    }

    /// The variables by which tests find the servers.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let pooler = self
            .pgbouncer
            .as_ref()
            .map(|pooler| (PGBOUNCER, pooler.port.to_string()));
        [(POSTGRES, self.postgres.url())]
            .into_iter()
            .chain(pooler)
            .collect()
    }
}

/// `cargo xtask services`: starts them, prints how to reach them, and waits for Ctrl-C.
pub(crate) fn serve(permission: Permission) -> Result<ExitCode, Failure> {
    let repository = Repository::find()?;
    let watchdog = Rc::new(Watchdog::start()?);
    let tools = Tools::new(&repository);
    tools.provide(&[Need::Postgres, Need::PgBouncer], permission, &watchdog)?;
    let mut steps = Steps::begin();
    let started = steps.run("private servers", || {
        Services::start(&repository, &watchdog)
    });
    let Some(mut services) = started else {
        return Ok(ExitCode::FAILURE);
    };
    let exports = services.environment().into_iter();
    let lines: Vec<_> = exports
        .map(|(name, value)| {
            format!(
                "export {name}={value}
"
            )
        })
        .collect();
    io::stdout()
        .write_all(lines.concat().as_bytes())
        .map_err(|error| Failure::because("cannot print", error))?;
    eprintln!("Ctrl-C stops them and removes their folder");
    services.postgres.wait()?;
    Err(Failure::new("PostgreSQL was stopped by somebody else"))
}
