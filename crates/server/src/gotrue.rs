//! GoTrue's API: the routes, and what they share. No rules: one use-case call per route.

mod admin;
mod error;
mod factors;
mod identities;
pub mod json;
mod paging;
mod password;
mod request;
mod routes;
mod session;
mod signup;
mod user;
mod wire;

pub use routes::router;
