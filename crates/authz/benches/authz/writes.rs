//! Writers of one tuple at a time, many of them to one store.

use crate::Result;
use crate::database::{Database, call};
use crate::sample::Sample;
use authz::{Authz, Write, WrittenTuple};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use types::{Clock, SystemClock};

/// Writers at once.
const WRITERS: usize = 64;

/// Each writer writes a tuple as soon as its last one is stored.
pub(crate) async fn single(
    authz: &Authz,
    database: &Database,
    round: u64,
    span: Duration,
) -> Result<Sample> {
    let started = SystemClock.instant();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (authz, store) = (authz.clone(), database.store);
        let end = started + span;
        writers.spawn(async move {
            let mut spans = Vec::new();
            while SystemClock.instant() < end {
                let begun = SystemClock.instant();
                let write = write(round, writer, spans.len());
                authz.write(&call(), store, write).await?;
                spans.push(since(begun));
            }
            Ok::<_, authz::Error>(spans)
        });
    }
    let mut spans = Vec::new();
    while let Some(ended) = writers.join_next().await {
        spans.extend(ended??);
    }
    Ok(Sample::of(spans, Some(since(started))))
}

fn since(begun: Instant) -> Duration {
    SystemClock.instant() - begun
}

fn write(round: u64, writer: usize, number: usize) -> Write {
    let tuple = WrittenTuple {
        user: format!("user:writer-{round}-{writer}-{number}"),
        relation: "shared".to_owned(),
        object: format!("document:written-{round}-{writer}-{}", number % 100),
        condition: None,
    };
    Write {
        writes: vec![tuple],
        actor: "benchmark".to_owned(),
        ..Write::default()
    }
}
