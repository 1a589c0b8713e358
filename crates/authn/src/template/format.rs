//! `printf`: the verbs that make sense for text, numbers and booleans.

use super::value::{print_onto, with_exponent};
use serde_json::Value;
use std::fmt::Write;

/// Widths and precisions beyond this are cut down to it.
const WIDTH_MAX: usize = 1_000;

/// One `%...` of a form.
#[derive(Default)]
struct Directive {
    left: bool,
    plus: bool,
    blank: bool,
    zeros: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

/// `values` in the form that `form` says. What does not fit is named in the output, as Go does:
/// `%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA string=x)`.
pub(super) fn printf(form: &str, values: &[&Value]) -> String {
    let mut text = String::new();
    let mut values = values.iter();
    let mut rest = form.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let directive = Directive::parse(&mut rest);
        match rest.next() {
            None => text.push_str("%!(NOVERB)"),
            Some('%') => text.push('%'),
            Some(verb) => match values.next() {
                Some(value) => text.push_str(&directive.print(verb, value)),
                None => drop(write!(text, "%!{verb}(MISSING)")),
            },
        }
    }
    let extra: Vec<String> = values.map(|value| named(value)).collect();
    if !extra.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(text, "%!(EXTRA {})", extra.join(", "));
    }
    text
}

impl Directive {
    fn parse(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Self {
        let mut directive = Self::default();
        while let Some(flag) = rest.next_if(|c| "-+# 0".contains(*c)) {
            match flag {
                '-' => directive.left = true,
                '+' => directive.plus = true,
                '#' => directive.alternate = true,
                ' ' => directive.blank = true,
                _ => directive.zeros = true,
            }
        }
        let number = |rest: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            let mut number = 0_usize;
            while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                let digit = digit.to_digit(10).unwrap_or(0) as usize;
                number = (number * 10 + digit).min(WIDTH_MAX);
            }
            number
        };
        directive.width = number(rest);
        if rest.next_if_eq(&'.').is_some() {
            directive.precision = Some(number(rest));
        }
        directive
    }

    fn print(&self, verb: char, value: &Value) -> String {
        match (verb, value) {
            ('v', Value::Number(number)) if number.is_f64() => self.float('g', value),
            ('v' | 'd', Value::Number(_)) => self.integer(value, |n| n.to_string()),
            ('v' | 's', Value::String(text)) => self.string(text),
            ('v', value) => {
                let mut text = String::new();
                print_onto(&mut text, value);
                self.pad(text)
            }
            ('q', Value::String(text)) => self.pad(quoted(text)),
            ('t', Value::Bool(value)) => self.pad(value.to_string()),
            ('x', Value::String(text)) => self.pad(data_encoding::HEXLOWER.encode(text.as_bytes())),
            ('X', Value::String(text)) => self.pad(data_encoding::HEXUPPER.encode(text.as_bytes())),
            ('x', Value::Number(_)) => self.integer(value, |n| format!("{n:x}")),
            ('X', Value::Number(_)) => self.integer(value, |n| format!("{n:X}")),
            ('o', Value::Number(_)) => self.integer(value, |n| format!("{n:o}")),
            ('b', Value::Number(_)) => self.integer(value, |n| format!("{n:b}")),
            ('c', Value::Number(number)) => {
                let code = number.as_u64().and_then(|n| u32::try_from(n).ok());
                let c = code.and_then(char::from_u32).unwrap_or('\u{fffd}');
                self.pad(c.to_string())
            }
            ('f' | 'F' | 'e' | 'E' | 'g' | 'G', Value::Number(_)) => self.float(verb, value),
            (verb, value) => format!("%!{verb}({})", named(value)),
        }
    }

    fn string(&self, text: &str) -> String {
        let length = self.precision.unwrap_or(usize::MAX);
        self.pad(text.chars().take(length).collect())
    }

    /// Whole numbers; those that are none are named.
    fn integer(&self, value: &Value, digits: impl Fn(u128) -> String) -> String {
        let number = match value {
            Value::Number(number) => number
                .as_i64()
                .map(i128::from)
                .or_else(|| number.as_u64().map(i128::from)),
            _ => None,
        };
        let Some(number) = number else {
            return format!("%!d({})", named(value));
        };
        let mut text = digits(number.unsigned_abs());
        let zeros = self.precision.unwrap_or(0).saturating_sub(text.len());
        text.insert_str(0, &"0".repeat(zeros));
        self.pad_signed(number < 0, text)
    }

    fn float(&self, verb: char, value: &Value) -> String {
        let number = value.as_f64().unwrap_or(0.0);
        let size = number.abs();
        let text = match (verb, self.precision) {
            ('f' | 'F', precision) => format!("{size:.*}", precision.unwrap_or(6)),
            ('e' | 'E', precision) => with_exponent(&format!("{size:.*e}", precision.unwrap_or(6))),
            (_, None) => match serde_json::Number::from_f64(size) {
                Some(size) => super::value::number_text(&size),
                None => String::new(),
            },
            (_, Some(precision)) => significant(size, precision.max(1)),
        };
        let upper = verb.is_ascii_uppercase();
        let text = if upper { text.to_uppercase() } else { text };
        self.pad_signed(number.is_sign_negative(), text)
    }

    fn pad_signed(&self, negative: bool, mut text: String) -> String {
        let sign = match (negative, self.plus, self.blank) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        };
        if self.zeros && !self.left {
            let missing = self.width.saturating_sub(text.len() + sign.len());
            text.insert_str(0, &"0".repeat(missing));
        }
        text.insert_str(0, sign);
        self.pad(text)
    }

    fn pad(&self, text: String) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        if self.left {
            text + &" ".repeat(missing)
        } else {
            " ".repeat(missing) + &text
        }
    }
}

/// `%.3g`: that many digits, without trailing zeros, with an exponent where it is shorter.
fn significant(size: f64, digits: usize) -> String {
    let text = format!("{size:.*e}", digits - 1);
    let exponent = text
        .split_once('e')
        .and_then(|(_, e)| e.parse::<i64>().ok());
    let exponent = exponent.unwrap_or(0);
    let limit = i64::try_from(digits).unwrap_or(i64::MAX);
    let trim = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if (-4..limit).contains(&exponent) {
        let decimals = usize::try_from(limit - 1 - exponent).unwrap_or(0);
        trim(&format!("{size:.decimals$}"))
    } else {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        with_exponent(&format!("{}e{exponent}", trim(mantissa)))
    }
}

/// A value with the name of its kind.
fn named(value: &Value) -> String {
    let kind = match value {
        Value::Null => return "<nil>".to_owned(),
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    };
    let mut text = format!("{kind}=");
    print_onto(&mut text, value);
    text
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            c if c.is_control() || c == '\\' => quoted.extend(c.escape_default()),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
