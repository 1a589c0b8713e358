//! GoTrue's API: the routes, and what they share. No rules: one use-case call per route.

mod authorize;
mod discovery;
mod error;
mod exchange_code;
mod groups;
pub mod json;
mod logout;
mod password;
mod refresh;
mod request;
mod routes;
mod session;
mod settings;
mod signup;
mod unbuilt;
mod user;
mod wire;

pub use routes::router;
