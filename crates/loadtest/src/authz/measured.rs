//! What the benchmark in process tells: its figures, and the worlds that it has stored.

use serde::{Deserialize, Serialize};

/// All that it has measured.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct InProcess {
    pub(super) rows: Vec<Row>,
    pub(super) worlds: Vec<World>,
}

/// One measurement.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) figure: String,
    pub(super) engine: String,
    pub(super) tuples: u64,
    #[serde(flatten)]
    pub(super) case: Option<Case>,
    pub(super) samples: u64,
    pub(super) per_second: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) round_trips_max: Option<u64>,
}

/// Questions of one sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Case {
    pub(super) kind: Kind,
    pub(super) depth: u64,
    pub(super) answer: bool,
}

/// What leads to the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Direct,
    Group,
    FolderTree,
    Exclusion,
    Ban,
    Condition,
}

impl Kind {
    pub(super) const ALL: [Self; 6] = [
        Self::Direct,
        Self::Group,
        Self::FolderTree,
        Self::Exclusion,
        Self::Ban,
        Self::Condition,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Group => "group",
            Self::FolderTree => "folder tree",
            Self::Exclusion => "exclusion",
            Self::Ban => "ban",
            Self::Condition => "condition",
        }
    }
}

/// A world in a database.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct World {
    pub(super) engine: String,
    pub(super) tuples: u64,
    pub(super) import_seconds: f64,
    pub(super) read_seconds: f64,
    pub(super) graph_bytes: u64,
    #[serde(skip_serializing)]
    pub(super) database: String,
    #[serde(skip_serializing)]
    pub(super) store: String,
    #[serde(skip_serializing)]
    pub(super) questions: Vec<Asked>,
}

/// Questions of a case, as bodies of requests.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(flatten)]
    pub(super) case: Case,
    pub(super) bodies: Vec<String>,
}
