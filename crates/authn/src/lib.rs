//! Who is this? Every sign-in flow as a use case; no HTTP, no SQL text, no authorization.

pub mod one_time;
pub mod pkce;
pub mod redirect;
pub mod refresh_token;
pub mod settings;
pub mod template;
pub mod totp;
