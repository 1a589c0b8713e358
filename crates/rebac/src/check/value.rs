//! The values of subproblems, and how or, and, but not combine them.

use super::Failure;

/// The value of a subproblem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value<E> {
    True,
    False {
        /// It rests on a circle, cut at the subproblem of this index of the path, or [`CLOSED`].
        circle: Option<usize>,
    },
    Failed(Failure<E>),
    /// It rests on sets that are not loaded.
    Unknown,
}

/// A circle that lies below: nothing depends on where it was cut.
pub(crate) const CLOSED: usize = usize::MAX;

impl<E> Value<E> {
    /// A no that rests on no circle.
    pub(crate) const NO: Self = Self::False { circle: None };

    pub(crate) const fn is_true(&self) -> bool {
        matches!(self, Self::True)
    }

    /// A no that rests on no circle.
    pub(crate) const fn is_no(&self) -> bool {
        matches!(self, Self::False { circle: None })
    }

    /// True if one of them is. Otherwise what is unknown keeps it open, and an error beats a no.
    /// That the steps were used up beats every other error: with more of them it may be decided.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Failed(one), Self::Failed(other)) => Self::Failed(one.or(other)),
            (Self::Failed(failure), _) | (_, Self::Failed(failure)) => Self::Failed(failure),
            (Self::False { circle: one }, Self::False { circle: other }) => Self::False {
                circle: outermost(one, other),
            },
        }
    }

    /// False if one of them is. One that rests on a circle waits for what is unknown or failed,
    /// which may be a plain one: what a plain one is taken away from stands, and what one that
    /// rests on a circle is taken away from does not.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False { circle: one }, Self::False { circle: other }) => Self::False {
                circle: one.and(other).and(outermost(one, other)),
            },
            (no, _) | (_, no) if no.is_no() => no,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Failed(one), Self::Failed(other)) => Self::Failed(one.or(other)),
            (Self::Failed(failure), _) | (_, Self::Failed(failure)) => Self::Failed(failure),
            (no @ Self::False { .. }, _) | (_, no @ Self::False { .. }) => no,
            (Self::True, Self::True) => Self::True,
        }
    }

    /// True if the first is and the second is not. A circle in what is taken away makes it false:
    /// nobody can say that the subject is not in it.
    pub(crate) fn but_not(self, subtract: Self) -> Self {
        let is_not = match subtract {
            Self::True => Self::NO,
            Self::False { circle: None } => Self::True,
            other => other,
        };
        self.and(is_not)
    }
}

/// The cut nearest to the beginning of the path: up to there the value depends on the path.
fn outermost(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type V = Value<()>;

    const CUT: V = Value::False { circle: Some(3) };
    const BAD: V = Value::Failed(Failure::TooDeep);
    const ALL: [V; 5] = [Value::True, Value::NO, CUT, BAD, Value::Unknown];

    #[test]
    fn a_decisive_value_beats_an_error_and_what_is_unknown() {
        for other in ALL {
            assert_eq!(Value::True.or(other.clone()), Value::True);
            assert_eq!(other.clone().or(Value::True), Value::True);
            assert_eq!(Value::NO.and(other.clone()), Value::NO);
            assert_eq!(other.clone().and(Value::NO), Value::NO);
            assert_eq!(Value::NO.but_not(other.clone()), Value::NO);
            assert_eq!(other.but_not(Value::True), Value::NO);
        }
    }

    #[test]
    fn an_error_is_final_only_when_nothing_is_unknown() {
        assert_eq!(BAD.or(Value::Unknown), Value::Unknown);
        assert_eq!(BAD.and(Value::Unknown), Value::Unknown);
        assert_eq!(BAD.but_not(Value::Unknown), Value::Unknown);
        assert_eq!(BAD.or(Value::NO), BAD);
        assert_eq!(BAD.and(Value::True), BAD);
        assert_eq!(Value::True.but_not(BAD), BAD);
    }

    #[test]
    fn that_steps_are_used_up_beats_another_error() {
        let out: V = Value::Failed(Failure::TooManySteps);
        assert_eq!(BAD.or(out.clone()), out);
        assert_eq!(out.clone().or(BAD), out);
        assert_eq!(BAD.and(out.clone()), out);
        assert_eq!(BAD.but_not(out.clone()), out);
        let condition = V::Failed(Failure::Condition(()));
        assert_eq!(BAD.or(condition), BAD, "otherwise the first is told");
    }

    #[test]
    fn a_circle_that_is_taken_away_denies() {
        assert_eq!(Value::True.but_not(CUT), CUT);
        assert_eq!(Value::True.but_not(Value::NO), V::True);
        assert_eq!(BAD.but_not(CUT), BAD, "it may be a plain no");
        assert_eq!(V::Unknown.but_not(CUT), V::Unknown, "as well");
    }

    #[test]
    fn the_outermost_cut_is_kept() {
        let cut = |index| V::False {
            circle: Some(index),
        };
        assert_eq!(cut(3).or(cut(1)), cut(1));
        assert_eq!(cut(CLOSED).or(cut(2)), cut(2));
        assert_eq!(cut(3).or(Value::NO), cut(3), "a no by or rests on all");
        assert_eq!(cut(3).and(Value::NO), Value::NO, "one no by and is enough");
        assert_eq!(cut(3).and(cut(1)), cut(1));
    }
}
