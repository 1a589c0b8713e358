//! Every `sslmode` against a real server with certificates of its own.

use crate::cluster::{Server, folder, give, new_cluster};
use crate::engine::{call, call_within, column, eventually, on_postgres_alone, query, say};
use crate::programs::{find_program, output};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use store::db::Query;
use store::{Error, Read, Result, Store, Target};

on_postgres_alone!(each_mode_believes_what_it_should,);

const LINE: Query = query(
    "SELECT CASE WHEN ssl THEN 'encrypted' ELSE 'plain' END FROM pg_stat_ssl
     WHERE pid = pg_backend_pid()",
);

/// What a connection is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Plain,
    Encrypted,
    /// The server cannot be believed, or does not encrypt.
    Refused,
}

fn each_mode_believes_what_it_should() {
    let name = "each_mode_believes_what_it_should";
    if find_program("openssl").is_none() {
        return say(&format!("NOT RUN, no openssl: {name}"));
    }
    let home = folder();
    // A blank in the path has to be written as `%20`.
    let authorities = home.path().join("certificate authorities");
    std::fs::create_dir(&authorities).unwrap();
    make_authority(&authorities, "right");
    make_authority(&authorities, "wrong");
    let cluster = new_cluster(home.path());
    let tls = make_certificate(&authorities, &cluster);
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(modes_of_a_server_with_tls(&cluster, &tls, &authorities));
    runtime.block_on(modes_of_a_server_without_tls(&cluster));
}

async fn modes_of_a_server_with_tls(cluster: &Path, tls: &[String], authorities: &Path) {
    let server = Server::postgres(cluster, tls);
    let root = |name: &str| {
        let file = authorities.join(format!("{name}.pem"));
        format!("&sslrootcert={}", file.display()).replace(' ', "%20")
    };
    let (right, wrong) = (root("right"), root("wrong"));
    let (named, unnamed) = ("localhost", "127.0.0.1");
    for (host, mode, root, expected) in [
        (named, "disable", "", Line::Plain),
        (named, "prefer", "", Line::Encrypted),
        (named, "require", "", Line::Encrypted),
        (unnamed, "require", right.as_str(), Line::Encrypted),
        (named, "require", &wrong, Line::Refused),
        (named, "verify-ca", &right, Line::Encrypted),
        (unnamed, "verify-ca", &right, Line::Encrypted),
        (named, "verify-ca", &wrong, Line::Refused),
        (named, "verify-full", &right, Line::Encrypted),
        (unnamed, "verify-full", &right, Line::Refused),
        (named, "verify-full", &wrong, Line::Refused),
    ] {
        let url = format!("{}?sslmode={mode}{root}", server.url(host, "postgres"));
        assert_eq!(line(&url).await, expected, "{host} {mode} {root}");
    }
    let url = server.url(named, "postgres");
    late_statement_is_cancelled(&format!("{url}?sslmode=verify-full{right}")).await;
    let missing = open(&format!("{url}?sslmode=verify-ca&sslrootcert=/none"));
    assert!(matches!(missing, Err(Error::Unusable(_))));
}

async fn modes_of_a_server_without_tls(cluster: &Path) {
    let server = Server::postgres(cluster, &[]);
    for (mode, expected) in [
        ("disable", Line::Plain),
        ("prefer", Line::Plain),
        ("require", Line::Refused),
    ] {
        let url = format!("{}?sslmode={mode}", server.url("localhost", "postgres"));
        assert_eq!(line(&url).await, expected, "{mode} without TLS");
    }
}

fn open(url: &str) -> Result<Store> {
    Store::open(&Target::Postgres {
        url: url.to_owned().into(),
        connections_max: 1,
    })
}

async fn line(url: &str) -> Line {
    let store = open(url).unwrap();
    match store.db(&call()).rows(LINE, Vec::new()).await {
        Ok(rows) => match column::<String>(rows)[0].as_str() {
            "encrypted" => Line::Encrypted,
            _ => Line::Plain,
        },
        Err(Error::Unavailable(_)) => Line::Refused,
        Err(e) => panic!("{e:?}"),
    }
}

/// The request to cancel takes the same encrypted way.
async fn late_statement_is_cancelled(url: &str) {
    let store = open(url).unwrap();
    let db = || store.db(&call());
    // It would sleep for hours: the server itself shall not end it.
    let unlimited = query("SELECT set_config('statement_timeout', '0', FALSE)");
    db().rows(unlimited, Vec::new()).await.unwrap();
    let impatient = call_within(Duration::from_millis(300));
    let slow = query("SELECT CAST(pg_sleep(10000) AS TEXT)");
    let late = store.db(&impatient).rows(slow, Vec::new()).await;
    assert!(matches!(late, Err(Error::Late)), "{late:?}");
    let sleeping = query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    eventually("the statement is cancelled", async || {
        let sleeping = db().rows(sleeping, Vec::new()).await.expect("one is free");
        column::<i64>(sleeping) == [0]
    })
    .await;
}

fn openssl(folder: &Path, arguments: &[&str]) {
    output(Command::new("openssl").current_dir(folder).args(arguments));
}

/// `name.pem` and `name.key`.
fn make_authority(folder: &Path, name: &str) {
    let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
    let arguments = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=authority of a test",
        "-keyout",
        &key,
        "-out",
        &certificate,
    ];
    openssl(folder, &arguments);
}

/// `server.pem` and `server.key`, signed by `right`, for the name `localhost` only; the settings
/// that make a server use them.
fn make_certificate(authorities: &Path, cluster: &Path) -> [String; 3] {
    let path = |name: &str| cluster.join(name).display().to_string();
    let (key, request, certificate) = (path("server.key"), path("server.csr"), path("server.pem"));
    let names = path("names");
    std::fs::write(&names, "subjectAltName = DNS:localhost\n").unwrap();
    let arguments = [
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-keyout",
        &key,
        "-out",
        &request,
    ];
    openssl(authorities, &arguments);
    let arguments = [
        "x509",
        "-req",
        "-in",
        &request,
        "-CA",
        "right.pem",
        "-CAkey",
        "right.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        &names,
        "-out",
        &certificate,
    ];
    openssl(authorities, &arguments);
    // The server wants its key unreadable for others.
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    give(Path::new(&key));
    give(Path::new(&certificate));
    [
        "ssl=on".to_owned(),
        format!("ssl_cert_file={certificate}"),
        format!("ssl_key_file={key}"),
    ]
}
