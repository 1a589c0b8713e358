//! The statements that stories run behind the server's back, in each engine's dialect.

use super::request::Knowledge;
use super::subject::Engine;

/// The recorded statements, which are PostgreSQL, as templates that also fit SQLite; `None`: the
/// recorded text is for PostgreSQL alone.
///
/// `{auth}` is the schema's prefix, `{now}` the time of the test clock, `{minutes n}` a span,
/// `{id ...}` a UUID.
fn template(file: &str, entry: &str) -> Option<&'static str> {
    Some(match (file, entry) {
        ("authorize_redirects", "age_state") => {
            "UPDATE {auth}flow_state SET created_at = created_at - {minutes 10}"
        }
        ("authorize_redirects", "remove_users") => "DELETE FROM {auth}users",
        ("error_shapes", "null_token_columns") => concat!(
            "INSERT INTO {auth}users (instance_id, id, aud, role, email, encrypted_password, ",
            "email_confirmed_at, created_at, updated_at, raw_app_meta_data, raw_user_meta_data) ",
            "SELECT instance_id, {id 77777777-7777-4777-8777-777777777777}, aud, role, ",
            "'null@example.com', encrypted_password, {now}, {now}, {now}, '{}', '{}' ",
            "FROM {auth}users WHERE email = 'ada@example.com'; ",
            "UPDATE {auth}users SET confirmation_token = NULL, recovery_token = NULL, ",
            "email_change_token_new = NULL, email_change = NULL WHERE email = 'null@example.com'",
        ),
        ("error_shapes", "remove_row") => {
            "DELETE FROM {auth}users WHERE email = 'null@example.com'"
        }
        ("mfa_totp", "age_challenge") => concat!(
            "UPDATE {auth}mfa_challenges SET created_at = created_at - {minutes 10} ",
            "WHERE id = {id <uuid:8>}",
        ),
        ("phone_test_otp", "age_otp") => {
            "UPDATE {auth}users SET confirmation_sent_at = confirmation_sent_at - {minutes 2}"
        }
        ("pkce", "age_flow_state") => concat!(
            "UPDATE {auth}flow_state SET created_at = created_at - {minutes 6}, ",
            "auth_code_issued_at = auth_code_issued_at - {minutes 6}",
        ),
        ("recover_verify", "age_recovery") => {
            "UPDATE {auth}users SET recovery_sent_at = recovery_sent_at - {minutes 120}"
        }
        ("recover_verify", "ban") => "UPDATE {auth}users SET banned_until = {now} + {minutes 1440}",
        ("user_get_put", "age_session") => concat!(
            "UPDATE {auth}sessions SET created_at = {now} - {minutes 1500} WHERE user_id = ",
            "(SELECT id FROM {auth}users WHERE email = 'strict@example.com')",
        ),
        _ => return None,
    })
}

/// What a state change does, for one engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateChange {
    pub(crate) sql: String,
    /// How many seconds it moves times that answers may show; negative: into the past.
    pub(crate) distances: Vec<i64>,
}

/// The statements of the step `entry` for `engine`; `recorded` is its text in the recording.
pub(crate) fn statements(
    file: &str,
    entry: &str,
    recorded: &str,
    engine: Engine,
    knowledge: Knowledge<'_>,
) -> Result<StateChange, String> {
    match (template(file, entry), engine) {
        (Some(template), _) => render(template, engine, knowledge),
        (None, Engine::Postgres) => Ok(StateChange {
            sql: recorded.to_owned(),
            distances: Vec::new(),
        }),
        (None, Engine::Sqlite) => Err(format!("`{entry}` has no statements for SQLite")),
    }
}

/// Fills a template for `engine`: UUIDs are 16-byte blobs on SQLite and times microseconds.
pub(crate) fn render(
    template: &str,
    engine: Engine,
    knowledge: Knowledge<'_>,
) -> Result<StateChange, String> {
    let micros = knowledge.now.0;
    let sqlite = engine == Engine::Sqlite;
    let now = if sqlite {
        micros.to_string()
    } else {
        format!("(timestamptz 'epoch' + {micros} * interval '1 microsecond')")
    };
    let new_id = if sqlite {
        "randomblob(16)"
    } else {
        "gen_random_uuid()"
    };
    let text = knowledge
        .fill(template)?
        .replace("{auth}", if sqlite { "" } else { "auth." })
        .replace("{now}", &now)
        .replace("{new_id}", new_id);
    let mut distances = Vec::new();
    let text = replace_each(&text, "{minutes ", |minutes| {
        let minutes: i64 = minutes.parse().unwrap_or_default();
        distances.extend([-minutes * 60, minutes * 60]);
        if sqlite {
            (minutes * 60_000_000).to_string()
        } else {
            format!("interval '{minutes} minutes'")
        }
    });
    let sql = replace_each(&text, "{id ", |id| {
        if sqlite {
            format!("x'{}'", id.replace('-', ""))
        } else {
            format!("'{id}'")
        }
    });
    Ok(StateChange { sql, distances })
}

/// Replaces every `start...}` by what `by` makes of the dots.
fn replace_each(text: &str, start: &str, mut by: impl FnMut(&str) -> String) -> String {
    let mut pieces = text.split(start);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (inside, after) = piece.split_once('}').unwrap_or((piece, ""));
        out.push_str(&by(inside));
        out.push_str(after);
    }
    out
}

#[test]
fn every_state_change_has_statements_or_is_left_out_on_sqlite() {
    use super::recording::{Entry, Recording, files, instances, name_of};
    use super::scope::{FILES_LEFT, Treatment, treatment};
    let instances = instances().unwrap();
    let mut bindings = super::bindings::Bindings::default();
    let uuid = "99999999-9999-4999-8999-999999999999";
    bindings
        .bind(super::placeholder::Kind::Uuid, "<uuid:8>", uuid)
        .unwrap();
    let now = types::Time::from_unix_seconds(1_700_000_000);
    let knowledge = Knowledge {
        instances: &instances,
        bindings: &bindings,
        now,
    };
    let mut count = 0;
    for file in files().unwrap() {
        if FILES_LEFT.iter().any(|(left, _)| *left == file) {
            continue;
        }
        for entry in Recording::read(&file).unwrap().entries {
            let Entry::StateChange { sql } = Entry::read(&entry).unwrap() else {
                continue;
            };
            count += 1;
            let name = name_of(&entry);
            if treatment(&file, name, Engine::Sqlite) == Treatment::Replay {
                let change = statements(&file, name, &sql, Engine::Sqlite, knowledge).unwrap();
                assert!(!change.sql.contains("auth.") && !change.sql.contains("interval"));
            }
            assert!(statements(&file, name, &sql, Engine::Postgres, knowledge).is_ok());
        }
    }
    assert_eq!(count, 12);
}

#[test]
fn a_template_speaks_both_dialects() {
    let instances = super::recording::instances().unwrap();
    let bindings = super::bindings::Bindings::default();
    let now = types::Time(1_700_000_000_000_001);
    let knowledge = Knowledge {
        instances: &instances,
        bindings: &bindings,
        now,
    };
    let template = "UPDATE {auth}t SET a = {now} - {minutes 2} WHERE id = \
                    {id 77777777-7777-4777-8777-777777777777}";
    assert_eq!(
        render(template, Engine::Sqlite, knowledge).unwrap().sql,
        "UPDATE t SET a = 1700000000000001 - 120000000 WHERE id = \
         x'77777777777747778777777777777777'"
    );
    assert_eq!(
        render(template, Engine::Postgres, knowledge).unwrap().sql,
        "UPDATE auth.t SET a = (timestamptz 'epoch' + 1700000000000001 * interval '1 microsecond') \
         - interval '2 minutes' WHERE id = '77777777-7777-4777-8777-777777777777'"
    );
}
