//! Globs that are matched in time linear in the text, whatever the pattern.

use types::limits::REDIRECT_PATTERN_BYTES_MAX;

const SEPARATORS: [char; 2] = ['.', '/'];
const NESTING_MAX: usize = 8;

/// A compiled glob: a nondeterministic automaton that is run over all its states at once.
#[derive(Debug, Clone)]
pub(super) struct Glob {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Exactly this character.
    Exactly(char),
    /// Any character.
    Any,
    /// Any character but a separator.
    NoSeparator,
    /// One of these ranges.
    Within(Vec<(char, char)>),
    /// Any character but a separator and these ranges.
    Outside(Vec<(char, char)>),
    /// Goes on at all of these steps without reading.
    Fork(Vec<usize>),
    /// The whole pattern has been read.
    End,
}

impl Glob {
    /// Compiles a pattern; the error says what is wrong with it.
    pub(super) fn parse(pattern: &str) -> Result<Self, &'static str> {
        if pattern.len() > REDIRECT_PATTERN_BYTES_MAX {
            return Err("the pattern is too long");
        }
        let mut compiler = Compiler {
            rest: pattern.chars(),
            steps: Vec::new(),
        };
        compiler.sequence(0)?;
        compiler.steps.push(Step::End);
        Ok(Self {
            steps: compiler.steps,
        })
    }

    /// Whether the pattern matches the whole of `text`.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut current = States::new(self.steps.len());
        let mut next = States::new(self.steps.len());
        self.enter(0, &mut current);
        for c in text.chars() {
            next.clear();
            for state in &current.list {
                if self.steps.get(*state).is_some_and(|step| step.reads(c)) {
                    self.enter(state + 1, &mut next);
                }
            }
            std::mem::swap(&mut current, &mut next);
            if current.list.is_empty() {
                return false;
            }
        }
        let end = |state: &usize| self.steps.get(*state) == Some(&Step::End);
        current.list.iter().any(end)
    }

    /// Whether the pattern has no wildcards and reads exactly `text`.
    pub(super) fn is_exactly(&self, text: &str) -> bool {
        let literal = text.chars().map(Step::Exactly).chain([Step::End]);
        self.steps.iter().cloned().eq(literal)
    }

    /// Adds a state and everything that is reached from it without reading.
    fn enter(&self, state: usize, states: &mut States) {
        let mut pending = vec![state];
        while let Some(state) = pending.pop() {
            if !states.mark(state) {
                continue;
            }
            match self.steps.get(state) {
                Some(Step::Fork(targets)) => pending.extend(targets),
                Some(_) => states.list.push(state),
                None => {}
            }
        }
    }
}

impl Step {
    fn reads(&self, c: char) -> bool {
        let within = |ranges: &[(char, char)]| ranges.iter().any(|(a, z)| (*a..=*z).contains(&c));
        match self {
            Self::Exactly(expected) => c == *expected,
            Self::Any => true,
            Self::NoSeparator => !SEPARATORS.contains(&c),
            Self::Within(ranges) => within(ranges),
            Self::Outside(ranges) => !SEPARATORS.contains(&c) && !within(ranges),
            Self::Fork(_) | Self::End => false,
        }
    }
}

/// A set of states that remembers its members in a list.
struct States {
    marked: Vec<bool>,
    list: Vec<usize>,
}

impl States {
    fn new(length: usize) -> Self {
        Self {
            marked: vec![false; length],
            list: Vec::with_capacity(length),
        }
    }

    fn clear(&mut self) {
        self.marked.fill(false);
        self.list.clear();
    }

    /// Whether the state was not marked yet.
    fn mark(&mut self, state: usize) -> bool {
        match self.marked.get_mut(state) {
            Some(marked) => !std::mem::replace(marked, true),
            None => false,
        }
    }
}

struct Compiler<'a> {
    rest: std::str::Chars<'a>,
    steps: Vec<Step>,
}

impl Compiler<'_> {
    /// Compiles up to the end of the text, or inside of braces up to `,` or `}`, which is returned.
    fn sequence(&mut self, nesting: usize) -> Result<Option<char>, &'static str> {
        loop {
            match self.rest.next() {
                None if nesting == 0 => return Ok(None),
                None => return Err("a `{` is not closed"),
                Some(end @ (',' | '}')) if nesting > 0 => return Ok(Some(end)),
                Some('\\') => {
                    let c = self.rest.next().ok_or("nothing follows the last `\\`")?;
                    self.steps.push(Step::Exactly(c));
                }
                Some('*') => self.stars(),
                Some('?') => self.steps.push(Step::NoSeparator),
                Some('[') => self.set()?,
                Some('{') if nesting == NESTING_MAX => return Err("braces are nested too deeply"),
                Some('{') => self.alternatives(nesting + 1)?,
                Some(c) => self.steps.push(Step::Exactly(c)),
            }
        }
    }

    /// A loop: fork (to the body and behind it), body, fork back.
    fn stars(&mut self) {
        let mut body = Step::NoSeparator;
        while self.rest.as_str().starts_with('*') {
            self.rest.next();
            body = Step::Any;
        }
        let start = self.steps.len();
        self.steps.push(Step::Fork(vec![start + 1, start + 3]));
        self.steps.push(body);
        self.steps.push(Step::Fork(vec![start]));
    }

    fn alternatives(&mut self, nesting: usize) -> Result<(), &'static str> {
        let fork = self.steps.len();
        self.steps.push(Step::Fork(Vec::new()));
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        loop {
            starts.push(self.steps.len());
            let end = self.sequence(nesting)?;
            ends.push(self.steps.len());
            self.steps.push(Step::Fork(Vec::new()));
            if end == Some('}') {
                break;
            }
        }
        let behind = self.steps.len();
        self.set_targets(fork, &starts);
        for end in ends {
            self.set_targets(end, &[behind]);
        }
        Ok(())
    }

    fn set_targets(&mut self, fork: usize, new: &[usize]) {
        if let Some(Step::Fork(targets)) = self.steps.get_mut(fork) {
            targets.extend_from_slice(new);
        }
    }

    /// `[abc]`, `[a-z0-9]`, `[!a-z]`.
    fn set(&mut self) -> Result<(), &'static str> {
        let negated = self.rest.as_str().starts_with('!');
        if negated {
            self.rest.next();
        }
        let mut ranges = Vec::new();
        loop {
            let first = match self.rest.next().ok_or("a `[` is not closed")? {
                ']' => break,
                '\\' => self.rest.next().ok_or("a `[` is not closed")?,
                c => c,
            };
            let mut ahead = self.rest.clone();
            let last = match (ahead.next(), ahead.next()) {
                (Some('-'), Some(last)) if last != ']' => {
                    self.rest = ahead;
                    last
                }
                _ => first,
            };
            if last < first {
                return Err("a range in `[]` is upside down");
            }
            ranges.push((first, last));
        }
        if ranges.is_empty() {
            return Err("a `[]` is empty");
        }
        self.steps.push(if negated {
            Step::Outside(ranges)
        } else {
            Step::Within(ranges)
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn globs_follow_their_syntax() {
        for (pattern, matching, other) in [
            (
                "http://localhost:8000/*",
                vec!["http://localhost:8000/path", "http://localhost:8000/"],
                vec![
                    "http://localhost:8000",
                    "http://localhost:8000/a/b",
                    "http://localhost:8000/a.b",
                ],
            ),
            ("a**z", vec!["az", "a/./z", "azz"], vec!["a", "a/"]),
            ("a***z", vec!["a/.z"], vec![]),
            ("a?c", vec!["abc", "a\u{e9}c"], vec!["a/c", "a.c", "ac"]),
            ("[abc]", vec!["a", "c"], vec!["d", "ab", ""]),
            ("[a-c0-9.]", vec!["b", "7", "."], vec!["d", "-"]),
            ("[!a-c]", vec!["d", "-"], vec!["a", "/", "."]),
            ("[a-]", vec!["a", "-"], vec!["b"]),
            ("{ab,c*,}", vec!["ab", "c", "cd", ""], vec!["a", "c.d"]),
            (
                "x{a{1,2},b}y",
                vec!["xa1y", "xa2y", "xby"],
                vec!["xay", "xy"],
            ),
            ("a\\*,}]", vec!["a*,}]"], vec!["ab,}]"]),
            ("{a\\,b,c}", vec!["a,b", "c"], vec!["a"]),
        ] {
            let glob = Glob::parse(pattern).unwrap();
            for text in matching {
                assert!(glob.matches(text), "{pattern} {text}");
            }
            for text in other {
                assert!(!glob.matches(text), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn hostile_patterns_take_linear_time() {
        // A backtracking matcher would not finish these within the age of the universe.
        for pattern in [
            "*a".repeat(256),
            "{a,aa,**}".repeat(100) + "b",
            "**".repeat(2) + &"{*,**}a".repeat(100),
        ] {
            let glob = Glob::parse(&pattern).unwrap();
            assert!(!glob.matches(&("a".repeat(8_000) + "!")));
        }
    }

    proptest! {
        #[test]
        fn any_pattern_is_compiled_or_refused(
            pattern in "[ab*?{},!\\[\\]\\\\.-]{0,40}",
            text in "[ab./,-]{0,40}",
        ) {
            if let Ok(glob) = Glob::parse(&pattern) {
                let _ = glob.matches(&text);
            }
        }

        #[test]
        fn an_escaped_pattern_matches_itself_only(
            text in "[a-z*?{},!\\[\\]./]{1,20}",
            other in "[a-z./]{1,20}",
        ) {
            let pattern: String = text.chars().flat_map(|c| ['\\', c]).collect();
            let glob = Glob::parse(&pattern).unwrap();
            prop_assert!(glob.matches(&text) && glob.is_exactly(&text));
            prop_assert_eq!(glob.matches(&other), text == other);
        }
    }
}
