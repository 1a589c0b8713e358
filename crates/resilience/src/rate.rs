//! Rate limits by the generic cell rate algorithm: a budget of `burst` that refills evenly.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How much may happen: up to `burst` at once, refilling completely in `period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many may happen at once.
    pub burst: u32,
    /// How many the `period` lets happen in the long run.
    pub amount: u32,
    /// The time in which `amount` refills.
    pub period: Duration,
}

/// What a limit says to one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may happen; it has been counted.
    Allowed,
    /// It may not; nothing was counted.
    Refused {
        /// After this span the same question will be answered `Allowed`.
        retry_after: Duration,
    },
}

impl Rate {
    /// `amount` in `period`, all of them at once if need be.
    pub const fn per(amount: u32, period: Duration) -> Self {
        Self {
            burst: amount,
            amount,
            period,
        }
    }

    /// The time one takes to refill; an amount of zero never refills.
    fn interval_us(self) -> u64 {
        let period = u64::try_from(self.period.as_micros()).unwrap_or(u64::MAX);
        period
            .checked_div(u64::from(self.amount))
            .unwrap_or(u64::MAX)
    }
}

/// The theoretical arrival time of the next one, in microseconds on the caller's clock.
fn decide(rate: Rate, arrival_us: &mut u64, now_us: u64) -> Decision {
    if rate.burst == 0 || rate.amount == 0 {
        return Decision::Refused {
            retry_after: rate.period,
        };
    }
    let interval = rate.interval_us();
    let tolerance = interval.saturating_mul(u64::from(rate.burst - 1));
    // An empty budget's arrival is a whole burst ahead. One further ahead was counted before the
    // clock went back: held to it, everybody would be refused until the clock has caught up.
    let latest = now_us.saturating_add(tolerance).saturating_add(interval);
    *arrival_us = (*arrival_us).min(latest);
    let earliest = arrival_us.saturating_sub(tolerance);
    if now_us < earliest {
        return Decision::Refused {
            retry_after: Duration::from_micros(earliest - now_us),
        };
    }
    *arrival_us = (*arrival_us).max(now_us).saturating_add(interval);
    Decision::Allowed
}

/// One budget for the whole process.
#[derive(Debug)]
pub struct Budget {
    rate: Rate,
    arrival_us: Mutex<u64>,
}

impl Budget {
    /// A full budget.
    pub const fn new(rate: Rate) -> Self {
        Self {
            rate,
            arrival_us: Mutex::new(0),
        }
    }

    /// Takes one. `now_us`: microseconds on any clock; where it goes back, a budget is at worst
    /// empty from there on.
    pub fn take(&self, now_us: u64) -> Decision {
        let mut arrival = self
            .arrival_us
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        decide(self.rate, &mut arrival, now_us)
    }
}

/// One budget per key, for at most a fixed number of keys.
#[derive(Debug)]
pub struct KeyedBudget<K> {
    rate: Rate,
    keys_max: usize,
    arrivals_us: Mutex<HashMap<K, u64>>,
}

impl<K: Hash + Eq> KeyedBudget<K> {
    /// Full budgets. Where more than `keys_max` keys have less than a full budget, those that will
    /// be full again soonest are forgotten first, so that memory stays bounded and the busiest
    /// keys stay limited.
    pub fn new(rate: Rate, keys_max: usize) -> Self {
        Self {
            rate,
            keys_max,
            arrivals_us: Mutex::new(HashMap::new()),
        }
    }

    /// Takes one from the budget of `key`.
    pub fn take(&self, key: K, now_us: u64) -> Decision {
        let mut arrivals = self
            .arrivals_us
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if arrivals.len() >= self.keys_max && !arrivals.contains_key(&key) {
            forget(&mut arrivals, now_us, self.keys_max);
        }
        decide(self.rate, arrivals.entry(key).or_insert(0), now_us)
    }

    /// Gives one back that was taken and, as it turned out, does not count.
    pub fn give_back<Q: Hash + Eq + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        let mut arrivals = self
            .arrivals_us
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(arrival) = arrivals.get_mut(key) {
            *arrival = arrival.saturating_sub(self.rate.interval_us());
        }
    }

    /// How many keys are remembered.
    pub fn keys(&self) -> usize {
        self.arrivals_us
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

/// Drops full budgets; if that is not enough, the fuller half of the rest.
fn forget<K: Hash + Eq>(arrivals: &mut HashMap<K, u64>, now_us: u64, keys_max: usize) {
    arrivals.retain(|_, arrival| *arrival > now_us);
    if arrivals.len() < keys_max {
        return;
    }
    let mut times: Vec<u64> = arrivals.values().copied().collect();
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    let median = *median;
    arrivals.retain(|_, arrival| *arrival > median);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    #[test]
    fn exactly_the_burst_is_allowed_at_once() {
        let budget = Budget::new(Rate::per(30, Duration::from_secs(300)));
        let allowed = (0..100)
            .filter(|_| budget.take(SECOND) == Decision::Allowed)
            .count();
        assert_eq!(allowed, 30);
    }

    #[test]
    fn waiting_as_told_is_enough_and_less_is_not() {
        let budget = Budget::new(Rate::per(2, Duration::from_secs(10)));
        assert_eq!(budget.take(SECOND), Decision::Allowed);
        assert_eq!(budget.take(SECOND), Decision::Allowed);
        let Decision::Refused { retry_after } = budget.take(SECOND) else {
            panic!("allowed")
        };
        assert_eq!(retry_after, Duration::from_secs(5));
        let almost = SECOND + 5 * SECOND - 1;
        assert!(matches!(budget.take(almost), Decision::Refused { .. }));
        assert_eq!(budget.take(almost + 1), Decision::Allowed);
    }

    #[test]
    fn a_clock_that_goes_back_costs_one_refill_at_most() {
        let rate = Rate::per(2, Duration::from_secs(10));
        let (budget, keyed) = (Budget::new(rate), KeyedBudget::new(rate, 10));
        let late = 7_200 * SECOND;
        for _ in 0..2 {
            assert_eq!(budget.take(late), Decision::Allowed);
            assert_eq!(keyed.take("a", late), Decision::Allowed);
        }
        let refused = Decision::Refused {
            retry_after: Duration::from_secs(5),
        };
        assert_eq!(budget.take(SECOND), refused);
        assert_eq!(keyed.take("a", SECOND), refused);
        assert_eq!(budget.take(6 * SECOND), Decision::Allowed);
        assert_eq!(keyed.take("a", 6 * SECOND), Decision::Allowed);
        assert_eq!(budget.take(6 * SECOND), refused);
    }

    #[test]
    fn a_zero_budget_refuses() {
        let budget = Budget::new(Rate::per(0, Duration::from_secs(10)));
        assert!(matches!(budget.take(SECOND), Decision::Refused { .. }));
    }

    #[test]
    fn what_is_given_back_can_be_taken_again_and_no_more() {
        let budget = KeyedBudget::new(Rate::per(2, Duration::from_secs(10)), 100);
        for _ in 0..5 {
            assert_eq!(budget.take("a", SECOND), Decision::Allowed);
            budget.give_back("a");
        }
        assert_eq!(budget.take("a", SECOND), Decision::Allowed);
        assert_eq!(budget.take("a", SECOND), Decision::Allowed);
        assert!(matches!(budget.take("a", SECOND), Decision::Refused { .. }));
        budget.give_back("b");
    }

    #[test]
    fn keys_do_not_share() {
        let budget = KeyedBudget::new(Rate::per(1, Duration::from_secs(10)), 100);
        assert_eq!(budget.take("a", SECOND), Decision::Allowed);
        assert_eq!(budget.take("b", SECOND), Decision::Allowed);
        assert!(matches!(budget.take("a", SECOND), Decision::Refused { .. }));
    }

    #[test]
    fn memory_is_bounded_and_the_busiest_stay_limited() {
        let budget = KeyedBudget::new(Rate::per(10, Duration::from_secs(100)), 1_000);
        for _ in 0..10 {
            budget.take(u32::MAX, SECOND);
        }
        for key in 0..100_000_u32 {
            budget.take(key, SECOND);
            assert!(budget.keys() <= 1_000);
        }
        assert!(matches!(
            budget.take(u32::MAX, SECOND),
            Decision::Refused { .. }
        ));
    }
}
