//! The GoTrue-compatible API: `/auth/v1`.

pub mod json;
