//! `claviger fga delete`: deletes the tuples of an object, of a user or of a type.

use super::{FAILED, UNREADABLE};
use crate::commands::existing;
use crate::commands::settings::Settings;
use crate::commands::{complain, complain_of};
use authz::write::Matching;
use clap::Args;
use std::time::Duration;
use store::tuples::Author;
use types::{InvalidTuple, Object, StoreId, Subject};

/// Longest time for everything.
const SPAN: Duration = Duration::from_hours(1);

/// Delete all tuples of an object, a user or a type. Each deletion is in the store's history.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    settings: Settings,
    /// From which store
    #[arg(long, value_name = "ID")]
    store: StoreId,
    #[command(flatten)]
    which: Which,
    /// Said of each deletion, in the store's history
    #[arg(long, value_name = "WORDS")]
    reason: Option<String>,
}

/// Which tuples: one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// Whoever has whatever relation to this object (`document:budget`)
    #[arg(long, value_name = "TYPE:ID")]
    object: Option<String>,
    /// Whatever this user has a relation to (`user:ann`, `group:staff#member`, `user:*`)
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Everything about objects of this type
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,
}

impl Which {
    fn matching(self) -> Result<Matching, InvalidTuple> {
        match self {
            Self {
                object: Some(object),
                ..
            } => Object::parse(&object).map(Matching::Object),
            Self {
                user: Some(user), ..
            } => Subject::parse(&user).map(Matching::Subject),
            Self { type_name, .. } => Ok(Matching::Type(type_name.unwrap_or_default())),
        }
    }
}

impl Delete {
    #[expect(clippy::print_stdout, reason = "what the command is for")]
    pub(crate) fn run(self) -> u8 {
        let matching = match self.which.matching() {
            Ok(matching) => matching,
            Err(error) => {
                complain(&error);
                return UNREADABLE;
            }
        };
        let loaded = match self.settings.load(false) {
            Ok(loaded) => loaded,
            Err(problems) => {
                complain(&problems);
                return UNREADABLE;
            }
        };
        let author = Author {
            actor: "claviger fga delete".to_owned(),
            reason: self.reason,
        };
        let work = async {
            let authz = super::opened::authz(&loaded.config)?;
            let call = existing::call(SPAN);
            let deleted = authz.delete_matching(&call, self.store, &matching, author);
            let deleted = deleted.await;
            authz.finish().await;
            Ok::<_, existing::Failure>(deleted?)
        };
        match existing::block_on(work) {
            Ok(deleted) => {
                println!("{deleted} tuples deleted");
                0
            }
            Err(error) => {
                complain_of(&error);
                FAILED
            }
        }
    }
}
