//! What the server tells about itself: every metric declared once, and the log's shape.

pub mod log;
pub mod metrics;

pub use metrics::{Count, Metrics};
