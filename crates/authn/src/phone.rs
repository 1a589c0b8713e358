//! Codes by text message. Numbers with a configured test code get nothing and accept that code.

use crate::Authn;
use crate::error::{Refusal, Result, seconds_until, too_soon};
use crate::messages::{Code, clock_us};
use resilience::rate::Decision;
use store::Tx;
use store::one_time_tokens::TokenType;
use store::users::User;
use types::{Call, Time};

/// A message that was sent, or would have been.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// How the provider of text messages names it; mails have no such name.
    pub message_id: Option<&'static str>,
}

impl Sent {
    /// A mail, or a message that is not told about.
    pub(crate) const UNNAMED: Self = Self { message_id: None };
    /// The message that was not sent to a test number.
    const TEST: Self = Self {
        message_id: Some("test-otp"),
    };
}

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
    fn sms_not_too_soon(&self, call: &Call, last: Option<Time>) -> Result<()> {
        match too_soon(last, self.0.settings.phone.max_frequency.0, call.now) {
            Some(seconds) => Err(Refusal::TooSoonForSms { seconds }.into()),
            None => Ok(()),
        }
    }

    /// The code for a number: its test code, since no provider of text messages is built in.
    fn sms_code(&self, call: &Call, phone: &str) -> Result<Code> {
        let Some(digits) = self.test_code(call, phone) else {
            return Err(match self.0.sms_budget.take(clock_us(call)) {
                Decision::Allowed => Refusal::SmsUnavailable,
                Decision::Refused { retry_after } => Refusal::OverSmsBudget {
                    seconds: seconds_until(retry_after),
                },
            }
            .into());
        };
        Ok(Code {
            digits: digits.to_owned(),
            hash: self.code_hash(phone, digits),
        })
    }

    /// Sends a code that confirms the user's number, or signs in with it.
    pub(crate) fn send_phone_code(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
    ) -> Result<Sent> {
        self.sms_not_too_soon(call, user.confirmation_sent_at)?;
        let phone = user.phone.clone().unwrap_or_default();
        let code = self.sms_code(call, &phone)?;
        user.confirmation_token.clone_from(&code.hash);
        user.confirmation_sent_at = Some(call.now);
        self.put_token(tx, call, user, TokenType::Confirmation, (&code, &phone));
        Ok(Sent::TEST)
    }

    /// Sends a code to the number that the user wants to change to.
    pub(crate) fn send_phone_change(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        new_phone: &str,
    ) -> Result<Sent> {
        self.sms_not_too_soon(call, user.phone_change_sent_at)?;
        let code = self.sms_code(call, new_phone)?;
        new_phone.clone_into(&mut user.phone_change);
        user.phone_change_token.clone_from(&code.hash);
        user.phone_change_sent_at = Some(call.now);
        self.put_token(tx, call, user, TokenType::PhoneChange, (&code, new_phone));
        Ok(Sent::TEST)
    }

    /// Sends a code that allows one sensitive change.
    pub(crate) fn send_phone_reauthentication(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
    ) -> Result<Sent> {
        self.sms_not_too_soon(call, user.reauthentication_sent_at)?;
        let phone = user.phone.clone().unwrap_or_default();
        let code = self.sms_code(call, &phone)?;
        user.reauthentication_token.clone_from(&code.hash);
        user.reauthentication_sent_at = Some(call.now);
        self.put_token(tx, call, user, TokenType::Reauthentication, (&code, &phone));
        Ok(Sent::TEST)
    }
}
