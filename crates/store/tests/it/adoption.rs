//! A database that Supabase Auth made is read, described and left as it is.

use crate::engine::{
    Database, Engine, World, administer, call, column, on_both_engines, on_postgres_alone, query,
};
use crate::migrations::all;
use crate::people::{NOW, session, user_with_email};
use crate::programs::{dump_auth, supabase_database};
use store::adopt::{self, Findings, Origin, required_sql};
use store::migrate::{self, Report, UnknownSchema};
use store::{
    Error, Read, Result, Store, Target, accounts, refresh_tokens, refreshes, sessions, users,
};
use types::UserId;

on_both_engines!(own_database_is_ours, empty_database_is_empty);

on_postgres_alone!(
    adopting_alters_nothing_in_auth,
    findings_are_what_the_manifest_says,
    what_is_special_is_found,
    every_adopted_row_is_read,
    role_without_rights_is_told_what_an_administrator_must_run,
);

/// A role of its own on the test server. Declared before the database, so that it is dropped after.
struct Role(String);

impl Role {
    fn create(database: &str) -> Self {
        let name = format!("role_of_{database}");
        administer("postgres", &format!("CREATE ROLE {name} LOGIN"));
        Self(name)
    }

    fn open(&self, database: &Database) -> Store {
        let url = database
            .url()
            .replace("//postgres@", &format!("//{}@", self.0));
        assert!(
            url.contains(&self.0),
            "the test server's role is `postgres`"
        );
        Store::open(&Target::Postgres {
            url: url.into(),
            connections_max: 2,
        })
        .unwrap()
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        administer("postgres", &format!("DROP ROLE {}", self.0));
    }
}

async fn run(store: &Store) -> Result<Report> {
    migrate::run(store, &call(), UnknownSchema::Refuse).await
}

async fn inspect(store: &Store) -> Findings {
    adopt::inspect(store, &call()).await.unwrap()
}

fn open(database: &Database) -> Store {
    Store::open(&database.target(2)).unwrap()
}

/// Runs a test on a fresh copy of the database that Supabase Auth left.
fn on_supabase(test: impl AsyncFnOnce(&Database)) {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async { test(&supabase_database()).await });
}

fn adopting_alters_nothing_in_auth() {
    on_supabase(async |database| {
        administer(
            &database.name,
            "CREATE TABLE public.greetings (id uuid);
             CREATE FUNCTION public.greet() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
                $$BEGIN INSERT INTO public.greetings VALUES (NEW.id); RETURN NEW; END$$;
             CREATE TRIGGER greet AFTER INSERT ON auth.users
                FOR EACH ROW EXECUTE FUNCTION public.greet()",
        );
        let before = dump_auth(&database.url());
        assert!(before.contains("CREATE TRIGGER greet"));
        for applied in [all(), Vec::new()] {
            let expected = Report {
                adopted: true,
                auth_version: migrate::AUTH_VERSION.to_owned(),
                applied,
            };
            assert_eq!(run(&open(database)).await.unwrap(), expected);
            inspect(&open(database)).await;
            assert_eq!(dump_auth(&database.url()), before);
        }
        // The application's trigger fires for our writes.
        let store = open(database);
        let mut tx = store.db(&call()).begin().await.unwrap();
        users::insert(&mut tx, &user_with_email("new@example.com"));
        tx.commit().await.unwrap();
        let greeted = query("SELECT count(*) FROM public.greetings");
        let greeted = store.db(&call()).rows(greeted, Vec::new()).await.unwrap();
        assert_eq!(column::<i64>(greeted), [1]);
    });
}

fn findings_are_what_the_manifest_says() {
    on_supabase(async |database| {
        let found = inspect(&open(database)).await;
        assert_eq!(found.origin, Origin::SupabaseAuth);
        assert_eq!(found.auth_version.as_deref(), Some(migrate::AUTH_VERSION));
        assert_eq!(found.unknown_versions, [""; 0]);
        assert_eq!(found.missing_versions, [""; 0]);
        let counts = found.counts.unwrap();
        assert_eq!((counts.users, counts.deleted_users), (27, 1));
        assert_eq!(counts.users_with_null_tokens, 1);
        assert_eq!((counts.identities, counts.sessions), (25, 16));
        assert_eq!(
            (counts.live_refresh_tokens, counts.sessions_with_hmac_key),
            (14, 2)
        );
        assert_eq!((counts.factors, counts.verified_factors), (1, 1));
        assert_eq!(counts.one_time_tokens, 6);
        let kinds = found
            .passwords
            .iter()
            .map(|one| (one.kind.as_str(), one.users));
        let expected = [
            ("bcrypt cost 10", 21),
            ("none", 4),
            ("argon2id", 1),
            ("fbscrypt", 1),
        ];
        assert_eq!(kinds.collect::<Vec<_>>(), expected);
        assert!(found.encrypted.is_empty() && found.triggers.is_empty());
        assert!(found.absent_tables.is_empty());
        assert!(found.tables.iter().any(|table| table.has_row_security));
        assert!(
            found
                .tables
                .iter()
                .all(|table| table.missing.is_empty() && !table.is_hidden)
        );
        assert_eq!(required_sql(&found.role, &found.tables), "");
        assert_eq!(
            (found.role.name.as_str(), found.role.has_claviger),
            ("postgres", false)
        );
        run(&open(database)).await.unwrap();
        let again = inspect(&open(database)).await;
        assert_eq!(again.origin, Origin::SupabaseAuth);
        assert!(again.role.has_claviger);
    });
}

fn what_is_special_is_found() {
    on_supabase(async |database| {
        administer(
            &database.name,
            r#"UPDATE auth.users SET encrypted_password =
                '{"key_id":"old-key","alg":"aes-gcm-hkdf","data":"x","nonce":"y"}'
                WHERE email LIKE 'user0%';
             UPDATE auth.users SET encrypted_password = 'plain' WHERE email LIKE 'user1%';
             UPDATE auth.mfa_factors SET secret = '{ "alg": "x", "key_id" : "new-key" }';
             UPDATE auth.sessions SET refresh_token_hmac_key = '{"nonsense'
                WHERE refresh_token_hmac_key IS NOT NULL;
             INSERT INTO auth.schema_migrations VALUES ('20990101000000');
             DELETE FROM auth.schema_migrations WHERE version = '20240115144230';
             CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS
                $$BEGIN RETURN NULL; END$$;
             CREATE TRIGGER "off duty" AFTER DELETE ON auth.sessions
                EXECUTE FUNCTION public.nothing();
             ALTER TABLE auth.sessions DISABLE TRIGGER "off duty""#,
        );
        let found = inspect(&open(database)).await;
        let encrypted = found.encrypted.iter();
        let encrypted = encrypted.map(|one| (one.column.as_str(), one.key_id.as_str(), one.values));
        let expected = [
            ("mfa_factors.secret", "new-key", 1),
            ("sessions.refresh_token_hmac_key", "", 2),
            ("users.encrypted_password", "old-key", 9),
        ];
        assert_eq!(encrypted.collect::<Vec<_>>(), expected);
        assert_eq!(found.encryption_keys(), ["", "new-key", "old-key"]);
        let of_kind = |kind: &str| found.passwords.iter().find(|one| one.kind == kind);
        assert_eq!(of_kind("encrypted").unwrap().users, 9);
        assert_eq!(of_kind("unknown").unwrap().users, 3);
        assert_eq!(found.unknown_versions, ["20990101000000"]);
        assert_eq!(found.missing_versions, ["20240115144230"]);
        let [trigger] = found.triggers.as_slice() else {
            panic!("{:?}", found.triggers);
        };
        assert_eq!(
            (trigger.table.as_str(), trigger.name.as_str()),
            ("sessions", "off duty")
        );
        assert_eq!(
            (trigger.function.as_str(), trigger.is_enabled),
            ("public.nothing()", false)
        );
    });
}

/// Every row of the fixture is readable, hand-made ones with NULL in them too.
fn every_adopted_row_is_read() {
    on_supabase(async |database| {
        let store = open(database);
        run(&store).await.unwrap();
        let mut db = store.db(&call());
        let all = query("SELECT id FROM users ORDER BY id LIMIT 100");
        let ids: Vec<UserId> = column(db.rows(all, Vec::new()).await.unwrap());
        assert_eq!(ids.len(), 27);
        let (mut identities, mut devices) = (0, 0);
        for id in ids {
            let account = accounts::find(&mut db, id, None).await.unwrap().unwrap();
            identities += account.identities.len();
            devices += sessions::list_of_user(&mut db, id).await.unwrap().len();
        }
        assert_eq!((identities, devices), (25, 16));
        let tokens = query("SELECT CAST(token AS TEXT) FROM refresh_tokens ORDER BY id LIMIT 100");
        let tokens: Vec<String> = column(db.rows(tokens, Vec::new()).await.unwrap());
        assert_eq!(tokens.len(), 17);
        for token in tokens {
            let found = refreshes::find_by_token(&mut db, &token)
                .await
                .unwrap()
                .expect("it has a session");
            assert!(found.token.is_some());
        }
    });
}

/// What is missing is said as SQL; with that, the role can do its work and nothing more is asked.
fn role_without_rights_is_told_what_an_administrator_must_run() {
    let role = Role::create(&format!("{}", std::process::id()));
    on_supabase(async |database| {
        let store = role.open(database);
        let found = inspect(&store).await;
        assert_eq!(found.counts, None, "it may not read");
        let sql = required_sql(&found.role, &found.tables);
        let Err(Error::Unusable(reason)) = run(&store).await else {
            panic!("the role may do nothing yet");
        };
        assert!(reason.contains(&role.0) && reason.contains("GRANT USAGE ON SCHEMA auth"));
        // All but the schema of our own.
        let (create, grants): (Vec<_>, Vec<_>) = sql
            .lines()
            .partition(|line| line.starts_with("CREATE SCHEMA"));
        administer(&database.name, &grants.join("\n"));
        let store = role.open(database);
        let Err(Error::Unusable(reason)) = run(&store).await else {
            panic!("the role may not make its schema yet");
        };
        let create = create.join("\n");
        assert!(reason.ends_with(&format!("{create}\n")), "{reason}");
        administer(&database.name, &create);
        assert_eq!(run(&store).await.unwrap().applied, all());
        let found = inspect(&store).await;
        assert_eq!(required_sql(&found.role, &found.tables), "");
        assert_eq!(found.counts.map(|counts| counts.users), Some(27));
        let user = user_with_email("new@example.com");
        let session = session(user.id);
        let mut tx = store.db(&call()).begin().await.unwrap();
        users::insert(&mut tx, &user);
        sessions::insert(&mut tx, &session);
        refresh_tokens::insert(&mut tx, "t", user.id, session.id, None, NOW);
        tx.commit().await.expect("the role can sign somebody up");
        administer("postgres", &format!("ALTER ROLE {} NOBYPASSRLS", role.0));
        let hidden = run(&role.open(database)).await;
        assert!(
            matches!(&hidden, Err(Error::Unusable(reason)) if reason.contains("BYPASSRLS")),
            "{hidden:?}"
        );
    });
}

async fn own_database_is_ours(world: World) {
    let found = inspect(&world.store).await;
    assert_eq!(found.origin, Origin::Ours);
    assert_eq!(found.unknown_versions, [""; 0]);
    assert_eq!(found.missing_versions, [""; 0]);
    assert_eq!(found.counts.map(|counts| counts.users), Some(0));
    assert!(found.absent_tables.is_empty());
    assert_eq!(required_sql(&found.role, &found.tables), "");
    let expected = match world.engine {
        Engine::Sqlite => "",
        Engine::Postgres => "postgres",
    };
    assert_eq!(found.role.name, expected);
}

async fn empty_database_is_empty(world: World) {
    let found = inspect(&World::empty(world.engine).store).await;
    assert_eq!(found.origin, Origin::Empty);
    assert_eq!((found.counts, found.auth_version), (None, None));
}
