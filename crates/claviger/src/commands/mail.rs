//! `claviger mail dead`: mail that was given up, and giving it another chance.

use super::existing::{self, Failure};
use super::settings::Settings;
use super::{complain, complain_of};
use clap::{Args, Subcommand};
use server::log::masked;
use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;
use store::Store;
use store::outbox::{self, DeadLetter};
use types::MailId;

/// Longest time for all statements together.
const SPAN: Duration = Duration::from_secs(30);
/// Dead letters shown.
const SHOWN_MAX: i64 = 1_000;

/// Look after mail.
#[derive(Debug, Args)]
pub(crate) struct Mail {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List mail that was given up, or send it after all
    Dead(Dead),
}

#[derive(Debug, Args)]
struct Dead {
    #[command(flatten)]
    settings: Settings,
    /// Send this one after all
    #[arg(long, value_name = "ID", conflicts_with = "retry_all")]
    retry: Option<MailId>,
    /// Send all of them after all
    #[arg(long)]
    retry_all: bool,
}

impl Mail {
    #[expect(clippy::print_stdout, reason = "what the command is for")]
    pub(crate) fn run(self) -> ExitCode {
        let Verb::Dead(dead) = self.verb;
        let loaded = match dead.settings.load(false) {
            Ok(loaded) => loaded,
            Err(problems) => return complain(&problems),
        };
        let work = async {
            let store = existing::open(&loaded.config)?;
            dead.answer(&store).await
        };
        match existing::block_on(work) {
            Ok(Some(text)) => {
                print!("{text}");
                ExitCode::SUCCESS
            }
            Ok(None) => complain(&"no mail with this id was given up"),
            Err(e) => complain_of(&e),
        }
    }
}

impl Dead {
    /// What was done, for a person; `None`: there was nothing to do it to.
    async fn answer(&self, store: &Store) -> Result<Option<String>, Failure> {
        let call = existing::call(SPAN);
        let mut db = store.db(&call);
        if !self.retry_all && self.retry.is_none() {
            let letters = outbox::list_dead(&mut db, SHOWN_MAX).await?;
            return Ok(Some(list(&letters)));
        }
        let mut tx = db.begin().await?;
        let revived = match self.retry {
            Some(id) => u64::from(outbox::revive(&mut tx, id, call.now).await?),
            None => outbox::revive_all(&mut tx, call.now).await?,
        };
        tx.commit().await?;
        let text = match revived {
            0 if self.retry.is_some() => None,
            1 => Some("1 mail will be sent by the next server that looks\n".to_owned()),
            many => Some(format!(
                "{many} mails will be sent by the next server that looks\n"
            )),
        };
        Ok(text)
    }
}

fn list(letters: &[DeadLetter]) -> String {
    let mut text = String::new();
    for letter in letters {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}  {}  {}\n    written {}, given up {} after {} attempts: {}",
            letter.id,
            letter.kind,
            masked(&letter.recipient),
            letter.created_at,
            letter.dead_at,
            letter.attempts,
            masked(&letter.last_error),
        );
    }
    if letters.is_empty() {
        text.push_str("no mail was given up\n");
    }
    text
}
