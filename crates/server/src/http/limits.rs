//! Limits per address, GoTrue's and the account API's: which routes share a budget, and whom they
//! count.

use crate::http::exchange::Exchange;
use resilience::rate::{Decision, KeyedBudget, Rate};
use std::time::Duration;

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
    /// Questions to and answers from second factors.
    Factor,
    /// `/sso`.
    Sso,
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
        Self::Factor,
        Self::Sso,
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
            Self::Factor => "factor",
            Self::Sso => "sso",
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
    /// Second factors.
    pub factor: Rate,
    /// `/sso`.
    pub sso: Rate,
}

const MINUTE: Duration = Duration::from_secs(60);

/// Addresses remembered per budget.
const ADDRESSES_MAX: usize = 100_000;

/// All budgets of the server.
#[derive(Debug)]
pub struct Limiters {
    budgets: Vec<LimiterBudget>,
}

#[derive(Debug)]
struct LimiterBudget {
    limiter: Limiter,
    rate: Rate,
    budget: KeyedBudget<String>,
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
            Limiter::Factor => rates.factor,
            Limiter::Sso => rates.sso,
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
        }
    }

    /// Counts a request. One whose client nobody names is not counted, as in GoTrue: behind a
    /// gateway all of them come from one address.
    pub fn admit(&self, limiter: Limiter, exchange: &Exchange) -> Result<(), Limited> {
        let Some(client) = client(exchange) else {
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

    fn of(&self, limiter: Limiter) -> Option<&LimiterBudget> {
        self.budgets.iter().find(|budget| budget.limiter == limiter)
    }
}

/// Whom a request is counted for: the first value of the configured header, else, if the operator
/// wants that, the client's address.
fn client(exchange: &Exchange) -> Option<String> {
    let border = &exchange.app.border;
    let forwarded = border.sb_forwarded_for.then_some("sb-forwarded-for");
    let configured = Some(border.rate_limit_header.as_str()).filter(|name| !name.is_empty());
    let named = configured.or(forwarded).and_then(|name| {
        let first = exchange.header(name)?.split(',').next()?.trim();
        (!first.is_empty()).then(|| first.to_owned())
    });
    let address = || exchange.call.origin.ip.map(|ip| ip.to_string());
    named.or_else(|| border.count_peers.then(address).flatten())
}
