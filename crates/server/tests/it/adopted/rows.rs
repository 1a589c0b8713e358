//! What is written to the adopted tables is what Supabase Auth would have written, and nothing of
//! their definition changes.

use super::{adopted, manifest, refresh, sign_in, text};
use crate::api::Api;
use serde_json::{Map, Value, json};
use store::Read;
use store::db::{Query, Stmt};
use types::Time;

/// A user of the other server who signed up and did not confirm, and one of ours.
const THEIRS: &str = "unconfirmed@example.com";
const OURS: &str = "newcomer@example.com";

/// The rows of a sign-up, as JSON, by the address.
const ROWS: &[(&str, &str)] = &[
    (
        "users",
        "SELECT CAST(to_jsonb(u) AS TEXT) FROM auth.users u WHERE u.email = $1",
    ),
    (
        "identities",
        "SELECT CAST(to_jsonb(i) AS TEXT) FROM auth.identities i WHERE i.email = $1",
    ),
    (
        "one_time_tokens",
        "SELECT CAST(to_jsonb(t) AS TEXT) FROM auth.one_time_tokens t WHERE t.relates_to = $1",
    ),
    (
        "audit_log_entries",
        "SELECT CAST(to_jsonb(a) AS TEXT) FROM auth.audit_log_entries a
         WHERE a.payload ->> 'actor_username' = $1 ORDER BY a.created_at LIMIT 1",
    ),
];

/// Everything that defines the schema: columns, constraints, indexes, triggers, functions, rights.
const DEFINITION: &str = "
    SELECT string_agg(line, chr(10) ORDER BY line) FROM (
        SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length,
                column_default, is_nullable, generation_expression) AS line
            FROM information_schema.columns WHERE table_schema = 'auth'
        UNION ALL SELECT concat(conrelid, ' ', pg_get_constraintdef(oid)) FROM pg_constraint
            WHERE connamespace = CAST('auth' AS regnamespace)
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'auth'
        UNION ALL SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t
            JOIN pg_class c ON c.oid = t.tgrelid
            WHERE c.relnamespace = CAST('auth' AS regnamespace) AND NOT t.tgisinternal
        UNION ALL SELECT concat(p.oid, ' ', p.prosrc) FROM pg_proc p
            WHERE p.pronamespace = CAST('auth' AS regnamespace)
        UNION ALL SELECT concat(c.relname, ' ', c.relrowsecurity, c.relacl) FROM pg_class c
            WHERE c.relnamespace = CAST('auth' AS regnamespace)
    ) AS lines";

/// The one text that a query finds.
async fn found(api: &Api, sql: &'static str, parameter: Option<&str>) -> String {
    let query = Query(Stmt {
        name: "test",
        sqlite: sql,
        postgres: sql,
        scan: Some("a test"),
    });
    let parameters = parameter.map(Into::into).into_iter().collect();
    let mut db = api.store().db(&api.app.call());
    let row = db.row(query, parameters).await.expect(sql);
    row.expect(sql).take().expect(sql)
}

/// What is comparable of a row: each value, or what kind of value it is where it must differ.
fn shape(value: &Value, email: &str) -> Value {
    match value {
        Value::Object(map) => {
            let shapes = map
                .iter()
                .map(|(name, value)| (name.clone(), shape(value, email)));
            Value::Object(shapes.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|item| shape(item, email)).collect(),
        Value::String(text) => json!(shape_of_text(text, email)),
        other => other.clone(),
    }
}

fn shape_of_text(text: &str, email: &str) -> String {
    let is_hex = |length| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    if text == email {
        "<address>".to_owned()
    } else if uuid::Uuid::parse_str(text).is_ok() && !text.starts_with("00000000") {
        "<id>".to_owned()
    } else if Time::parse(text).is_some() {
        "<time with a zone>".to_owned()
    } else if Time::parse(&format!("{text}Z")).is_some() {
        "<time without a zone>".to_owned()
    } else if is_hex(56) {
        "<hash of a code>".to_owned()
    } else if text.starts_with("$2a$") || text.starts_with("$argon2id$") {
        "<hash of a password>".to_owned()
    } else {
        text.to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rows_of_a_sign_up_are_those_of_the_other_server() {
    let Some(api) = adopted(&manifest()).await else {
        return;
    };
    let data = json!({ "name": "Pending" });
    let body = json!({ "email": OURS, "password": "correct-horse-1", "data": data });
    let answer = api.ask("POST", "/signup", "", body).await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    for (table, sql) in ROWS {
        let theirs = found(&api, sql, Some(THEIRS)).await;
        let ours = found(&api, sql, Some(OURS)).await;
        let shape = |row: &str, email| shape(&serde_json::from_str(row).expect("JSON"), email);
        let (theirs, ours) = (shape(&theirs, THEIRS), shape(&ours, OURS));
        assert_eq!(ours, theirs, "{table}");
    }
}

/// So the other server finds its own when this one is taken away: schema `claviger` and no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_the_schema_changes_and_ours_can_be_taken_away() {
    let manifest = manifest();
    let Some(api) = adopted(&manifest).await else {
        return;
    };
    let before = found(&api, DEFINITION, None).await;
    let body = json!({ "email": OURS, "password": "correct-horse-1" });
    api.ask("POST", "/signup", "", body).await;
    let person = ("email", "user01@example.com");
    let session = sign_in(&api, person, "correct-horse-01").await.json();
    let renewed = refresh(&api, text(&session, "refresh_token")).await;
    assert_eq!(renewed.status(), 200, "{}", renewed.text());
    let token = text(&session, "access_token");
    let data = json!({ "data": { "moved": true } });
    assert_eq!(api.ask("PUT", "/user", token, data).await.status(), 200);
    assert_eq!(found(&api, DEFINITION, None).await, before);

    api.script("DROP SCHEMA claviger CASCADE".to_owned()).await;
    assert_eq!(found(&api, DEFINITION, None).await, before);
    let left = "SELECT CAST(count(*) AS TEXT) FROM pg_namespace
        WHERE nspname NOT IN ('auth', 'public', 'information_schema') AND nspname NOT LIKE 'pg%'";
    assert_eq!(found(&api, left, None).await, "0");
}
