//! `claviger fga import`: fills a store of this server's database from files.

use super::{FAILED, UNREADABLE, complain_of, files};
use crate::commands::existing::{self, Failure};
use crate::commands::settings::Settings;
use crate::commands::{complain, complain_of as complain_of_error};
use authz::import::IMPORTED_AT_ONCE;
use authz::{Authz, StoreFile, WrittenTuple, tuple_file};
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use store::tuples::Author;
use types::{Clock, ModelId, StoreId, SystemClock};

/// Longest time for everything.
const SPAN: Duration = Duration::from_hours(1);
/// How often is said how far it has come.
const PROGRESS_SPAN: Duration = Duration::from_secs(1);

/// Fill a store from files: a store file makes a store with its model and tuples, other files have
/// tuples for a store that is there. Run again, it goes on where it was broken off.
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    settings: Settings,
    /// Import into this store; without it a store file makes a new one
    #[arg(long, value_name = "ID")]
    store: Option<StoreId>,
    /// Said of each change, in the store's history
    #[arg(long, value_name = "WORDS")]
    reason: Option<String>,
    /// A store file (`.fga.yaml`), or tuples (`.csv`, `.json`, `.jsonl`, `.yaml`)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What a file holds.
enum Content {
    Store(Box<StoreFile>),
    Tuples(Vec<WrittenTuple>),
}

impl Import {
    pub(crate) fn run(self) -> u8 {
        let mut contents = Vec::new();
        for path in &self.files {
            match read(path) {
                Ok(content) => contents.push(content),
                Err(failure) => return complain_of(&failure),
            }
        }
        let makes_a_store = |content: &Content| matches!(content, Content::Store(_));
        if self.store.is_none() && !contents.first().is_some_and(makes_a_store) {
            complain(&"tuples need a store: give --store ID, or a store file first");
            return UNREADABLE;
        }
        let loaded = match self.settings.load(false) {
            Ok(loaded) => loaded,
            Err(problems) => {
                complain(&problems);
                return UNREADABLE;
            }
        };
        let work = async {
            let authz = super::opened::authz(&loaded.config)?;
            let outcome = self.import(&authz, contents).await;
            authz.finish().await;
            outcome
        };
        match existing::block_on(work) {
            Ok(()) => 0,
            Err(error) => {
                complain_of_error(&error);
                FAILED
            }
        }
    }

    async fn import(&self, authz: &Authz, contents: Vec<Content>) -> Result<(), Failure> {
        let mut store = self.store;
        for content in contents {
            let tuples = match content {
                Content::Tuples(tuples) => tuples,
                Content::Store(file) => {
                    store = Some(make(authz, store, &file).await?);
                    file.tuples
                }
            };
            if let Some(store) = store {
                self.import_tuples(authz, store, &tuples).await?;
            }
        }
        Ok(())
    }

    async fn import_tuples(
        &self,
        authz: &Authz,
        store: StoreId,
        tuples: &[WrittenTuple],
    ) -> Result<(), Failure> {
        let author = Author {
            actor: "claviger fga import".to_owned(),
            reason: self.reason.clone(),
        };
        let mut progress = Progress::begin(tuples.len());
        let call = existing::call(SPAN);
        let imported = authz.import(&call, store, tuples, &author, |done| progress.tell(done));
        imported.await?;
        progress.end();
        Ok(())
    }
}

fn read(path: &Path) -> Result<Content, authz::Failure> {
    let is_table = |end: &str| ["csv", "json", "jsonl"].contains(&end);
    let end = path.extension().and_then(|end| end.to_str());
    if end.is_some_and(is_table) {
        return tuple_file::read(path, &files).map(Content::Tuples);
    }
    // A list of tuples is YAML, too.
    match StoreFile::read(path, &files) {
        Ok(store) => store
            .model
            .check()
            .map(|()| Content::Store(Box::new(store))),
        Err(failure) => match tuple_file::read(path, &files) {
            Ok(tuples) => Ok(Content::Tuples(tuples)),
            Err(_) => Err(failure),
        },
    }
}

/// Makes the store of a store file, unless there is one to fill, and writes the model.
#[expect(clippy::print_stdout, reason = "what the command is for")]
async fn make(authz: &Authz, into: Option<StoreId>, file: &StoreFile) -> Result<StoreId, Failure> {
    let call = existing::call(SPAN);
    let store = if let Some(store) = into {
        store
    } else {
        let named = Some(file.name.as_str()).filter(|name| !name.is_empty());
        let made = authz.create_store(&call, named.unwrap_or("imported"));
        made.await?.id
    };
    let model: ModelId = authz
        .write_model(&call, store, file.model.model().clone())
        .await?;
    println!("store: {store}\nmodel: {model}");
    Ok(store)
}

/// How far an import has come, said now and then to whoever waits.
struct Progress {
    whole: usize,
    began: Instant,
    told: Instant,
}

impl Progress {
    fn begin(whole: usize) -> Self {
        let began = SystemClock.instant();
        Self {
            whole,
            began,
            told: began,
        }
    }

    fn tell(&mut self, done: usize) {
        let now = SystemClock.instant();
        if now.saturating_duration_since(self.told) >= PROGRESS_SPAN {
            self.told = now;
            say(&format!("{done} of {} tuples", self.whole));
        }
    }

    fn end(&self) {
        let spent = SystemClock.instant().saturating_duration_since(self.began);
        let spent = spent.as_secs_f64();
        let commits = self.whole.div_ceil(IMPORTED_AT_ONCE);
        say(&format!(
            "{} tuples in {commits} commits, {spent:.1} s",
            self.whole
        ));
    }
}

#[expect(
    clippy::print_stderr,
    reason = "progress is for the person who waits, not for what the output is piped into"
)]
fn say(words: &str) {
    eprintln!("{words}");
}
