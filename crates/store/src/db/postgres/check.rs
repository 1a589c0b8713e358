//! Refusing what this server cannot work with: a transaction pooler in between, an old server.

use super::{Postgres, error, within};
use crate::error::{Error, Result};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use tokio_postgres::{Config, SimpleQueryMessage};
use types::Deadline;

/// The oldest major version that gets fixes, and that the tests run on.
const MAJOR_MIN: u32 = 14;
/// The process that answered a connection's statement.
const PROCESS: &str = "SELECT pg_backend_pid()";

impl Postgres {
    /// See [`crate::Store::check`].
    pub(crate) async fn check(&self, deadline: Deadline) -> Result<()> {
        // Connections of its own, because the pool may have a single one.
        let connections = self.probe(Config::clone(&self.config))?;
        let (one, two) = within(deadline, async {
            tokio::try_join!(connections.get(), connections.get())
        })
        .await?
        .map_err(error::pool)?;
        within(deadline, async {
            require_version(&one).await?;
            if is_pooled(&one, &two).await? {
                return Err(self.refusal(&one).await);
            }
            Ok(())
        })
        .await?
    }

    fn probe(&self, config: Config) -> Result<Pool> {
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_config(config, self.tls.clone(), recycling);
        Pool::builder(manager)
            .max_size(2)
            .build()
            .map_err(Error::unavailable)
    }

    async fn refusal(&self, connection: &Object) -> Error {
        let name = self.pooler(connection).await;
        Error::Unusable(format!(
            "the database URL leads to {name}, which gives each transaction another connection; \
             prepared statements and settings of a session are lost there. Use the URL of the \
             server itself, or of the pooler in session mode (PgBouncer: `pool_mode = session`; \
             Supabase: port 5432 instead of 6543)"
        ))
    }

    /// What the pooler calls itself.
    async fn pooler(&self, connection: &Object) -> &'static str {
        let name = value(connection, "SHOW application_name").await;
        if name.is_ok_and(|name| name.to_lowercase().contains("supavisor")) {
            return "Supavisor in transaction mode";
        }
        // PostgreSQL takes any setting with a dot in its name; PgBouncer takes only what it knows.
        let mut config = Config::clone(&self.config);
        config.options("-c claviger.probe=1");
        let refused = match self.probe(config) {
            Ok(pool) => pool.get().await.map(drop).map_err(error::pool),
            Err(e) => Err(e),
        };
        match refused {
            Err(e) if says(&e, "unsupported startup parameter") => "PgBouncer in transaction mode",
            _ => "a pooler in transaction mode",
        }
    }
}

/// True where an error or one of its causes contains these words.
fn says(e: &(dyn std::error::Error + 'static), words: &str) -> bool {
    e.to_string().contains(words) || e.source().is_some_and(|source| says(source, words))
}

/// `server_version_num` is the major version times 10,000 and the minor.
async fn require_version(connection: &Object) -> Result<()> {
    let number = value(connection, "SHOW server_version_num").await?;
    let major = number.parse::<u32>().unwrap_or_default() / 10_000;
    if major >= MAJOR_MIN {
        return Ok(());
    }
    Err(Error::Unusable(format!(
        "the server is PostgreSQL {major}, which gets no security fixes any more; this server \
         needs PostgreSQL {MAJOR_MIN} or newer"
    )))
}

/// True where two connections share a process of the server, or one changes its process: a pooler
/// assigns them per transaction. A pooler that prefers the process used last is found because both
/// connections get it, one that takes turns because the first gets another when it asks again.
async fn is_pooled(one: &Object, two: &Object) -> Result<bool> {
    let first = value(one, PROCESS).await?;
    if value(one, PROCESS).await? != first {
        return Ok(true);
    }
    let busy = match value(two, "BEGIN; SELECT pg_backend_pid()").await {
        Ok(process) => process,
        // PgBouncer in statement mode has no transactions at all.
        Err(e) if says(&e, "statement pooling mode") => return Ok(true),
        Err(e) => return Err(e),
    };
    if busy == first {
        return Ok(true);
    }
    let moved = value(one, PROCESS).await? != first;
    rollback(two).await?;
    Ok(moved)
}

async fn rollback(connection: &Object) -> Result<()> {
    connection
        .batch_execute("ROLLBACK")
        .await
        .map_err(|e| error::error("check", e))
}

/// The first value that a script returns, as text.
async fn value(connection: &Object, sql: &str) -> Result<String> {
    let messages = connection.simple_query(sql).await;
    let messages = messages.map_err(|e| error::error("check", e))?;
    let found = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    Ok(found.unwrap_or_default().to_owned())
}
