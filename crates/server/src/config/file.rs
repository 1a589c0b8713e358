//! The configuration file as a layer: every setting with its line, every fault at once.

use super::key::{self, Key};
use super::kind::Kind;
use super::problem::{Fault, Problem, did_you_mean};
use super::source::{Layer, Source, Value};
use std::io;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};
use types::Secret;

/// How a file is read; an argument, so that tests need no disk.
pub(crate) type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// A file with this suffix in a setting's name holds the setting's value.
const FILE_SUFFIX: &str = "_file";

/// Reads the text of a configuration file.
pub(crate) fn read(
    path: &Path,
    text: &str,
    read_file: ReadFile<'_>,
    problems: &mut Vec<Problem>,
) -> Layer {
    let mut reading = Reading {
        path,
        text,
        read_file,
        layer: Layer::default(),
        problems: Vec::new(),
    };
    match (DeTable::parse(text), text.parse::<toml::Table>()) {
        (Ok(spans), Ok(values)) => reading.table("", spans.get_ref(), &values),
        (Err(fault), _) | (_, Err(fault)) => {
            let source = reading.source(fault.span().map_or(0, |span| span.start));
            let what = format!("this is no TOML: {}", fault.message().replace('\n', ", "));
            let fault = Fault::new(what, "see https://toml.io");
            reading.problems.push(fault.at(source, ""));
        }
    }
    reading
        .problems
        .sort_by_key(|problem| match problem.source {
            Source::File { line, .. } => line,
            _ => 0,
        });
    problems.append(&mut reading.problems);
    reading.layer
}

/// The text of a file that holds one value, without the line end that editors add.
pub(crate) fn read_value(path: &Path, read_file: ReadFile<'_>) -> Result<String, Fault> {
    let text = read_file(path).map_err(|error| {
        Fault::new(
            format!(
                "the file `{}` cannot be read: {}",
                path.display(),
                reason(&error)
            ),
            "give the path of a file that the server may read",
        )
    })?;
    let value = text.strip_suffix('\n').unwrap_or(&text);
    let value = value.strip_suffix('\r').unwrap_or(value);
    if value.is_empty() {
        return Err(Fault::new(
            format!("the file `{}` is empty", path.display()),
            "write the value into it",
        ));
    }
    Ok(value.to_owned())
}

/// The kind of an error, without the number that operating systems add.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        kind => kind.to_string(),
    }
}

/// Wraps a checked value according to its key.
pub(crate) fn wrap(kind: Kind, value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) if kind.is_secret() => Value::Secret(Secret::new(text)),
        value => Value::Plain(value),
    }
}

struct Reading<'a> {
    path: &'a Path,
    text: &'a str,
    read_file: ReadFile<'a>,
    layer: Layer,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn table(&mut self, prefix: &str, spans: &DeTable<'_>, values: &toml::Table) {
        for (name, span) in spans {
            let path = match prefix {
                "" => name.get_ref().to_string(),
                _ => format!("{prefix}.{}", name.get_ref()),
            };
            let Some(value) = values.get(name.get_ref().as_ref()) else {
                continue;
            };
            let source = self.source(name.span().start);
            if let Some(key) = key::find(&path) {
                self.setting(key, &path, value, source);
            } else if let Some((key, target)) = file_of(&path) {
                self.setting_in_file(key, target, value, source);
            } else if let (true, DeValue::Table(inner), toml::Value::Table(table)) =
                (key::is_table(&path), span.get_ref(), value)
            {
                self.table(&path, inner, table);
            } else if key::is_table(&path) {
                let fault = Fault::new("this is a table", format!("write [{path}]"));
                self.problems.push(fault.at(source, &path));
            } else {
                self.unknown(&path, source);
            }
        }
    }

    fn setting(&mut self, key: &Key, path: &str, value: &toml::Value, source: Source) {
        match key.kind.check(value) {
            Ok(value) => self.set(path, wrap(key.kind, value), source),
            Err(fault) => self.problems.push(fault.at(source, path)),
        }
    }

    fn setting_in_file(&mut self, key: &Key, path: &str, value: &toml::Value, source: Source) {
        let named = format!("{path}{FILE_SUFFIX}");
        let text = match value.as_str() {
            Some(text) => read_value(&self.beside(text), self.read_file),
            None => Err(Fault::new(
                format!("{} does not fit", value.type_str()),
                "write the path of a file",
            )),
        };
        match text.and_then(|text| key.kind.read(&text)) {
            Ok(value) => self.set(path, wrap(key.kind, value), source),
            Err(fault) => self.problems.push(fault.at(source, &named)),
        }
    }

    fn set(&mut self, path: &str, value: Value, source: Source) {
        if let Some(before) = self.layer.0.get(path) {
            let fault = Fault::new(
                format!("this is also given at {}", before.source),
                format!("keep either the value or the {FILE_SUFFIX} form"),
            );
            self.problems.push(fault.at(source, path));
            return;
        }
        self.layer.set(path, value, source);
    }

    fn unknown(&mut self, path: &str, source: Source) {
        let paths: Vec<String> = key::paths().map(|(_, path)| path).collect();
        let tables = paths.iter().filter_map(|path| path.rsplit_once('.'));
        let names = paths
            .iter()
            .map(String::as_str)
            .chain(tables.map(|(table, _)| table));
        let advice = did_you_mean(path, names, "`claviger config schema` lists the settings");
        let fault = Fault::new("there is no such setting", advice);
        self.problems.push(fault.at(source, path));
    }

    /// A file named in the configuration is found beside the configuration file.
    fn beside(&self, text: &str) -> PathBuf {
        let directory = self.path.parent().unwrap_or_else(|| Path::new(""));
        directory.join(text)
    }

    fn source(&self, offset: usize) -> Source {
        let before = self.text.get(..offset).unwrap_or_default();
        Source::File {
            path: self.path.to_owned(),
            line: before.matches('\n').count() + 1,
        }
    }
}

/// The key whose value is in a file when `path` is `SECTION.NAME_file`.
fn file_of(path: &str) -> Option<(&'static Key, &str)> {
    let target = path.strip_suffix(FILE_SUFFIX)?;
    let key = key::find(target)?;
    key.kind.takes_file().then_some((key, target))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(path: &Path) -> io::Result<String> {
        match path.to_str() {
            Some("etc/secret") => Ok("hunter2\n".to_owned()),
            Some("etc/empty") => Ok("\n".to_owned()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn parse(text: &str) -> (Layer, Vec<String>) {
        let mut problems = Vec::new();
        let layer = read(Path::new("etc/claviger.toml"), text, &files, &mut problems);
        (layer, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_setting_knows_its_line() {
        let (layer, problems) = parse(
            "data_directory = \"d\"\n\n[email]\nenabled = false\n[phone.test_otp]\n155 = \"1\"\n",
        );
        assert_eq!(problems, [""; 0]);
        for (path, value, line) in [
            ("data_directory", "\"d\"", 1),
            ("email.enabled", "false", 4),
            ("phone.test_otp", "{ 155 = \"1\" }", 5),
        ] {
            assert_eq!(layer.plain(path).unwrap().to_string(), value);
            assert_eq!(
                layer.source(path).to_string(),
                format!("etc/claviger.toml:{line}")
            );
        }
    }

    #[test]
    fn every_fault_is_reported_with_its_line_and_the_nearest_name() {
        let (_, problems) = parse(
            "lissten = 1\nemail = 3\n[emails]\n[signup]\ndisbled = true\ndisabled = \"no\"\n\
             [providers.gitbub]\nenabled = true\n[keys]\njwt_secret = 5\njwt_secret_file = 5\n",
        );
        assert_eq!(
            problems,
            [
                "etc/claviger.toml:1: lissten: there is no such setting; did you mean listen?",
                "etc/claviger.toml:2: email: this is a table; write [email]",
                "etc/claviger.toml:3: emails: there is no such setting; did you mean email?",
                "etc/claviger.toml:5: signup.disbled: there is no such setting; did you mean \
                 signup.disabled?",
                "etc/claviger.toml:6: signup.disabled: string does not fit; write true or false",
                "etc/claviger.toml:7: providers.gitbub: there is no such setting; did you mean \
                 providers.github?",
                "etc/claviger.toml:10: keys.jwt_secret: integer does not fit; write a text",
                "etc/claviger.toml:11: keys.jwt_secret_file: integer does not fit; write the \
                 path of a file",
            ]
        );
    }

    #[test]
    fn text_that_is_no_toml_is_refused_with_its_line() {
        let (_, problems) = parse("[email]\nenabled = \n");
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].starts_with("etc/claviger.toml:2: this is no TOML: "),
            "{problems:?}"
        );
    }

    #[test]
    fn a_secret_can_be_in_a_file_beside_the_configuration() {
        let (layer, problems) = parse("[keys]\njwt_secret_file = \"secret\"\n");
        assert_eq!(problems, [""; 0]);
        assert_eq!(layer.secret("keys.jwt_secret").unwrap().expose(), "hunter2");
    }

    #[test]
    fn a_faulty_file_of_a_secret_is_refused() {
        let (_, problems) = parse(
            "[keys]\njwt_secret = \"x\"\njwt_secret_file = \"secret\"\njwks_file = \"none\"\n\
             [redis]\nurl_file = \"empty\"\n[email]\nenabled_file = \"secret\"\n",
        );
        assert_eq!(
            problems,
            [
                "etc/claviger.toml:3: keys.jwt_secret: this is also given at \
                 etc/claviger.toml:2; keep either the value or the _file form",
                "etc/claviger.toml:4: keys.jwks_file: the file `etc/none` cannot be read: it \
                 does not exist; give the path of a file that the server may read",
                "etc/claviger.toml:6: redis.url_file: the file `etc/empty` is empty; write the \
                 value into it",
                "etc/claviger.toml:8: email.enabled_file: there is no such setting; did you \
                 mean email.enabled?",
            ]
        );
    }
}
