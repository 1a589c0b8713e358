//! The recordings on disk: ordered stories of requests, answers and steps between them.

use super::instances::Instances;
use super::json::Json;
use std::path::{Path, PathBuf};

/// One file of recordings.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    /// The file's name without its extension.
    pub(crate) file: String,
    /// The entries as they stand there.
    pub(crate) entries: Vec<Json>,
}

/// One entry, read.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Pair(Pair),
    /// Let time pass.
    Wait {
        seconds: u64,
    },
    /// Change the database behind the server's back.
    StateChange {
        sql: String,
    },
    /// Send one request until a limit is reached.
    Repeat {
        count: usize,
    },
}

/// A request with its recorded answer, or answers when it was sent several times at once.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) instance: String,
    pub(crate) request: Json,
    pub(crate) answers: Vec<Json>,
    /// Whether the request was sent once for each answer at the same time.
    pub(crate) parallel: bool,
    pub(crate) mail: Vec<Json>,
    /// Tokens that first appear here, by placeholder.
    pub(crate) decoded: Vec<(String, Json)>,
}

impl Recording {
    /// Reads one file; the error says where it is expected.
    pub(crate) fn read(file: &str) -> Result<Self, String> {
        let json = Json::parse(&text_of(file)?).map_err(|error| format!("{file}.json: {error}"))?;
        let entries = json
            .get("entries")
            .map(Json::elements)
            .unwrap_or_default()
            .to_vec();
        Ok(Self {
            file: file.to_owned(),
            entries,
        })
    }
}

impl Entry {
    /// Reads one entry of a recording.
    pub(crate) fn read(json: &Json) -> Result<Self, String> {
        let name = name_of(json);
        let number = |member: &str| {
            let number = json.get(member).and_then(Json::as_integer);
            number
                .and_then(|number| u64::try_from(number).ok())
                .unwrap_or_default()
        };
        let text = |member: &str| json.get(member).and_then(Json::as_text).unwrap_or_default();
        match json.get("step").and_then(Json::as_text) {
            Some("wait") => Ok(Entry::Wait {
                seconds: number("seconds"),
            }),
            Some("state_change") => Ok(Entry::StateChange {
                sql: text("sql").to_owned(),
            }),
            Some("repeat") => Ok(Entry::Repeat {
                count: usize::try_from(number("count")).unwrap_or_default(),
            }),
            Some(other) => Err(format!("`{name}` has the unknown step `{other}`")),
            None => {
                let request = json
                    .get("request")
                    .ok_or_else(|| format!("`{name}` asks nothing"))?;
                let parallel = json.get("parallel").is_some();
                let answers = match (json.get("response"), json.get("responses")) {
                    (Some(answer), None) => vec![answer.clone()],
                    (None, Some(answers)) => answers.elements().to_vec(),
                    _ => return Err(format!("`{name}` has no answer")),
                };
                Ok(Entry::Pair(Pair {
                    name: name.to_owned(),
                    instance: text("instance").to_owned(),
                    request: request.clone(),
                    answers,
                    parallel,
                    mail: json
                        .get("mail")
                        .map(Json::elements)
                        .unwrap_or_default()
                        .to_vec(),
                    decoded: json
                        .get("decoded")
                        .map(Json::members)
                        .unwrap_or_default()
                        .to_vec(),
                }))
            }
        }
    }
}

/// The recorded text of an answer's body, as a pattern: there a number that changes stands in the
/// quotes of a string.
pub(crate) fn body_text(answer: &Json) -> Option<String> {
    let text = answer.get("body_text").and_then(Json::as_text)?;
    Some(text.replace("\"<epoch>\"", "<epoch>"))
}

/// The name of an entry.
pub(crate) fn name_of(entry: &Json) -> &str {
    entry
        .get("name")
        .and_then(Json::as_text)
        .unwrap_or_default()
}

/// The servers of the recordings.
pub(crate) fn instances() -> Result<Instances, String> {
    Instances::parse(&text_of("instances")?)
}

/// The names of all recordings, sorted.
pub(crate) fn files() -> Result<Vec<String>, String> {
    let folder = folder();
    let entries = std::fs::read_dir(&folder).map_err(|error| missing(&folder, &error))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .filter(|name| name != "instances")
        .collect();
    names.sort();
    Ok(names)
}

/// Where the recordings are.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/recorded/transcripts")
}

fn text_of(file: &str) -> Result<String, String> {
    let path = folder().join(format!("{file}.json"));
    std::fs::read_to_string(&path).map_err(|error| missing(&path, &error))
}

fn missing(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read {}: {error}", path.display())
}
