//! The integration tests of the server: one binary, one module per subject.

mod golden;
