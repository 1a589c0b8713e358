//! Every kind of value crosses both engines unharmed, and what only one would take crosses neither.

use crate::engine::{Engine, World, column, command, on_both_engines, params, query, query_of};
use store::db::{Command, FromValue, Query, Value};
use store::{Error, Read};
use types::Time;
use uuid::Uuid;

on_both_engines!(
    every_kind_returns_as_it_was,
    null_returns_for_every_kind,
    times_keep_their_microsecond,
    addresses_of_both_families_return,
    json_returns_with_its_meaning,
    sets_of_texts_are_searched,
    nul_is_refused,
    escaped_backslash_before_u0000_is_no_nul,
    unreadable_value_names_its_column,
    too_few_and_too_many_parameters_are_refused,
    infinite_times_return,
);

const SQLITE: &str = "CREATE TABLE kinds (id INTEGER PRIMARY KEY, yes INTEGER, small INTEGER,
    number INTEGER, words TEXT, bytes BLOB, uid BLOB, at INTEGER, at_utc INTEGER, doc TEXT,
    address TEXT, texts TEXT, level TEXT) STRICT";
const POSTGRES: &str = "CREATE TABLE claviger.kinds (id bigint PRIMARY KEY, yes boolean,
    small smallint, number integer, words varchar(255), bytes bytea, uid uuid, at timestamptz,
    at_utc timestamp, doc jsonb, address inet, texts text[], level auth.aal_level)";
const INSERT: Command = command(
    "INSERT INTO kinds (id, yes, small, number, words, bytes, uid, at, at_utc, doc, address,
        texts, level)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
);
const SELECT: Query = query("SELECT * FROM kinds WHERE id = $1");

fn all_kinds() -> Vec<Value> {
    params![
        1_i64,
        true,
        -7_i16,
        i32::MIN,
        "Grüße, 世界 🔑 \u{1}\r\n'\"\\",
        vec![0_u8, 1, 255],
        Uuid::from_u128(7),
        Time(1_767_225_600_123_456),
        Time(-1),
        &serde_json::json!({"a": [1, 2.5, null, "ü"]}),
        std::net::IpAddr::from([192, 0, 2, 7]),
        vec!["b".to_owned(), "a\"'{,}".to_owned(), String::new()],
        "aal2",
    ]
}

async fn insert(world: &World, values: Vec<Value>) -> store::Result<()> {
    let mut tx = world.db().begin().await?;
    tx.queue(INSERT, values);
    tx.commit().await
}

async fn every_kind_returns_as_it_was(world: World) {
    world.script_of(SQLITE, POSTGRES).await;
    insert(&world, all_kinds()).await.unwrap();
    let row = world.db().row(SELECT, params![1_i64]).await.unwrap();
    let mut row = row.unwrap();
    assert_eq!(row.take::<i64>().unwrap(), 1);
    assert!(row.take::<bool>().unwrap());
    assert_eq!(row.take::<i64>().unwrap(), -7);
    assert_eq!(row.take::<i64>().unwrap(), i64::from(i32::MIN));
    assert_eq!(
        row.take::<String>().unwrap(),
        "Grüße, 世界 🔑 \u{1}\r\n'\"\\"
    );
    assert_eq!(row.take::<Vec<u8>>().unwrap(), [0, 1, 255]);
    assert_eq!(row.take::<Uuid>().unwrap(), Uuid::from_u128(7));
    assert_eq!(row.take::<Time>().unwrap(), Time(1_767_225_600_123_456));
    assert_eq!(row.take::<Time>().unwrap(), Time(-1));
    let document: serde_json::Value = row.take().unwrap();
    assert_eq!(document, serde_json::json!({"a": [1, 2.5, null, "ü"]}));
    let address: std::net::IpAddr = row.take().unwrap();
    assert_eq!(address, std::net::IpAddr::from([192, 0, 2, 7]));
    assert_eq!(row.take::<Vec<String>>().unwrap(), ["b", "a\"'{,}", ""]);
    assert_eq!(row.take::<String>().unwrap(), "aal2");
}

async fn null_returns_for_every_kind(world: World) {
    world.script_of(SQLITE, POSTGRES).await;
    let mut values = params![1_i64];
    values.resize(13, Value::Null);
    insert(&world, values).await.unwrap();
    let row = world.db().row(SELECT, params![1_i64]).await.unwrap();
    let mut row = row.unwrap();
    row.skip(1);
    assert_eq!(row.take::<Option<bool>>().unwrap(), None);
    assert_eq!(row.take::<Option<i64>>().unwrap(), None);
    assert_eq!(row.take::<Option<i64>>().unwrap(), None);
    assert_eq!(row.take::<Option<String>>().unwrap(), None);
    assert_eq!(row.take::<Option<Vec<u8>>>().unwrap(), None);
    assert_eq!(row.take::<Option<Uuid>>().unwrap(), None);
    assert_eq!(row.take::<Option<Time>>().unwrap(), None);
    assert_eq!(row.take::<Option<Time>>().unwrap(), None);
    assert_eq!(row.take::<Option<serde_json::Value>>().unwrap(), None);
    assert_eq!(row.take::<Option<std::net::IpAddr>>().unwrap(), None);
    assert_eq!(row.take::<Option<Vec<String>>>().unwrap(), None);
    assert_eq!(row.take::<Option<String>>().unwrap(), None);
}

/// What comes back in column `name` for what was put there.
async fn round_trip<T: FromValue>(
    world: &World,
    at: usize,
    value: impl Into<Value>,
    select: Query,
) -> T {
    let id = world.number("SELECT count(*) FROM kinds").await;
    let mut values = params![id];
    values.resize(13, Value::Null);
    values[at] = value.into();
    insert(world, values).await.unwrap();
    let row = world.db().row(select, params![id]).await.unwrap();
    row.unwrap().take().unwrap()
}

async fn times_keep_their_microsecond(world: World) {
    world.script_of(SQLITE, POSTGRES).await;
    for micros in [
        0,
        1,
        -1,
        946_684_800_000_000,
        946_684_799_999_999,
        -2_208_988_800_000_001,
        253_402_300_799_999_999,
    ] {
        let time = Time(micros);
        let zoned = query("SELECT at FROM kinds WHERE id = $1");
        assert_eq!(round_trip::<Time>(&world, 7, time, zoned).await, time);
        let utc = query("SELECT at_utc FROM kinds WHERE id = $1");
        assert_eq!(round_trip::<Time>(&world, 8, time, utc).await, time);
    }
}

async fn addresses_of_both_families_return(world: World) {
    world.script_of(SQLITE, POSTGRES).await;
    for text in [
        "0.0.0.0",
        "255.255.255.255",
        "::",
        "2001:db8::1",
        "::ffff:192.0.2.7",
    ] {
        let address: std::net::IpAddr = text.parse().unwrap();
        let select = query("SELECT address FROM kinds WHERE id = $1");
        let back: std::net::IpAddr = round_trip(&world, 10, address, select).await;
        assert_eq!(back, address);
        let as_text: String = round_trip(&world, 10, address, select).await;
        assert_eq!(as_text, text);
    }
}

async fn json_returns_with_its_meaning(world: World) {
    world.script_of(SQLITE, POSTGRES).await;
    for text in [
        "null",
        "[]",
        "{}",
        r#"{"b":1,"a":{"":[true,false,null]}}"#,
        r#"{"n":12345678901234567890,"f":0.1,"text":"\"\\\n\u2028🔑"}"#,
    ] {
        let json: serde_json::Value = serde_json::from_str(text).unwrap();
        let select = query("SELECT doc FROM kinds WHERE id = $1");
        let back: serde_json::Value = round_trip(&world, 9, &json, select).await;
        assert_eq!(back, json);
    }
}

async fn sets_of_texts_are_searched(world: World) {
    world.script_of(SQLITE, POSTGRES).await;
    for word in ["one", "t\"w'o", "three"] {
        let select = query("SELECT words FROM kinds WHERE id = $1");
        let _: String = round_trip(&world, 4, word, select).await;
    }
    let search = query_of(
        "SELECT words FROM kinds WHERE words IN (SELECT value FROM json_each($1)) ORDER BY id
         LIMIT 10",
        "SELECT words FROM kinds WHERE words = ANY($1) ORDER BY id LIMIT 10",
    );
    let find = async |set: &[&str]| {
        let set: Vec<_> = set.iter().map(|word| (*word).to_owned()).collect();
        column::<String>(world.db().rows(search, params![set]).await.unwrap())
    };
    assert_eq!(
        find(&["three", "t\"w'o", "four"]).await,
        ["t\"w'o", "three"]
    );
    assert_eq!(find(&[]).await, [""; 0]);
}

async fn nul_is_refused(world: World) {
    world.script_of(SQLITE, POSTGRES).await;
    let nested = serde_json::json!({"x": ["a\0b"]});
    for (at, value) in [
        (4, Value::from("a\0b")),
        (9, Value::from(&nested)),
        (9, Value::Json(r#"{"x":"\\\u0000"}"#.to_owned())),
        (11, Value::from(vec!["a\0".to_owned()])),
    ] {
        let mut values = all_kinds();
        values[at] = value;
        let refused = insert(&world, values).await;
        assert!(
            matches!(refused, Err(Error::Statement { .. })),
            "{at}: {refused:?}"
        );
        assert!(!refused.unwrap_err().is_outage());
    }
    let find = query("SELECT id FROM kinds WHERE words = $1");
    world.db().rows(find, params!["a\0b"]).await.unwrap_err();
    let mut tx = world.db().begin().await.unwrap();
    tx.rows(find, params!["a\0b"]).await.unwrap_err();
    assert!(matches!(tx.commit().await, Err(Error::Aborted)));
    let mut snapshot = world.db().snapshot().await.unwrap();
    snapshot.rows(find, params!["a\0b"]).await.unwrap_err();
    assert_eq!(world.number("SELECT count(*) FROM kinds").await, 0);
}

async fn escaped_backslash_before_u0000_is_no_nul(world: World) {
    world.script_of(SQLITE, POSTGRES).await;
    let json: serde_json::Value = serde_json::from_str(r#"{"x":"\\u0000"}"#).unwrap();
    let select = query("SELECT doc FROM kinds WHERE id = $1");
    let back: serde_json::Value = round_trip(&world, 9, &json, select).await;
    assert_eq!(back, json);
}

async fn unreadable_value_names_its_column(world: World) {
    world.script_of(SQLITE, POSTGRES).await;
    insert(&world, all_kinds()).await.unwrap();
    let row = world.db().row(SELECT, params![1_i64]).await.unwrap();
    let mut row = row.unwrap();
    row.skip(4);
    let error = row.take::<i64>().unwrap_err();
    assert!(
        matches!(
            error,
            Error::Decode {
                column: 4,
                value: "text"
            }
        ),
        "{error:?}"
    );
    row.skip(20);
    row.take::<String>().unwrap_err();
}

async fn too_few_and_too_many_parameters_are_refused(world: World) {
    world.script_of(SQLITE, POSTGRES).await;
    for params in [params![], params![1_i64, 2_i64]] {
        let refused = world.db().rows(SELECT, params).await;
        assert!(
            matches!(refused, Err(Error::Statement { .. })),
            "{refused:?}"
        );
    }
}

async fn infinite_times_return(world: World) {
    world.script_of(SQLITE, POSTGRES).await;
    if world.engine == Engine::Postgres {
        world
            .script("INSERT INTO kinds (id, at) VALUES (100, 'infinity'), (101, '-infinity')")
            .await;
        let read = query("SELECT at FROM kinds WHERE id >= $1 ORDER BY id LIMIT 10");
        let read = world.db().rows(read, params![100_i64]).await.unwrap();
        assert_eq!(column::<Time>(read), [Time(i64::MAX), Time(i64::MIN)]);
    }
    for time in [Time(i64::MAX), Time(i64::MIN)] {
        let select = query("SELECT at FROM kinds WHERE id = $1");
        assert_eq!(round_trip::<Time>(&world, 7, time, select).await, time);
    }
    if world.engine == Engine::Postgres {
        let finite = world.number("SELECT count(*) FROM kinds WHERE isfinite(at)");
        assert_eq!(finite.await, 0, "written as they were read");
    }
}
