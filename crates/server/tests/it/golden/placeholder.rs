//! The placeholders of the recordings: their grammar and what each may stand for.

use types::Time;

/// The kinds of numbered placeholders; the number keeps identity inside one recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Uuid,
    Jwt,
    Token12,
    Refresh2,
    Hex56,
    Otp6,
    Base32,
    Time,
    ClientSecret,
    B64url,
}

const KINDS: [(&str, Kind); 10] = [
    ("uuid", Kind::Uuid),
    ("jwt", Kind::Jwt),
    ("token12", Kind::Token12),
    ("refresh2", Kind::Refresh2),
    ("hex56", Kind::Hex56),
    ("otp6", Kind::Otp6),
    ("base32", Kind::Base32),
    ("time", Kind::Time),
    ("client_secret", Kind::ClientSecret),
    ("b64url", Kind::B64url),
];

impl Kind {
    /// Whether a value of this kind may contain `c`; a value ends before the first other character.
    pub(crate) fn may_contain(self, c: char) -> bool {
        match self {
            Kind::Uuid => c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c),
            Kind::Jwt => c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'),
            Kind::Token12 => c.is_ascii_lowercase() || ('2'..='7').contains(&c),
            Kind::Refresh2 | Kind::ClientSecret | Kind::B64url => {
                c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
            }
            Kind::Hex56 => c.is_ascii_digit() || ('a'..='f').contains(&c),
            Kind::Otp6 => c.is_ascii_digit(),
            Kind::Base32 => c.is_ascii_uppercase() || ('2'..='7').contains(&c),
            Kind::Time => c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | 'T' | 'Z'),
        }
    }

    /// The number of characters of every value of this kind, where that is fixed.
    pub(crate) fn length_chars(self) -> Option<usize> {
        match self {
            Kind::Uuid => Some(36),
            Kind::Token12 => Some(12),
            Kind::Hex56 => Some(56),
            Kind::Otp6 => Some(6),
            Kind::Base32 => Some(32),
            _ => None,
        }
    }

    /// Whether `value` has the form of this kind.
    pub(crate) fn accepts(self, value: &str) -> bool {
        let length_fits = self
            .length_chars()
            .is_none_or(|length| value.len() == length);
        if value.is_empty() || !length_fits || !value.chars().all(|c| self.may_contain(c)) {
            return false;
        }
        match self {
            Kind::Uuid => value
                .char_indices()
                .all(|(at, c)| (c == '-') == matches!(at, 8 | 13 | 18 | 23)),
            Kind::Jwt => value.split('.').count() == 3,
            Kind::Time => is_utc_time(value),
            _ => true,
        }
    }

    /// Whether two placeholders of this kind always stand for two values. Tokens of one session
    /// made in one second can be equal, codes can be equal by chance, and times of one request
    /// were only told apart because the recorded server rounds when it reads back.
    pub(crate) fn tells_apart(self) -> bool {
        !matches!(self, Kind::Jwt | Kind::Otp6 | Kind::Time)
    }
}

/// One piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Stands for itself.
    Literal(String),
    /// `<uuid:7>`: `name` is the placeholder as written.
    Numbered { kind: Kind, name: String },
    /// A Unix time in seconds.
    Epoch,
    /// Decimal digits.
    Integer,
    /// The QR code.
    Svg,
    /// Any JSON value: ours, used where an exception does not care.
    Any,
    /// An API key with literal text in instances.json.
    ServiceKey,
    /// The other API key.
    AnonKey,
    /// The first five characters of what `name` stands for.
    FirstFive { name: String },
    /// Base64url of the text that `name` stands for.
    Base64UrlOf { name: String },
    /// The TOTP code for the secret `name`, now or one step before.
    Totp { name: String, steps_back: u64 },
    /// Six digits that are no valid TOTP code now.
    WrongCode,
}

/// Splits `pattern` into literals and placeholders. What only looks like a placeholder is literal.
pub(crate) fn parts(pattern: &str) -> Vec<Part> {
    let mut all = Vec::new();
    let mut literal = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if c == '<'
            && let Some((part, length)) = placeholder(rest)
        {
            if !literal.is_empty() {
                all.push(Part::Literal(std::mem::take(&mut literal)));
            }
            all.push(part);
            rest = rest.get(length..).unwrap_or_default();
        } else {
            literal.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    if !literal.is_empty() {
        all.push(Part::Literal(literal));
    }
    all
}

/// The only part of `pattern`, when it is nothing but one placeholder.
pub(crate) fn sole(pattern: &str) -> Option<Part> {
    let mut all = parts(pattern);
    match (all.pop(), all.is_empty()) {
        (Some(Part::Literal(_)) | None, _) | (_, false) => None,
        (part, true) => part,
    }
}

/// Whether `value` is RFC 3339 in UTC with at most nine fraction digits and no trailing zero.
fn is_utc_time(value: &str) -> bool {
    let fraction_fits = value
        .strip_suffix('Z')
        .and_then(|text| text.split_once('.'))
        .is_none_or(|(_, digits)| (1..=9).contains(&digits.len()) && !digits.ends_with('0'));
    value.ends_with('Z') && fraction_fits && Time::parse(value).is_some()
}

/// The placeholder that `text` starts with, and how many bytes it takes.
fn placeholder(text: &str) -> Option<(Part, usize)> {
    const PLAIN: [(&str, Part); 7] = [
        ("<epoch>", Part::Epoch),
        ("<int>", Part::Integer),
        ("<svg>", Part::Svg),
        ("<any>", Part::Any),
        ("<service_role_jwt>", Part::ServiceKey),
        ("<anon_jwt>", Part::AnonKey),
        ("<wrong 6-digit code>", Part::WrongCode),
    ];
    for (name, part) in PLAIN {
        if text.starts_with(name) {
            return Some((part, name.len()));
        }
    }
    if let Some(inner) = text.strip_prefix("<first 5 of ") {
        let (_, name) = numbered(inner)?;
        let length = "<first 5 of ".len() + name.len() + 1;
        return ended(text, length, Part::FirstFive { name });
    }
    if let Some(inner) = text.strip_prefix("<base64url of ") {
        let (_, name) = numbered(inner)?;
        let length = "<base64url of ".len() + name.len() + 1;
        return ended(text, length, Part::Base64UrlOf { name });
    }
    if let Some(inner) = text.strip_prefix("<totp(") {
        let (secret, end) = inner.split_once(')')?;
        let end = end.split_once('>')?.0;
        let (secret, previous) = match secret.split_once(", ") {
            Some((secret, "previous step")) => (secret, true),
            Some(_) => return None,
            None => (secret, false),
        };
        let name = format!("<{secret}>");
        let length = text.find('>')? + 1;
        let steps_back = u64::from(previous);
        return end
            .is_empty()
            .then_some((Part::Totp { name, steps_back }, length));
    }
    let (kind, name) = numbered(text)?;
    let length = name.len();
    Some((Part::Numbered { kind, name }, length))
}

fn ended(text: &str, length: usize, part: Part) -> Option<(Part, usize)> {
    text.get(..length)?
        .ends_with(">>")
        .then_some((part, length))
}

/// The numbered placeholder that `text` starts with.
fn numbered(text: &str) -> Option<(Kind, String)> {
    let (inside, _) = text.strip_prefix('<')?.split_once('>')?;
    let (word, number) = inside.split_once(':')?;
    let digits = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    let kind = KINDS.iter().find(|(name, _)| *name == word)?.1;
    digits.then(|| (kind, format!("<{inside}>")))
}

#[test]
fn placeholders_are_told_from_angle_brackets() {
    let uuid = Part::Numbered {
        kind: Kind::Uuid,
        name: "<uuid:7>".to_owned(),
    };
    assert_eq!(
        parts("a<uuid:7><b>"),
        [
            Part::Literal("a".to_owned()),
            uuid.clone(),
            Part::Literal("<b>".to_owned())
        ]
    );
    assert_eq!(sole("<uuid:7>"), Some(uuid));
    assert_eq!(sole("<b>"), None);
    assert_eq!(
        sole("<first 5 of <token12:1>>"),
        Some(Part::FirstFive {
            name: "<token12:1>".to_owned()
        })
    );
    assert_eq!(
        sole("<totp(base32:1, previous step)>"),
        Some(Part::Totp {
            name: "<base32:1>".to_owned(),
            steps_back: 1
        })
    );
}

#[test]
fn a_kind_accepts_only_its_form() {
    assert!(Kind::Uuid.accepts("99999999-9999-4999-8999-999999999999"));
    assert!(!Kind::Uuid.accepts("99999999-9999-4999-8999-99999999999A"));
    assert!(!Kind::Uuid.accepts("999999999999-4999-8999-9999-999999999"));
    assert!(Kind::Token12.accepts("abcdefghij27"));
    assert!(!Kind::Token12.accepts("abcdefghij21"));
    assert!(Kind::Time.accepts("2026-01-02T03:04:05.123456Z"));
    assert!(Kind::Time.accepts("2026-01-02T03:04:05Z"));
    assert!(!Kind::Time.accepts("2026-01-02T03:04:05.120Z"));
    assert!(!Kind::Time.accepts("2026-13-02T03:04:05Z"));
    assert!(!Kind::Jwt.accepts("a.b"));
}
