//! `claviger fga explain`: why a question is answered as it is.

use super::{FAILED, UNREADABLE};
use crate::commands::existing;
use crate::commands::settings::Settings;
use crate::commands::{complain, complain_of};
use authz::{CheckQuestion, Consistency, Explained, Given, Scope, WrittenTuple};
use clap::Args;
use std::time::Duration;
use types::{JsonObject, ModelId, StoreId, Subject};

/// Longest time for everything.
const SPAN: Duration = Duration::from_secs(30);

/// Say why a question is answered as it is: what granted, or every way that did not, who wrote each
/// tuple and when, and the one tuple that would turn the answer.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    settings: Settings,
    /// In which store
    #[arg(long, value_name = "ID")]
    store: StoreId,
    /// Of which model [default: the newest]
    #[arg(long, value_name = "ID")]
    model: Option<ModelId>,
    /// Values for conditions, as a JSON object
    #[arg(long, value_name = "JSON", value_parser = json_object)]
    context: Option<JsonObject>,
    /// A tuple that counts for this question only: `document:budget#viewer@user:ann`
    #[arg(long = "with", value_name = "TUPLE", value_parser = tuple)]
    contextual: Vec<WrittenTuple>,
    /// Who: `user:ann`
    user: String,
    /// Which relation: `viewer`
    relation: String,
    /// To what: `document:budget`
    object: String,
}

fn json_object(text: &str) -> Result<JsonObject, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Reads `object#relation@user`.
fn tuple(text: &str) -> Result<WrittenTuple, String> {
    let form = || "a tuple is `object#relation@user`".to_owned();
    let (object, rest) = text.split_once('#').ok_or_else(form)?;
    let (relation, user) = rest.split_once('@').ok_or_else(form)?;
    Subject::parse(user).map_err(|error| format!("user `{user}`: {error}"))?;
    Ok(WrittenTuple {
        user: user.to_owned(),
        relation: relation.to_owned(),
        object: object.to_owned(),
        condition: None,
    })
}

impl Explain {
    #[expect(clippy::print_stdout, reason = "what the command is for")]
    pub(crate) fn run(self) -> u8 {
        let loaded = match self.settings.load(false) {
            Ok(loaded) => loaded,
            Err(problems) => {
                complain(&problems);
                return UNREADABLE;
            }
        };
        let scope = Scope {
            store: self.store,
            model: self.model,
            consistency: Consistency::MinimizeLatency,
        };
        let question = CheckQuestion {
            user: self.user,
            relation: self.relation,
            object: self.object,
            given: Given {
                contextual: self.contextual,
                context: self.context,
            },
        };
        let work = async {
            let authz = super::opened::authz(&loaded.config)?;
            let explained = authz
                .explain(&existing::call(SPAN), scope, question)
                .await?;
            Ok::<_, existing::Failure>(explained)
        };
        match existing::block_on(work) {
            Ok(answered) => {
                let (verdict, code) = verdict(&answered.value);
                println!("{verdict}, at version {}\n", answered.version);
                print!("{}", answered.value.text);
                code
            }
            Err(error) => {
                complain_of(&error);
                UNREADABLE
            }
        }
    }
}

/// The answer in a word, and the exit code: 0 for allowed, 1 for denied, 2 where nobody can say.
const fn verdict(explained: &Explained) -> (&'static str, u8) {
    match explained.allowed {
        Some(true) => ("allowed", 0),
        Some(false) => ("denied", FAILED),
        None => ("nobody can say", UNREADABLE),
    }
}
