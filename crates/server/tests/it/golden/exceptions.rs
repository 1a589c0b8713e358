//! The one list of answers that are meant to differ from the recorded ones, each with its reason.

mod mail_texts;
mod misbehaviour;
mod not_built;
mod null_tokens;

use super::json::Json;
use super::recording::name_of;

/// A recorded entry where our answer is meant to be another one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exception {
    pub(crate) file: &'static str,
    pub(crate) entry: &'static str,
    pub(crate) reason: &'static str,
    /// JSON pointers into the entry, and the JSON that ours has there: checked like a recording.
    /// `None`: ours has nothing there. Placeholders numbered from 901 are ours, as is `<any>`.
    pub(crate) ours: &'static [(&'static str, Option<&'static str>)],
}

impl Exception {
    /// The entry as ours is meant to be; fails when a pointer leads nowhere or changes nothing.
    pub(crate) fn apply(&self, entry: &Json) -> Result<Json, String> {
        let mut wanted = entry.clone();
        for (pointer, json) in self.ours {
            let value = json.map(Json::parse).transpose()?;
            if wanted.at(pointer) == value.as_ref() {
                return Err(format!("`{pointer}` is recorded like that already"));
            }
            wanted.set(pointer, value)?;
        }
        Ok(wanted)
    }
}

/// Every intended difference.
pub(crate) fn all() -> Vec<Exception> {
    [mail_texts::LIST, misbehaviour::LIST, not_built::LIST].concat()
}

/// The exception of `entry`, if `all` has one.
pub(crate) fn find<'a>(all: &'a [Exception], file: &str, entry: &Json) -> Option<&'a Exception> {
    all.iter()
        .find(|one| one.file == file && one.entry == name_of(entry))
}

/// The whole answer of a refusal in the older shape.
macro_rules! refused {
    ($status:literal, $code:literal, $message:literal) => {
        Some(concat!(
            r#"{"status":"#,
            $status,
            r#","headers":{"content-type":"application/json","vary":"Origin","x-sb-error-code":""#,
            $code,
            r#""},"body":{"code":"#,
            $status,
            r#","error_code":""#,
            $code,
            r#"","msg":""#,
            $message,
            r#""}}"#
        ))
    };
}

/// The whole answer of a refusal in the shape of 2024.
macro_rules! refused_2024 {
    ($status:literal, $code:literal, $message:literal) => {
        Some(concat!(
            r#"{"status":"#,
            $status,
            r#","headers":{"content-type":"application/json","vary":"Origin","x-sb-error-code":""#,
            $code,
            r#"","x-supabase-api-version":"2024-01-01"},"body":{"code":""#,
            $code,
            r#"","message":""#,
            $message,
            r#""}}"#
        ))
    };
}

use {refused, refused_2024};

#[test]
fn every_exception_changes_a_recorded_entry() {
    for exception in all() {
        let recording = super::recording::Recording::read(exception.file).unwrap();
        let entry = recording
            .entries
            .iter()
            .find(|entry| name_of(entry) == exception.entry);
        let entry = entry.unwrap_or_else(|| panic!("no entry `{}`", exception.entry));
        exception
            .apply(entry)
            .unwrap_or_else(|why| panic!("{}: {why}", exception.entry));
        assert!(!exception.reason.is_empty());
    }
}
