//! GoTrue's API: the routes, and what they share. No rules: one use-case call per route.

mod authorize;
mod discovery;
mod error;
mod exchange_code;
mod groups;
mod invite;
pub mod json;
mod landing;
mod logout;
mod otp;
mod password;
mod recover;
mod refresh;
mod request;
mod routes;
mod session;
mod settings;
mod signup;
mod unbuilt;
mod user;
mod verify;
mod wire;

pub use routes::router;
