//! `claviger adopt`: looks at a database that Supabase Auth made, and makes it ready for us.

use super::existing::{self, Failure};
use super::settings::Settings;
use super::{complain, complain_of};
use clap::Args;
use server::config::Loaded;
use server::log::chain;
use server::start;
use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;
use store::adopt::{self, Findings, Origin};
use store::migrate;
use store::{Error, Store};

/// Longest time for the look at every user, and for the migrations.
const SPAN: Duration = Duration::from_mins(10);

/// Make a database of Supabase Auth ready for this server; nothing in `auth` is altered.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    #[command(flatten)]
    settings: Settings,
    /// Say what was found and would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what an administrator must run first, where this server's role may not
    #[arg(long, conflicts_with = "dry_run")]
    print_sql: bool,
}

/// What to print, and whether it is good news.
struct Answer {
    text: String,
    is_refused: bool,
}

impl Adopt {
    #[expect(clippy::print_stdout, reason = "what the command is for")]
    pub(crate) fn run(self) -> ExitCode {
        let loaded = match self.settings.load(false) {
            Ok(loaded) => loaded,
            Err(problems) => return complain(&problems),
        };
        match existing::block_on(self.answer(&loaded)) {
            Ok(answer) => {
                print!("{}", answer.text);
                if answer.is_refused {
                    ExitCode::FAILURE
                } else {
                    ExitCode::SUCCESS
                }
            }
            Err(e) => complain_of(&e),
        }
    }

    async fn answer(&self, loaded: &Loaded) -> Result<Answer, Failure> {
        let config = &loaded.config;
        let store = existing::open(config)?;
        let findings = adopt::inspect(&store, &existing::call(SPAN)).await?;
        if self.print_sql {
            return Ok(Answer {
                text: adopt::required_sql(&findings.role, &findings.tables),
                is_refused: false,
            });
        }
        let mut text = describe(&findings);
        let outlook = Outlook::of(loaded, &store, &findings).await;
        let is_refused = !outlook.refusals.is_empty();
        outlook.write(&mut text, &findings);
        if !self.dry_run && !is_refused && !outlook.pending.is_empty() {
            let unknown = start::unknown_schema(config);
            migrate::run(&store, &existing::call(SPAN), unknown).await?;
            text.push_str("done\n");
        }
        Ok(Answer { text, is_refused })
    }
}

/// What would come of adopting.
struct Outlook {
    /// Numbers of our own migrations that would run.
    pending: Vec<i64>,
    /// Why it would be refused.
    refusals: Vec<String>,
}

impl Outlook {
    async fn of(loaded: &Loaded, store: &Store, findings: &Findings) -> Self {
        let config = &loaded.config;
        let mut outlook = Self {
            pending: Vec::new(),
            refusals: Vec::new(),
        };
        let unknown = start::unknown_schema(config);
        match migrate::look(store, &existing::call(SPAN), unknown).await {
            Ok(report) => {
                outlook.pending = report.applied;
                // Where its defaults apply, other settings may be wrong or missing.
                let loaded = report
                    .adopted
                    .then(|| loaded.clone().with_gotrue_defaults());
                if let Some(Err(problems)) = loaded {
                    outlook.refusals.push(problems.to_string());
                }
            }
            Err(Error::Unusable(why)) => outlook.refusals.push(why),
            Err(e) => outlook.refusals.push(chain(&e)),
        }
        let known = &config.columns.decryption;
        let missing: Vec<&str> = findings
            .encryption_keys()
            .into_iter()
            .filter(|id| !id.is_empty() && !known.contains_key(*id))
            .collect();
        if !missing.is_empty() {
            outlook.refusals.push(format!(
                "these keys are not among columns.decryption_keys: {}",
                missing.join(", ")
            ));
        }
        outlook
    }

    fn write(&self, text: &mut String, findings: &Findings) {
        for refusal in &self.refusals {
            line(text, &format!("refused: {refusal}"));
        }
        if !self.refusals.is_empty() {
            return;
        }
        if self.pending.is_empty() {
            line(text, "nothing is to be done");
            return;
        }
        let numbers: Vec<String> = self.pending.iter().map(ToString::to_string).collect();
        let auth = match findings.origin {
            Origin::Empty => "the schemas `auth` and `claviger` are made",
            Origin::Ours => "our own tables are brought up to date",
            Origin::SupabaseAuth => {
                "the schema `claviger` is made beside `auth`, in which nothing is altered"
            }
        };
        let numbers = numbers.join(", ");
        line(text, &format!("to do: {auth} (migrations {numbers})"));
    }
}

fn describe(findings: &Findings) -> String {
    let mut text = String::new();
    let role = &findings.role;
    if role.name.is_empty() {
        line(&mut text, "database: an SQLite file");
    } else {
        let (database, name) = (&role.database, &role.name);
        line(
            &mut text,
            &format!("database: `{database}`, as role `{name}`"),
        );
    }
    let origin = match findings.origin {
        Origin::Empty => "there is none",
        Origin::Ours => "made by this server",
        Origin::SupabaseAuth => "made by Supabase Auth",
    };
    let version = findings.auth_version.as_deref();
    let version = version.map_or(String::new(), |version| format!(", version {version}"));
    line(&mut text, &format!("schema auth: {origin}{version}"));
    describe_schema(&mut text, findings);
    describe_contents(&mut text, findings);
    text
}

fn describe_schema(text: &mut String, findings: &Findings) {
    let listed = [
        (
            "versions that this server does not know",
            findings.unknown_versions.join(", "),
        ),
        (
            "versions that are not recorded",
            findings.missing_versions.join(", "),
        ),
        (
            "tables that are not there",
            match findings.origin {
                Origin::Empty => String::new(),
                _ => findings.absent_tables.join(", "),
            },
        ),
    ];
    for (what, names) in listed {
        if !names.is_empty() {
            line(text, &format!("{what}: {names}"));
        }
    }
    for trigger in &findings.triggers {
        let state = if trigger.is_enabled {
            "stays and fires"
        } else {
            "stays, disabled"
        };
        let (table, name, function) = (&trigger.table, &trigger.name, &trigger.function);
        line(
            text,
            &format!("trigger: {name} on {table} calls {function}; {state}"),
        );
    }
}

fn describe_contents(text: &mut String, findings: &Findings) {
    let Some(counts) = findings.counts else {
        return;
    };
    line(
        text,
        &format!(
            "users: {}, of them {} deleted and {} with NULL where GoTrue writes an empty text",
            counts.users, counts.deleted_users, counts.users_with_null_tokens
        ),
    );
    line(
        text,
        &format!(
            "identities: {}; sessions: {}; live refresh tokens: {} of version 1, {} of version 2",
            counts.identities,
            counts.sessions,
            counts.live_refresh_tokens,
            counts.sessions_with_hmac_key
        ),
    );
    line(
        text,
        &format!(
            "second factors: {}, of them {} verified; pending links and codes: {}",
            counts.factors, counts.verified_factors, counts.one_time_tokens
        ),
    );
    let kinds = findings.passwords.iter();
    let kinds: Vec<_> = kinds
        .map(|kind| format!("{} {}", kind.users, kind.kind))
        .collect();
    if !kinds.is_empty() {
        line(text, &format!("passwords: {}", kinds.join(", ")));
    }
    for column in &findings.encrypted {
        line(
            text,
            &format!(
                "encrypted: {} values of {} with the key `{}`",
                column.values, column.column, column.key_id
            ),
        );
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}
