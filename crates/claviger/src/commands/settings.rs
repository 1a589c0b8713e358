//! The flags that say which configuration a command uses.

use clap::Args;
use server::config::{self, Flags, Loaded, Problems};
use std::path::PathBuf;

/// Where the configuration comes from, beside the environment.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// The configuration file [default: claviger.toml here or in the data folder, if present]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the server listens [default: 127.0.0.1:9999]; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The folder of the embedded database and the private keys [default: ./data]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// `postgres://user:password@host/database?sslmode=verify-full`, or `sqlite:FILE`
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// `redis://host`, shared by several servers
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    /// Keep nothing: database and keys go when the server stops
    #[arg(long)]
    ephemeral: bool,
    /// Use a database whose auth schema is newer than this server knows
    #[arg(long)]
    adopt_unknown_schema: bool,
}

impl Settings {
    pub(crate) fn load(&self, json: bool) -> Result<Loaded, Problems> {
        let flags = Flags {
            config_file: self.config.clone(),
            listen: self.listen.clone(),
            data: self.data.clone(),
            database: self.database.clone(),
            redis: self.redis.clone(),
            ephemeral: self.ephemeral,
            adopt_unknown_schema: self.adopt_unknown_schema,
            json,
        };
        config::load(&flags, std::env::vars_os(), &|path| {
            std::fs::read_to_string(path)
        })
    }
}
