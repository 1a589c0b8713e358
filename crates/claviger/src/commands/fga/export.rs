//! `claviger fga export`: a store of this server's database as a store file.

use super::{FAILED, UNREADABLE};
use crate::commands::existing::{self, Failure};
use crate::commands::settings::Settings;
use crate::commands::{complain, complain_of};
use authz::reading::ReadFilter;
use authz::{Authz, Page};
use clap::Args;
use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;
use std::time::Duration;
use store::tuples::StoredTuple;
use types::{StoreId, TupleKey};

/// Longest time for everything.
const SPAN: Duration = Duration::from_hours(1);
/// Tuples that are read at once.
const PAGE: usize = 1_000;

/// Write a store as a store file, which `claviger fga test` and `import` and OpenFGA's own command
/// line read: its name, its newest model, and its tuples.
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    settings: Settings,
    /// Which store
    #[arg(long, value_name = "ID")]
    store: StoreId,
    /// Write to this file, and not to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    pub(crate) fn run(self) -> u8 {
        let loaded = match self.settings.load(false) {
            Ok(loaded) => loaded,
            Err(problems) => {
                complain(&problems);
                return UNREADABLE;
            }
        };
        let work = async {
            let authz = super::opened::authz(&loaded.config)?;
            match &self.output {
                Some(path) => self.export(&authz, File::create(path)?).await,
                None => self.export(&authz, stdout().lock()).await,
            }
        };
        match existing::block_on(work) {
            Ok(()) => 0,
            Err(error) => {
                complain_of(&error);
                FAILED
            }
        }
    }

    async fn export(&self, authz: &Authz, out: impl Write) -> Result<(), Failure> {
        let call = existing::call(SPAN);
        let mut out = BufWriter::new(out);
        let store = authz.find_store(&call, self.store).await?;
        writeln!(out, "name: {}", quoted(&store.name))?;
        let newest = Page {
            size: 1,
            after: None,
        };
        let models = authz.list_models(&call, self.store, newest).await?;
        if let Some(model) = models.items.first() {
            writeln!(out, "model: |")?;
            for line in model.text().lines() {
                writeln!(out, "  {line}")?;
            }
        }
        writeln!(out, "tuples:")?;
        let mut after: Option<TupleKey> = None;
        loop {
            let page = Page { size: PAGE, after };
            let all = ReadFilter::default();
            let found = authz.read(&call, self.store, &all, page).await?;
            for tuple in &found.items {
                writeln!(out, "  - {}", line(tuple))?;
            }
            after = found.next;
            if after.is_none() {
                break;
            }
        }
        Ok(out.flush()?)
    }
}

/// A tuple on one line: JSON, which is YAML too.
fn line(stored: &StoredTuple) -> String {
    let TupleKey {
        subject,
        relation,
        object,
    } = &stored.tuple.key;
    let (user, object) = (quoted(&subject.to_string()), quoted(&object.to_string()));
    let relation = quoted(relation);
    let condition = stored.tuple.condition.as_ref().map(|condition| {
        let context = serde_json::Value::Object(condition.context.clone());
        let name = quoted(&condition.name);
        format!(", \"condition\": {{\"name\": {name}, \"context\": {context}}}")
    });
    let condition = condition.unwrap_or_default();
    format!("{{\"user\": {user}, \"relation\": {relation}, \"object\": {object}{condition}}}")
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
