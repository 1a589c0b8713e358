//! Changing many tuples at once: the rows, and the lines of the log that say so.

use super::Author;
use super::row::{each_of_list, key_parts, list, of_key};
use crate::changes::Operation;
use crate::db::{Tx, params, statements};
use std::collections::BTreeMap;
use types::{JsonObject, Time, Tuple};

/// The time behind a number of microseconds in a list; whole seconds apart, since an interval is
/// multiplied as a floating-point number.
macro_rules! time {
    ($column:literal) => {
        concat!(
            "TIMESTAMPTZ 'epoch' + CAST(w.value ->> ",
            $column,
            " AS BIGINT) / 1000000 * INTERVAL '1 second' + CAST(w.value ->> ",
            $column,
            " AS BIGINT) % 1000000 * INTERVAL '1 microsecond'"
        )
    };
}

statements! {
    Command PUT = {
        sqlite: "
            INSERT INTO store_tuples (store, object_type, object_id, relation, subject_type,
                subject_id, subject_relation, condition_name, condition_context, expires_at,
                written_at, version, actor, reason)
            SELECT $1, w.value ->> 0, w.value ->> 1, w.value ->> 2, w.value ->> 3, w.value ->> 4,
                w.value ->> 5, w.value ->> 6, w.value ->> 7, w.value ->> 8,
                w.value ->> 9, w.value ->> 10, w.value ->> 11, w.value ->> 12
            FROM json_each($2) w WHERE TRUE
            ON CONFLICT (store, object_type, object_id, relation, subject_type, subject_id,
                subject_relation)
            DO UPDATE SET condition_name = excluded.condition_name,
                condition_context = excluded.condition_context, expires_at = excluded.expires_at,
                written_at = excluded.written_at, version = excluded.version,
                actor = excluded.actor, reason = excluded.reason",
        postgres: concat!("
            INSERT INTO store_tuples (store, object_type, object_id, relation, subject_type,
                subject_id, subject_relation, condition_name, condition_context, expires_at,
                written_at, version, actor, reason)
            SELECT $1, w.value ->> 0, w.value ->> 1, w.value ->> 2, w.value ->> 3, w.value ->> 4,
                w.value ->> 5, w.value ->> 6, CAST(w.value ->> 7 AS JSON), ", time!("8"), ", ",
                time!("9"), ", CAST(w.value ->> 10 AS BIGINT), w.value ->> 11, w.value ->> 12
            FROM jsonb_array_elements($2) w
            ON CONFLICT (store, object_type, object_id, relation, subject_type, subject_id,
                subject_relation)
            DO UPDATE SET condition_name = excluded.condition_name,
                condition_context = excluded.condition_context, expires_at = excluded.expires_at,
                written_at = excluded.written_at, version = excluded.version,
                actor = excluded.actor, reason = excluded.reason"),
    };
    Command REMOVE = {
        sqlite: "
            DELETE FROM store_tuples
            WHERE (store, object_type, object_id, relation, subject_type, subject_id,
                subject_relation) IN (
                SELECT $1, w.value ->> 0, w.value ->> 1, w.value ->> 2, w.value ->> 3,
                    w.value ->> 4, w.value ->> 5
                FROM json_each($2) w)",
        // Where the rows lie stays so: nobody else writes to a store that is locked.
        postgres: concat!("DELETE FROM store_tuples WHERE ctid = ANY (ARRAY(",
            each_of_list!(postgres, "t.ctid", of_key!()), "))"),
    };
    Command LOG = {
        sqlite: "
            INSERT INTO store_changes (store, object_type, object_id, relation, subject_type,
                subject_id, subject_relation, condition_name, condition_context, expires_at, at,
                version, actor, reason, item, operation)
            SELECT $1, w.value ->> 0, w.value ->> 1, w.value ->> 2, w.value ->> 3, w.value ->> 4,
                w.value ->> 5, w.value ->> 6, w.value ->> 7, w.value ->> 8,
                w.value ->> 9, w.value ->> 10, w.value ->> 11, w.value ->> 12,
                w.value ->> 13, w.value ->> 14
            FROM json_each($2) w",
        postgres: concat!("
            INSERT INTO store_changes (store, object_type, object_id, relation, subject_type,
                subject_id, subject_relation, condition_name, condition_context, expires_at, at,
                version, actor, reason, item, operation)
            SELECT $1, w.value ->> 0, w.value ->> 1, w.value ->> 2, w.value ->> 3, w.value ->> 4,
                w.value ->> 5, w.value ->> 6, CAST(w.value ->> 7 AS JSON), ", time!("8"), ", ",
                time!("9"), ", CAST(w.value ->> 10 AS BIGINT), w.value ->> 11, w.value ->> 12,
                CAST(w.value ->> 13 AS BIGINT), CAST(w.value ->> 14 AS SMALLINT)
            FROM jsonb_array_elements($2) w"),
    };
}

/// One change of one tuple.
#[derive(Debug, Clone, Copy)]
pub struct TupleChange<'a> {
    /// What happens to it.
    pub operation: Operation,
    /// The tuple as it will be; for a deletion as it was.
    pub tuple: &'a Tuple,
    /// The version of the store that does it.
    pub version: i64,
    /// Its place among the changes of this version.
    pub item: i64,
    /// Who does it, and why.
    pub author: &'a Author,
    /// When.
    pub at: Time,
}

/// A change as `PUT` and `LOG` take it apart.
type Parts<'a> = (
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    Option<&'a str>,
    Option<String>,
    Option<i64>,
    i64,
    i64,
    &'a str,
    Option<&'a str>,
    i64,
    i64,
);

impl TupleChange<'_> {
    fn parts(&self) -> Parts<'_> {
        let (object_type, object_id, relation, subject_type, subject_id, subject_relation) =
            key_parts(&self.tuple.key);
        let condition = self.tuple.condition.as_ref();
        (
            object_type,
            object_id,
            relation,
            subject_type,
            subject_id,
            subject_relation,
            condition.map(|condition| condition.name.as_str()),
            // JSON in a text in JSON: neither engine looks into it on the way.
            condition.map(|condition| json_text(&condition.context)),
            self.tuple.expires_at.map(|at| at.0),
            self.at.0,
            self.version,
            &self.author.actor,
            self.author.reason.as_deref(),
            self.item,
            self.operation.code(),
        )
    }
}

fn json_text(map: &JsonObject) -> String {
    serde_json::to_string(map).unwrap_or_default()
}

/// Queues changes of a store that the transaction has locked: up to three statements, whatever
/// their number. Of several changes of one tuple all are logged, and the last one counts. A tuple
/// that is there already is replaced; deleting one that is not there changes nothing.
pub fn change_all(tx: &mut Tx, store: i64, changes: &[TupleChange<'_>]) {
    let mut last = BTreeMap::new();
    for change in changes {
        last.insert(key_parts(&change.tuple.key), change);
    }
    let (written, deleted): (Vec<_>, Vec<_>) = last
        .into_iter()
        .partition(|(_, change)| change.operation == Operation::Write);
    if !written.is_empty() {
        let rows = list!(written.iter().map(|(_, change)| change.parts()));
        tx.queue(PUT, params![store, rows]);
    }
    if !deleted.is_empty() {
        let keys = list!(deleted.iter().map(|(key, _)| key));
        tx.queue(REMOVE, params![store, keys]);
    }
    if !changes.is_empty() {
        let lines = list!(changes.iter().map(TupleChange::parts));
        tx.queue(LOG, params![store, lines]);
    }
}
