//! JSON as Go prints it.

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::io::{Result, Write};

/// Prints a value without blanks, with `<`, `>`, `&`, U+2028 and U+2029 escaped, so that it can
/// stand in a page, and numbers in Go's forms.
///
/// # Panics
///
/// When a map in `value` has keys that are no strings; no wire type has such a map.
#[expect(
    clippy::expect_used,
    reason = "memory can be written to, and wire types have string keys"
)]
pub(in crate::gotrue) fn to_string(value: &impl Serialize) -> String {
    let mut bytes = Vec::with_capacity(256);
    let mut serializer = Serializer::with_formatter(&mut bytes, GoFormatter);
    let printed = value.serialize(&mut serializer).ok();
    printed
        .and_then(|()| String::from_utf8(bytes).ok())
        .expect("a wire type can be printed")
}

struct GoFormatter;

impl Formatter for GoFormatter {
    fn write_f32<W: ?Sized + Write>(&mut self, writer: &mut W, value: f32) -> Result<()> {
        let plain = value == 0.0 || (1e-6..1e21).contains(&value.abs());
        write_float(writer, &value.to_string(), &format!("{value:e}"), plain)
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> Result<()> {
        let plain = value == 0.0 || (1e-6..1e21).contains(&value.abs());
        write_float(writer, &value.to_string(), &format!("{value:e}"), plain)
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> Result<()> {
        write_escaped(writer, fragment)
    }

    /// What these characters mean in raw JSON they can only mean in a string.
    fn write_raw_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> Result<()> {
        write_escaped(writer, fragment)
    }
}

/// `plain`, or the form with an exponent, whose sign Go always writes.
fn write_float<W: ?Sized + Write>(
    writer: &mut W,
    plain: &str,
    exponent: &str,
    is_plain: bool,
) -> Result<()> {
    match exponent.split_once('e') {
        Some((mantissa, digits)) if !is_plain => {
            let sign = if digits.starts_with('-') { "" } else { "+" };
            write!(writer, "{mantissa}e{sign}{digits}")
        }
        _ => writer.write_all(plain.as_bytes()),
    }
}

fn write_escaped<W: ?Sized + Write>(writer: &mut W, text: &str) -> Result<()> {
    let is_special = |c: char| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
    let mut rest = text;
    while let Some(index) = rest.find(is_special) {
        let (before, special) = rest.split_at(index);
        writer.write_all(before.as_bytes())?;
        let mut characters = special.chars();
        if let Some(c) = characters.next() {
            write!(writer, "\\u{:04x}", u32::from(c))?;
        }
        rest = characters.as_str();
    }
    writer.write_all(rest.as_bytes())
}
