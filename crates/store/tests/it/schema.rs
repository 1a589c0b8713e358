//! Both engines have the same tables, and `auth` is what Supabase Auth would have made.

use crate::engine::{Engine, World, call, column, on_postgres_alone, query, query_of};
use crate::programs::supabase_database;
use std::collections::BTreeSet;
use store::db::Query;
use store::{Db, Read, Store};

on_postgres_alone!(
    both_engines_have_the_same_tables_columns_and_indexes,
    auth_is_what_supabase_auth_makes,
    functions_of_auth_answer_as_those_of_supabase_auth,
    every_unique_key_is_named_as_on_sqlite,
);

/// `table.column` in the order of the table.
pub(crate) const COLUMNS: Query = query_of(
    "SELECT m.name || '.' || c.name
     FROM sqlite_schema m, pragma_table_xinfo(m.name) c
     WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid",
    "SELECT CAST(c.relname || '.' || a.attname AS TEXT)
     FROM pg_attribute a
     JOIN pg_class c ON c.oid = a.attrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname IN ('auth', 'claviger') AND c.relkind = 'r' AND a.attnum > 0
     ORDER BY c.relname COLLATE \"C\", a.attnum",
);

/// `name: table (columns)` and whether it is unique, without what makes a primary key.
pub(crate) const INDEXES: Query = query_of(
    "SELECT i.name || ': ' || m.name || ' (' || (
            SELECT group_concat(coalesce(c.name, '*'), ', ')
            FROM pragma_index_info(i.name) c) || ') ' || i.\"unique\"
     FROM sqlite_schema m, pragma_index_list(m.name) i
     WHERE m.type = 'table' AND i.origin = 'c' ORDER BY 1",
    "SELECT i.relname || ': ' || c.relname || ' (' || (
            SELECT string_agg(coalesce(a.attname, '*'), ', ' ORDER BY k.place)
            FROM unnest(x.indkey) WITH ORDINALITY k (number, place)
            LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number)
        || ') ' || CAST(CAST(x.indisunique AS INT) AS TEXT)
     FROM pg_index x
     JOIN pg_class i ON i.oid = x.indexrelid
     JOIN pg_class c ON c.oid = x.indrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname IN ('auth', 'claviger') AND NOT x.indisprimary
     ORDER BY 1",
);

/// Indexes that only `SQLite` has, for foreign keys that GoTrue leaves without.
const SQLITE_INDEXES: &[&str] = &[
    "mfa_challenges_factor_id_idx: mfa_challenges (factor_id) 0",
    "oauth_authorizations_client_id_idx: oauth_authorizations (client_id) 0",
    "oauth_authorizations_user_id_idx: oauth_authorizations (user_id) 0",
    "saml_relay_states_flow_state_id_idx: saml_relay_states (flow_state_id) 0",
];

fn both_engines_have_the_same_tables_columns_and_indexes() {
    block_on(async {
        let sqlite = World::migrated(Engine::Sqlite).await;
        let postgres = World::migrated(Engine::Postgres).await;
        let columns = list(&mut sqlite.db(), COLUMNS).await;
        assert_eq!(columns, list(&mut postgres.db(), COLUMNS).await);
        assert!(columns.len() > 250, "{} columns", columns.len());
        let indexes = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
        let mut expected = indexes(list(&mut postgres.db(), INDEXES).await);
        expected.extend(SQLITE_INDEXES.iter().map(|index| (*index).to_owned()));
        assert_eq!(indexes(list(&mut sqlite.db(), INDEXES).await), expected);
    });
}

const OF_AUTH: &[(&str, Query)] = &[
    (
        "columns",
        query(
            "SELECT concat_ws(' ', c.relname, a.attnum, a.attname,
                format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attidentity,
                pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum))
             FROM pg_attribute a
             JOIN pg_class c ON c.oid = a.attrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
             WHERE n.nspname = 'auth' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
             ORDER BY c.relname, a.attnum",
        ),
    ),
    (
        "tables, sequences and indexes",
        query(
            "SELECT concat_ws(' ', c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity,
                c.relreplident, obj_description(c.oid, 'pg_class'),
                CASE WHEN c.relkind = 'i' THEN pg_get_indexdef(c.oid) END)
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'auth' ORDER BY c.relname",
        ),
    ),
    (
        "constraints",
        query(
            "SELECT concat_ws(' ', c.relname, o.conname, pg_get_constraintdef(o.oid),
                o.condeferrable, o.convalidated)
             FROM pg_constraint o
             JOIN pg_class c ON c.oid = o.conrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'auth' ORDER BY c.relname, o.conname",
        ),
    ),
    (
        "enums",
        query(
            "SELECT concat_ws(' ', t.typname, e.enumlabel)
             FROM pg_enum e
             JOIN pg_type t ON t.oid = e.enumtypid
             JOIN pg_namespace n ON n.oid = t.typnamespace
             WHERE n.nspname = 'auth' ORDER BY t.typname, e.enumsortorder",
        ),
    ),
    (
        "functions",
        query(
            "SELECT concat_ws(' ', p.proname, pg_get_function_identity_arguments(p.oid),
                pg_get_function_result(p.oid), l.lanname, p.provolatile, p.prosecdef,
                p.proisstrict, obj_description(p.oid, 'pg_proc'))
             FROM pg_proc p
             JOIN pg_language l ON l.oid = p.prolang
             JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE n.nspname = 'auth' ORDER BY p.proname",
        ),
    ),
    (
        "triggers, policies and rules",
        query(
            "SELECT concat_ws(' ', c.relname, t.tgname) FROM pg_trigger t
             JOIN pg_class c ON c.oid = t.tgrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'auth' AND NOT t.tgisinternal
             UNION ALL SELECT concat_ws(' ', tablename, policyname) FROM pg_policies
             WHERE schemaname = 'auth'
             UNION ALL SELECT concat_ws(' ', tablename, rulename) FROM pg_rules
             WHERE schemaname = 'auth'",
        ),
    ),
    (
        "versions",
        query("SELECT CAST(version AS TEXT) FROM auth.schema_migrations ORDER BY version"),
    ),
];

fn auth_is_what_supabase_auth_makes() {
    block_on(async {
        let ours = World::migrated(Engine::Postgres).await;
        let database = supabase_database();
        let theirs = Store::open(&database.target(1)).unwrap();
        for (what, query) in OF_AUTH {
            let expected = list(&mut theirs.db(&call()), *query).await;
            assert_eq!(list(&mut ours.db(), *query).await, expected, "{what}");
        }
    });
}

/// What row level security policies of an application get for the settings that PostgREST makes.
fn functions_of_auth_answer_as_those_of_supabase_auth() {
    const ANSWERS: Query = query(
        "SELECT concat_ws('|', auth.uid(), auth.role(), auth.email(), auth.jwt())
         FROM set_config('request.jwt.claims', $1, FALSE) a,
            set_config('request.jwt.claim.sub', $2, FALSE) b,
            set_config('request.jwt.claim', $3, FALSE) c",
    );
    let claims = r#"{"sub":"5528c052-388a-4c0b-8a65-9008ed93f978","role":"a","email":"b"}"#;
    let sub = "6915c276-4d70-4d8a-9821-9b0eede1624b";
    block_on(async {
        let ours = World::migrated(Engine::Postgres).await;
        let database = supabase_database();
        let theirs = Store::open(&database.target(1)).unwrap();
        for settings in [
            ["", "", ""],
            [claims, "", ""],
            [claims, sub, ""],
            ["", sub, claims],
        ] {
            let params = || settings.map(store::db::Value::from).to_vec();
            let ours: Vec<String> = column(ours.db().rows(ANSWERS, params()).await.unwrap());
            let theirs = theirs.db(&call()).rows(ANSWERS, params()).await.unwrap();
            assert_eq!(ours, column::<String>(theirs), "{settings:?}");
        }
    });
}

/// Duplicates are named by a list of constraints; it must be the catalog's.
fn every_unique_key_is_named_as_on_sqlite() {
    const KEYS: Query = query(
        "SELECT i.relname || ' ' || string_agg(c.relname || '.' || a.attname, ', ' ORDER BY k.place)
         FROM pg_index x
         JOIN pg_class i ON i.oid = x.indexrelid
         JOIN pg_class c ON c.oid = x.indrelid
         JOIN pg_namespace n ON n.oid = c.relnamespace
         CROSS JOIN unnest(x.indkey) WITH ORDINALITY k (number, place)
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
         WHERE n.nspname IN ('auth', 'claviger') AND x.indisunique AND x.indexprs IS NULL
         GROUP BY i.relname ORDER BY i.relname",
    );
    block_on(async {
        let world = World::migrated(Engine::Postgres).await;
        let listed = store::db::unique_keys().map(|(name, key)| format!("{name} {key}"));
        let catalog: BTreeSet<_> = list(&mut world.db(), KEYS).await.into_iter().collect();
        assert_eq!(listed.collect::<BTreeSet<_>>(), catalog);
    });
}

fn block_on(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(1).enable_all().build();
    runtime.unwrap().block_on(work);
}

async fn list(db: &mut Db, query: Query) -> Vec<String> {
    column(db.rows(query, Vec::new()).await.unwrap())
}
