//! Limits per address, GoTrue's and the account API's: which routes share a budget, and whom they
//! count.

use crate::http::body::Bodies;
use crate::http::client::{Client, Clients};
use crate::http::exchange::Exchange;
use authn::Refusal;
use resilience::rate::{Decision, KeyedBudget, Rate};
use std::time::Duration;

/// The header that names the limit by which a request was refused.
pub(super) const LIMIT_HEADER: &str = "x-ratelimit-name";

/// The budgets per address. Each named route group has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Limiter {
    /// Sign-ups with a contact.
    Signup,
    /// Sign-ups without a contact.
    Anonymous,
    /// Every grant of `/token`.
    Token,
    /// `/verify`.
    Verify,
    /// `/recover`.
    Recover,
    /// `/resend`.
    Resend,
    /// `/otp`.
    Otp,
    /// `/magiclink`.
    MagicLink,
    /// `PUT /user`.
    UserUpdate,
    /// Questions to second factors.
    FactorChallenge,
    /// Answers from second factors.
    FactorVerify,
    /// Sign-ins of the account API.
    AccountLogin,
    /// Registrations of the account API.
    AccountRegister,
    /// Refreshes of the account API.
    AccountRefresh,
    /// Requests of the account API for a mail that resets a password.
    AccountReset,
    /// Attempts of the account API to reset a password.
    AccountResetConfirm,
}

impl Limiter {
    const ALL: [Self; 16] = [
        Self::Signup,
        Self::Anonymous,
        Self::Token,
        Self::Verify,
        Self::Recover,
        Self::Resend,
        Self::Otp,
        Self::MagicLink,
        Self::UserUpdate,
        Self::FactorChallenge,
        Self::FactorVerify,
        Self::AccountLogin,
        Self::AccountRegister,
        Self::AccountRefresh,
        Self::AccountReset,
        Self::AccountResetConfirm,
    ];

    /// The name in the `X-RateLimit-Name` header, in logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signup => "signup",
            Self::Anonymous => "anonymous",
            Self::Token => "token",
            Self::Verify => "verify",
            Self::Recover => "recover",
            Self::Resend => "resend",
            Self::Otp => "otp",
            Self::MagicLink => "magiclink",
            Self::UserUpdate => "user_update",
            Self::FactorChallenge => "factor_challenge",
            Self::FactorVerify => "factor_verify",
            Self::AccountLogin => "account_login",
            Self::AccountRegister => "account_register",
            Self::AccountRefresh => "account_refresh",
            Self::AccountReset => "account_password_reset",
            Self::AccountResetConfirm => "account_password_reset_confirm",
        }
    }
}

/// What each budget allows.
#[derive(Debug, Clone)]
pub struct LimitRates {
    /// The routes that send messages, each with a budget of its own.
    pub otp: Rate,
    /// `/token`.
    pub token: Rate,
    /// `/verify`.
    pub verify: Rate,
    /// Sign-ups without a contact.
    pub anonymous: Rate,
    /// Questions to second factors, and answers, each with a budget of its own.
    pub factor: Rate,
}

const MINUTE: Duration = Duration::from_secs(60);

/// Addresses remembered per budget.
const ADDRESSES_MAX: usize = 100_000;

/// All budgets of the server.
#[derive(Debug)]
pub struct Limiters {
    budgets: Vec<LimiterBudget>,
    clients: Clients,
    bodies: Bodies,
}

#[derive(Debug)]
struct LimiterBudget {
    limiter: Limiter,
    rate: Rate,
    budget: KeyedBudget<Client>,
}

/// A limit that was hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// Which.
    pub limiter: Limiter,
    /// When to come back.
    pub retry_after: Duration,
}

impl Limiters {
    /// Full budgets.
    pub fn new(rates: &LimitRates) -> Self {
        let rate_of = |limiter| match limiter {
            Limiter::Token => rates.token,
            Limiter::Verify => rates.verify,
            Limiter::Anonymous => rates.anonymous,
            Limiter::FactorChallenge | Limiter::FactorVerify => rates.factor,
            Limiter::AccountLogin | Limiter::AccountResetConfirm => Rate::per(5, MINUTE),
            Limiter::AccountRegister => Rate::per(3, MINUTE),
            Limiter::AccountRefresh => Rate::per(10, MINUTE),
            Limiter::AccountReset => Rate::per(2, MINUTE),
            Limiter::Signup
            | Limiter::Recover
            | Limiter::Resend
            | Limiter::Otp
            | Limiter::MagicLink
            | Limiter::UserUpdate => rates.otp,
        };
        let budget = |limiter| {
            let rate = rate_of(limiter);
            LimiterBudget {
                limiter,
                rate,
                budget: KeyedBudget::new(rate, ADDRESSES_MAX),
            }
        };
        Self {
            budgets: Limiter::ALL.into_iter().map(budget).collect(),
            clients: Clients::default(),
            bodies: Bodies::default(),
        }
    }

    /// Counts a request. One whose client nobody names is not counted, as in GoTrue: behind a
    /// gateway all of them come from one address.
    pub fn admit(&self, limiter: Limiter, exchange: &Exchange) -> Result<(), Limited> {
        let Some(client) = self.clients.counted(exchange) else {
            return Ok(());
        };
        let Some(LimiterBudget { budget, .. }) = self.of(limiter) else {
            return Ok(());
        };
        let now = u64::try_from(exchange.call.now.0).unwrap_or(0);
        match budget.take(client, now) {
            Decision::Allowed => Ok(()),
            Decision::Refused { retry_after } => Err(Limited {
                limiter,
                retry_after,
            }),
        }
    }

    /// What a budget allows.
    pub fn rate(&self, limiter: Limiter) -> Option<Rate> {
        self.of(limiter).map(|budget| budget.rate)
    }

    /// The room for bodies.
    pub(super) fn bodies(&self) -> &Bodies {
        &self.bodies
    }

    fn of(&self, limiter: Limiter) -> Option<&LimiterBudget> {
        self.budgets.iter().find(|budget| budget.limiter == limiter)
    }
}

/// The limit of a use case that a refusal comes from, and after which span it allows one more.
pub(super) const fn behind(refusal: &Refusal) -> Option<(&'static str, Duration)> {
    let (name, seconds) = match refusal {
        Refusal::TooSoonForEmail { seconds } | Refusal::TooSoonForSms { seconds } => {
            ("message_frequency", *seconds)
        }
        Refusal::TooManyWrongCodes { seconds } => ("wrong_codes", *seconds),
        Refusal::OverEmailBudget { seconds } => ("mails", *seconds),
        Refusal::OverSmsBudget { seconds } => ("text_messages", *seconds),
        _ => return None,
    };
    Some((name, Duration::from_secs(seconds)))
}
