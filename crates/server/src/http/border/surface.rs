//! An API as the border sees it: its rules, and how it words what the border has to say.

use super::{Cors, Handled};
use crate::http::exchange::Exchange;
use crate::http::limits::Limited;
use crate::http::reply::Reply;
use axum::http::request::Parts;
use types::Call;

/// Whose rule for keys an API has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRule {
    /// The rule of Supabase's gateway for `apikey`.
    Gateway,
    /// The API's own: `Authorization` reaches it as it is, and `apikey` means nothing.
    Own,
}

/// What becomes of a body that says it is a form (`application/x-www-form-urlencoded`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forms {
    /// It is taken apart, and handlers that expect JSON see no body, as in GoTrue's framework.
    Apart,
    /// It is a body as any other: what the `Content-Type` says does not count here.
    Body,
}

/// What the border itself may have to say, in the words of the API that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// No such path.
    NotFound,
    /// The path has other methods.
    MethodNotAllowed,
    /// The body is larger than allowed.
    BodyTooLarge,
    /// The query or the form has more pairs than are looked at.
    TooManyPairs,
    /// The body could not be read.
    BodyBroken,
    /// Until the deadline there was no room for the body.
    Busy,
    /// The `apikey` is not one of this server.
    InvalidApiKey,
    /// A limit was hit.
    Limited(Limited),
    /// The deadline passed.
    Late,
    /// The handler panicked.
    Panicked,
}

/// An API: its name and how it words the border's faults.
#[derive(Debug, Clone, Copy)]
pub struct Surface {
    /// The name in logs.
    pub name: &'static str,
    /// Whose rule for keys it has.
    pub keys: KeyRule,
    /// What becomes of bodies that are forms.
    pub forms: Forms,
    /// Which headers the pages of other origins may send and read.
    pub cors: Cors,
    /// Words a fault. The headers are the request's.
    pub fault: fn(&Parts, &Call, &Fault) -> Reply,
    /// Answers a request that no route is for: with the fault, unless something else is to be
    /// told first.
    pub stray: for<'a> fn(&'a Exchange, Fault) -> Handled<'a>,
}
