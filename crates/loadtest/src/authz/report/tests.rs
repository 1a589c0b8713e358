//! The tables and goals of a report that is put together by hand.

use super::super::measured::{Case, InProcess, Kind};
use super::{Over, Report};
use crate::load::Sample;
use serde_json::{Value, json};

/// Checks of depth 3 at these rates, a world with its import, and nothing over HTTP.
fn report(rates: &[(bool, f64)], graph_bytes: u64) -> Report {
    let row = |figure: &str, answer: Option<bool>, per_second: f64| {
        let mut row = json!({
            "figure": figure, "engine": "PostgreSQL", "tuples": 1_000_000,
            "samples": 10, "per_second": per_second, "p50_us": 1.0, "p99_us": 2.0,
            "round_trips_max": 4,
        });
        if let (Some(answer), Some(row)) = (answer, row.as_object_mut()) {
            row.insert("kind".to_owned(), json!("group"));
            row.insert("depth".to_owned(), json!(3));
            row.insert("answer".to_owned(), json!(answer));
        }
        row
    };
    let checks = (rates.iter()).map(|(answer, rate)| row("resident", Some(*answer), *rate));
    let others = [row("list", None, 100.0), row("write", None, 4_000.0)];
    let rows: Vec<Value> = checks.chain(others).collect();
    let in_process = json!({
        "rows": rows,
        "worlds": [{
            "engine": "PostgreSQL", "tuples": 1_000_000, "import_seconds": 20.0,
            "read_seconds": 2.0, "graph_bytes": graph_bytes, "database": "", "store": "",
            "questions": [],
        }],
    });
    Report {
        rounds: rates.len(),
        seconds: 1,
        in_process: serde_json::from_value::<InProcess>(in_process).unwrap(),
        http: Vec::new(),
    }
}

fn over(per_second: f64, bare: f64) -> Over {
    let sample = |per_second| Sample {
        connections: 8,
        requests: 100,
        refused: 0,
        failures: 0,
        per_second,
        p50_ms: 1.0,
        p99_ms: 1.0,
        server_cpu_ms: 1.0,
        hash_cpu_ms: 0.0,
        database_cpu_ms: 0.0,
    };
    Over {
        engine: "PostgreSQL".to_owned(),
        tuples: 1_000_000,
        case: Case {
            kind: Kind::Group,
            depth: 3,
            answer: true,
        },
        sample: sample(per_second),
        bare: sample(bare),
    }
}

/// The line of a goal.
fn goal<'t>(text: &'t str, figure: &str) -> &'t str {
    let goals = text.split("## Goals").nth(1).unwrap();
    let mut lines = goals.lines();
    lines.find(|line| line.contains(figure)).unwrap()
}

#[test]
fn of_the_rounds_the_median_counts_and_of_the_cases_the_worst() {
    let rates = [
        (true, 900_000.0),
        (true, 100.0),
        (true, 800_000.0),
        (false, 600_000.0),
        (false, 700_000.0),
        (false, 1.0),
    ];
    let text = report(&rates, 90_000_000).markdown();
    let line = goal(&text, "checks/s, depth 3, group");
    assert!(line.contains("600000.00 | yes"), "{line}");
    let line = goal(&text, "time of a false answer");
    assert!(line.contains("1.33 | yes"), "{line}");
}

#[test]
fn what_is_not_reached_is_said() {
    let rates = [(true, 900_000.0), (false, 450_000.0)];
    let text = report(&rates, 97_000_000).markdown();
    for (figure, expected) in [
        ("checks/s, depth 3, group", "450000.00 | no"),
        ("time of a false answer", "2.00 | no"),
        ("bytes a tuple in memory", "97.00 | no"),
        ("writes/s by 64 writers", "4000.00 | no"),
        ("import, s", "20.00 | yes"),
    ] {
        let line = goal(&text, figure);
        assert!(line.contains(expected), "{line}");
    }
}

#[test]
fn over_http_each_load_counts_beside_the_bare_server_of_its_own_moment() {
    let mut report = report(&[(true, 1.0)], 1);
    report.http = vec![over(50.0, 100.0), over(80.0, 100.0), over(400.0, 500.0)];
    let text = report.markdown();
    let line = goal(&text, "over HTTP");
    assert!(line.contains("80.00 | yes"), "{line}");
    report.http.push(over(10.0, 100.0));
    report.http.push(over(10.0, 100.0));
    let text = report.markdown();
    assert!(goal(&text, "over HTTP").contains("50.00 | no"), "{text}");
}
