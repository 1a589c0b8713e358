//! CPU time of processes, from `/proc`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Clock ticks per second of `/proc/PID/stat`; fixed by the Linux ABI.
const TICKS_PER_SECOND: u64 = 100;

/// CPU time that a process has used so far, user and system.
pub(crate) fn of_process(pid: u32) -> Duration {
    stat(pid).map_or(Duration::ZERO, |stat| ticks(stat.own))
}

/// CPU time of a process, its living children, and those that have ended.
pub(crate) fn of_family(pid: u32) -> Duration {
    let mut total = stat(pid).map_or(0, |stat| stat.own + stat.ended_children);
    for child in children(pid) {
        total += stat(child).map_or(0, |stat| stat.own);
    }
    ticks(total)
}

/// CPU time that the threads of a process have used whose names begin with `prefix`.
pub(crate) fn of_threads(pid: u32, prefix: &str) -> Duration {
    let folder = format!("/proc/{pid}/task");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| {
        let name = fs::read_to_string(entry.path().join("comm"));
        name.is_ok_and(|name| name.starts_with(prefix))
    });
    let stats = named.filter_map(|entry| stat_at(&entry.path()));
    ticks(stats.map(|stat| stat.own).sum())
}

/// Resident memory in KiB.
pub(crate) fn resident_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or_default();
    line.split_whitespace()
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

struct Stat {
    parent: u32,
    own: u64,
    ended_children: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    stat_at(Path::new(&format!("/proc/{pid}")))
}

/// Of the process or thread that has this folder.
fn stat_at(folder: &Path) -> Option<Stat> {
    let text = fs::read_to_string(folder.join("stat")).ok()?;
    // The name in parentheses may hold blanks; the fields after it do not.
    let (_, fields) = text.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let number = |index: usize| {
        fields
            .get(index)
            .and_then(|field| field.parse::<u64>().ok())
    };
    Some(Stat {
        parent: u32::try_from(number(1)?).ok()?,
        own: number(11)? + number(12)?,
        ended_children: number(13)? + number(14)?,
    })
}

fn children(pid: u32) -> BTreeSet<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|child| stat(*child).is_some_and(|stat| stat.parent == pid))
        .collect()
}

fn ticks(count: u64) -> Duration {
    Duration::from_millis(count * 1000 / TICKS_PER_SECOND)
}
