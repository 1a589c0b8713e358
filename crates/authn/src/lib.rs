//! Who is this? Every sign-in flow as a use case; no HTTP, no SQL text, no authorization.

pub mod columns;
pub mod keys;
pub mod password;
pub mod settings;
pub mod token;
