//! How many files and connections the process may have open, and how many connections that are.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are not for clients: databases, mail, the log, the management port.
const OTHERS: u64 = 100;

/// Takes all descriptors that the system allows. Returns `wanted`, or how many connections fit:
/// one that is accepted without a descriptor left would take the database's.
pub(super) fn connections_max(wanted: usize) -> usize {
    let limit = raised();
    let fitting = fitting(wanted, limit);
    if fitting < wanted {
        tracing::warn!(
            connections_max = fitting,
            descriptors_max = limit,
            "http.connections_max is lowered to what the limit of open files allows (ulimit -Hn)"
        );
    }
    fitting
}

/// Raises the soft limit to the hard one: shells and containers start programs with 1024.
/// `None` is no limit.
fn raised() -> Option<u64> {
    let found = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: found.maximum,
        ..found
    };
    match setrlimit(Resource::Nofile, all) {
        Ok(()) => found.maximum,
        Err(e) => {
            tracing::warn!(error = %e, "the limit of open files cannot be raised");
            found.current
        }
    }
}

fn fitting(wanted: usize, limit: Option<u64>) -> usize {
    let Some(limit) = limit else {
        return wanted;
    };
    let room = usize::try_from(limit.saturating_sub(OTHERS)).unwrap_or(usize::MAX);
    wanted.min(room).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_connections_as_the_limit_has_room_for() {
        for (wanted, limit, fits) in [
            (10_000, None, 10_000),
            (10_000, Some(1 << 20), 10_000),
            (10_000, Some(10_100), 10_000),
            (10_000, Some(10_099), 9_999),
            (10_000, Some(1_024), 924),
            (10_000, Some(64), 1),
        ] {
            assert_eq!(fitting(wanted, limit), fits, "{limit:?}");
        }
    }
}
