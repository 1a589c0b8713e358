//! Wrong codes are counted for the one whose code is tried: six digits can be guessed otherwise.
//!
//! ASVS 5.0 6.6.3 asks for a limit that does not depend on where the guesses come from.

use crate::Authn;
use crate::error::{Error, Refusal, Result, seconds_until};
use crate::messages::clock_us;
use resilience::rate::{Decision, Rate};
use std::time::Duration;
use types::Call;

/// Wrong codes for one contact or factor. A guesser who comes every hour for a year hits one code
/// of six digits with a chance of one in twelve, while somebody mistypes a few times at most.
pub const WRONG_CODES: Rate = Rate::per(10, Duration::from_hours(1));
/// Contacts and factors remembered.
pub const GUESSED_MAX: usize = 100_000;

impl Authn {
    /// Makes an attempt with a code of `whom`. It is counted before, so that many at once are no
    /// way around, and given back unless the code was wrong.
    pub(crate) async fn attempt<T>(
        &self,
        call: &Call,
        whom: &str,
        attempt: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let budget = &self.0.wrong_codes;
        if let Decision::Refused { retry_after } = budget.take(whom.to_owned(), clock_us(call)) {
            let seconds = seconds_until(retry_after);
            return Err(Refusal::TooManyWrongCodes { seconds }.into());
        }
        let outcome = attempt.await;
        if !matches!(
            outcome,
            Err(Error::Refused(
                Refusal::OtpExpired | Refusal::TotpCodeInvalid | Refusal::ReauthenticationInvalid
            ))
        ) {
            budget.give_back(whom);
        }
        outcome
    }
}
