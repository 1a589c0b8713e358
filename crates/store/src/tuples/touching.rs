//! Everything that hangs on some objects: the tuples about them, and those that name them.

use super::row::{each_of_list, list, take_key, tuple_columns};
use crate::db::{Tx, params, statements};
use crate::error::Result;
use types::{Object, TupleKey};

statements! {
    Query ABOUT = {
        sqlite: each_of_list!(sqlite, tuple_columns!(), "",
            "t.object_type = w.value ->> 0 AND t.object_id = w.value ->> 1"),
        postgres: each_of_list!(postgres, tuple_columns!(),
            "t.object_type = w.value ->> 0 AND t.object_id = w.value ->> 1", "t.relation"),
    };
    Query NAMING = {
        sqlite: each_of_list!(sqlite, tuple_columns!(), "INDEXED BY store_tuples_subject_idx",
            "t.subject_type = w.value ->> 0 AND t.subject_id = w.value ->> 1"),
        postgres: each_of_list!(postgres, tuple_columns!(),
            "t.subject_type = w.value ->> 0 AND t.subject_id = w.value ->> 1",
            "t.subject_relation"),
    };
}

/// The tuples about objects, and those whose subjects are the objects or whoever has a relation to
/// them, expired ones too; in one round trip for any number of objects.
pub async fn touching(
    tx: &mut Tx,
    store: i64,
    objects: &[Object],
) -> Result<(Vec<TupleKey>, Vec<TupleKey>)> {
    let objects = || {
        list!(
            objects
                .iter()
                .map(|object| (object.type_name(), object.id()))
        )
    };
    let queries = vec![
        (ABOUT, params![store, objects()]),
        (NAMING, params![store, objects()]),
    ];
    let mut answers = tx.all(queries).await?.into_iter();
    let mut keys = || {
        let rows = answers.next().unwrap_or_default().into_iter();
        rows.map(|mut row| take_key(&mut row))
            .collect::<Result<Vec<_>>>()
    };
    Ok((keys()?, keys()?))
}
