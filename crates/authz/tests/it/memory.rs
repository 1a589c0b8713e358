//! What a resident graph takes of the system's memory, each time in a process of its own.

use authz::Resident;
use rebac::Names;
use std::env;
use std::process::Command;
use types::{Object, Subject, Time, Tuple, TupleCondition, TupleKey};

/// What a tuple may take, with half a distinct object a tuple and ids of 24 bytes.
const TUPLE_BYTES_MAX: usize = 96;
const TUPLES: u64 = 1_000_000;
const PAGE_BYTES: usize = 4096;

/// Says to a process that it is the one that measures.
const ALONE: &str = "AUTHZ_TEST_MEASURES_ALONE";

/// Whether this process runs nothing but the test; if not, one that does has run it.
fn is_alone(test: &str) -> bool {
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test]).env(ALONE, "1");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
    false
}

/// What of the process is in memory, as Linux tells it.
fn process_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * PAGE_BYTES
}

fn assert_close(counted: usize, taken: usize) {
    let difference = counted.abs_diff(taken);
    assert!(difference * 10 <= taken, "{counted} counted, {taken} taken");
}

/// Spreads numbers over a range, always the same way (the last step of `SplitMix64`).
fn spread(number: u64, range: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % range
}

/// Four tenths of an object and one tenth of a subject a tuple, each named at least once; nearly
/// every tuple is a set of its own.
fn tuple(number: u64) -> Tuple {
    let (objects, subjects) = (TUPLES * 4 / 10, TUPLES / 10);
    let object = if number < objects {
        number
    } else {
        spread(number, objects)
    };
    let subject = if number < subjects {
        number
    } else {
        spread(number + TUPLES, subjects)
    };
    let relation = ["viewer", "editor", "owner"][usize::try_from(number % 3).unwrap()];
    Tuple {
        key: TupleKey {
            object: Object::parse(&format!("document:{object:024}")).unwrap(),
            relation: relation.to_owned(),
            subject: Subject::parse(&format!("account:{subject:024}")).unwrap(),
        },
        condition: None,
        expires_at: None,
    }
}

#[test]
fn a_million_tuples_take_at_most_96_bytes_each_and_say_so() {
    if !is_alone("memory::a_million_tuples_take_at_most_96_bytes_each_and_say_so") {
        return;
    }
    let before = process_bytes();
    let mut builder = Resident::builder(Names::default());
    for number in 0..TUPLES {
        builder.add(&tuple(number));
    }
    let resident = builder.finish(1);
    let (taken, counted) = (process_bytes() - before, resident.bytes());
    let tuples = usize::try_from(resident.tuples()).unwrap();
    assert!(tuples > 990_000, "{tuples}");
    assert!(resident.objects_end() >= 500_000);
    let tuple_bytes = taken / tuples;
    assert!(
        tuple_bytes <= TUPLE_BYTES_MAX,
        "{tuple_bytes} bytes a tuple"
    );
    assert_close(counted, taken);

    // What is gone is not counted, but for a pointer per leaf.
    let all: Vec<_> = (0..TUPLES).map(tuple).collect();
    let empty = resident.apply(2, all.iter().map(|tuple| (true, tuple)));
    assert_eq!(empty.tuples(), 0);
    assert!(empty.bytes() / tuples < 2, "{empty:?}");
    assert_eq!(resident.bytes(), counted);
}

#[test]
fn conditions_and_expiries_are_counted() {
    if !is_alone("memory::conditions_and_expiries_are_counted") {
        return;
    }
    let before = process_bytes();
    let mut builder = Resident::builder(Names::default());
    for number in 0..TUPLES / 5 {
        let mut tuple = tuple(number);
        let values = serde_json::json!({ "from": number.to_string(), "to": [number, "x"] });
        tuple.condition = Some(TupleCondition {
            name: "between".to_owned(),
            context: values.as_object().unwrap().clone(),
        });
        tuple.expires_at = Some(Time(i64::try_from(number).unwrap()));
        builder.add(&tuple);
    }
    let resident = builder.finish(1);
    let (taken, counted) = (process_bytes() - before, resident.bytes());
    assert_close(counted, taken);
    let empty = resident.without_expired(Time(i64::MAX)).unwrap();
    assert_eq!((empty.tuples(), empty.next_expiry()), (0, None));
    assert!(empty.bytes() * 100 < counted, "{empty:?}");
}
