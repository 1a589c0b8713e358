//! GoTrue's API: the routes, and what they share. No rules: one use-case call per route.

mod admin;
mod authorize;
mod discovery;
mod error;
mod exchange_code;
mod factors;
mod groups;
mod identities;
mod invite;
mod json;
mod landing;
mod logout;
mod otp;
mod paging;
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

pub use routes::{SURFACE, operations, router};
