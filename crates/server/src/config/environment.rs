//! The environment as a layer: `CLAVIGER_` variables, GoTrue's, and the few without a prefix.

use super::file::{ReadFile, read_value, wrap};
use super::gotrue::{self, Effect, Part, Variable};
use super::key;
use super::problem::{Fault, Problem, did_you_mean};
use super::source::{Layer, Source, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

mod foreign;

/// The prefix of our own variables.
const PREFIX: &str = "CLAVIGER_";
/// The variable that names the configuration file.
pub(crate) const CONFIG_FILE: &str = "CLAVIGER_CONFIG_FILE";
/// Names without a prefix that are too common to be believed unless a variable of GoTrue is given.
const COMMON: &[&str] = &["API_HOST", "DB_NAMESPACE"];
/// A variable with this suffix names a file with the value.
const FILE_SUFFIX: &str = "_FILE";

/// What the environment says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    pub(crate) layer: Layer,
    /// GoTrue's host and port, each with its variable.
    pub(crate) host: Option<(String, Source)>,
    pub(crate) port: Option<(String, Source)>,
    /// A variable of GoTrue is given: the server takes GoTrue's place.
    pub(crate) is_gotrue: bool,
    pub(crate) config_file: Option<PathBuf>,
    /// What the operator should know although nothing is wrong.
    pub(crate) notes: Vec<String>,
}

/// Reads the environment. An empty variable counts as not given, and so does what platforms make.
pub(crate) fn read(
    variables: impl Iterator<Item = (impl Into<OsString>, impl Into<OsString>)>,
    read_file: ReadFile<'_>,
    problems: &mut Vec<Problem>,
) -> Environment {
    let (given, garbled) = foreign::texts(variables);
    let given = foreign::without_injected(given);
    let mut reading = Reading {
        given: &given,
        read_file,
        environment: Environment {
            is_gotrue: given.keys().any(|name| name.starts_with(gotrue::PREFIX)),
            config_file: given.get(CONFIG_FILE).map(PathBuf::from),
            ..Environment::default()
        },
        known: BTreeSet::from([CONFIG_FILE.to_owned()]),
        problems,
    };
    for variable in gotrue::variables() {
        reading.gotrue(variable);
    }
    reading.own();
    reading.refuse_unknown();
    reading.refuse_garbled(&garbled);
    reading.environment
}

struct Reading<'a> {
    given: &'a BTreeMap<String, String>,
    read_file: ReadFile<'a>,
    environment: Environment,
    known: BTreeSet<String>,
    problems: &'a mut Vec<Problem>,
}

impl Reading<'_> {
    fn gotrue(&mut self, variable: Variable) {
        let takes_file = variable.takes_file();
        let Variable { name, effect } = variable;
        let path = match &effect {
            Effect::Sets { path, .. } if takes_file => Some(path.as_str()),
            _ => None,
        };
        let value = self.value(&name, path);
        let is_ours = self.is_believed(&name);
        self.known.insert(name.clone());
        let Some((text, source)) = value.filter(|_| is_ours) else {
            return;
        };
        match effect {
            Effect::Sets { path, read } => {
                let value = read(&text).and_then(|value| match (value, key::find(&path)) {
                    (Some(value), Some(key)) => {
                        let value = key.kind.check_text(value)?;
                        Ok(Some(wrap(key.kind, value)))
                    }
                    _ => Ok(None),
                });
                self.set(&path, value, source);
            }
            Effect::Template { path } => {
                let value = template(&text, self.read_file);
                self.set(&path, value.map(Some), source);
            }
            Effect::Listen(Part::Host) => self.environment.host = Some((text, source)),
            Effect::Listen(Part::Port) => self.environment.port = Some((text, source)),
            Effect::Ignored { because } => {
                let note = format!("{name} has no effect: {because}");
                self.environment.notes.push(note);
            }
            Effect::Refused {
                when,
                is_refused,
                because,
            } => {
                if is_refused(&text) {
                    let advice = match when {
                        "true" => "set it to false or remove it".to_owned(),
                        _ => format!("remove it: the server does not start when it is {when}"),
                    };
                    let fault = Fault::new(because, advice);
                    self.problems.push(fault.at(source, ""));
                }
            }
        }
    }

    fn own(&mut self) {
        for (name, (key, path)) in key::variables() {
            let value = self.value(&name, key.kind.takes_file().then_some(path.as_str()));
            self.known.insert(name);
            if let Some((text, source)) = value {
                let value = key.kind.read(&text).map(|value| wrap(key.kind, value));
                self.set(&path, value.map(Some), source);
            }
        }
    }

    /// The value of a variable, or of the file that the variable with the suffix names, for the
    /// setting `path` that takes files.
    fn value(&mut self, name: &str, path: Option<&str>) -> Option<(String, Source)> {
        let text = self.given.get(name).cloned();
        let Some(setting) = path else {
            return text.map(|text| (text, Source::Variable(name.to_owned())));
        };
        let in_file = format!("{name}{FILE_SUFFIX}");
        self.known.insert(in_file.clone());
        let Some(path) = self.given.get(&in_file) else {
            return text.map(|text| (text, Source::Variable(name.to_owned())));
        };
        let source = Source::Variable(in_file);
        if text.is_some() {
            let fault = Fault::new(
                format!("{name} is given too"),
                format!("keep either the value or the {FILE_SUFFIX} form"),
            );
            self.problems.push(fault.at(source, setting));
            return None;
        }
        match read_value(Path::new(path), self.read_file) {
            Ok(text) => Some((text, source)),
            Err(fault) => {
                self.problems.push(fault.at(source, setting));
                None
            }
        }
    }

    fn set(&mut self, path: &str, value: Result<Option<Value>, Fault>, source: Source) {
        match value {
            Ok(Some(value)) => self.environment.layer.set(path, value, source),
            // GoTrue takes its default for this value.
            Ok(None) => {}
            Err(fault) => self.problems.push(fault.at(source, path)),
        }
    }

    fn is_believed(&self, name: &str) -> bool {
        self.environment.is_gotrue || !COMMON.contains(&name)
    }

    /// Other programs may have variables that are no text; ours must not be lost in silence.
    fn refuse_garbled(&mut self, garbled: &[String]) {
        for name in garbled {
            let is_known = self.known.contains(name) && self.is_believed(name);
            if is_known || foreign::has_our_prefix(name) {
                let fault = Fault::new("this is not UTF-8", "write it in UTF-8, or remove it");
                let source = Source::Variable(name.clone());
                self.problems.push(fault.at(source, ""));
            }
        }
    }

    fn refuse_unknown(&mut self) {
        for prefix in [PREFIX, gotrue::PREFIX] {
            let strange = |name: &&String| name.starts_with(prefix) && !self.known.contains(*name);
            for name in self.given.keys().filter(strange) {
                // Without the prefix, which every name has and which would make all of them alike.
                let bare = name.strip_prefix(prefix).unwrap_or(name);
                let names = self
                    .known
                    .iter()
                    .filter_map(|name| name.strip_prefix(prefix));
                let advice = match did_you_mean(bare, names, "") {
                    advice if advice.is_empty() => "remove it".to_owned(),
                    advice => advice.replace("mean ", &format!("mean {prefix}")),
                };
                let fault = Fault::new("there is no such variable", advice);
                self.problems
                    .push(fault.at(Source::Variable(name.clone()), ""));
            }
        }
    }
}

/// The HTML of a mail: the text itself, or the file that it names.
fn template(text: &str, read_file: ReadFile<'_>) -> Result<Value, Fault> {
    let trimmed = text.trim_start();
    let lower = trimmed.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Err(Fault::new(
            "templates are not fetched from the network",
            "save the template and give the path of the file, or give the HTML itself",
        ));
    }
    let html = if trimmed.starts_with('<') || trimmed.contains("{{") {
        text.to_owned()
    } else {
        read_value(Path::new(trimmed), read_file)?
    };
    Ok(Value::Plain(html.into()))
}

#[cfg(test)]
mod tests;
