//! Codes by text message. Numbers with a configured test code get nothing and accept that code.

use crate::error::{Refusal, Result, too_soon};
use crate::messages::{Code, clock_us};
use crate::{Authn, one_time};
use resilience::rate::Decision;
use store::Tx;
use store::one_time_tokens::TokenType;
use store::users::User;
use types::{Call, Time};

/// What the answer to a request for a code names the message that was not sent.
pub(crate) const TEST_MESSAGE_ID: &str = "test-otp";

impl Authn {
    /// The configured code of a test number, while test codes are valid.
    pub(crate) fn test_code(&self, call: &Call, phone: &str) -> Option<&str> {
        let settings = &self.0.settings.phone;
        let until = settings.test_otp_valid_until.as_str();
        if !until.is_empty() && Time::parse(until).is_none_or(|until| until <= call.now) {
            return None;
        }
        settings.test_otp.get(phone).map(String::as_str)
    }

    /// Refuses a message that would follow the last one to this number too closely.
    pub(crate) fn sms_not_too_soon(&self, call: &Call, last: Option<Time>) -> Result<()> {
        match too_soon(last, self.0.settings.phone.max_frequency.0, call.now) {
            Some(seconds) => Err(Refusal::TooSoonForSms { seconds }.into()),
            None => Ok(()),
        }
    }

    /// The code for a number: its test code, since no provider of text messages is built in.
    pub(crate) fn sms_code(&self, call: &Call, phone: &str) -> Result<Code> {
        let Some(digits) = self.test_code(call, phone) else {
            return Err(Refusal::SmsUnavailable.into());
        };
        if let Decision::Refused { .. } = self.0.sms_budget.take(clock_us(call)) {
            return Err(Refusal::OverSmsBudget.into());
        }
        Ok(Code {
            digits: digits.to_owned(),
            hash: one_time::hash(phone, digits),
        })
    }

    /// Asks a user to confirm the number they gave.
    pub(crate) fn send_phone_confirmation(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
    ) -> Result<()> {
        self.sms_not_too_soon(call, user.confirmation_sent_at)?;
        let phone = user.phone.clone().unwrap_or_default();
        let code = self.sms_code(call, &phone)?;
        user.confirmation_token.clone_from(&code.hash);
        user.confirmation_sent_at = Some(call.now);
        self.put_token(tx, call, user.id, TokenType::Confirmation, &code, &phone);
        Ok(())
    }
}
