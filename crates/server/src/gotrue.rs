//! GoTrue's API: the routes, and what they share. No rules: one use-case call per route.

mod error;
mod invite;
pub mod json;
mod landing;
mod otp;
mod password;
mod recover;
mod request;
mod routes;
mod session;
mod signup;
mod user;
mod verify;
mod wire;

pub use routes::{SURFACE, router};
