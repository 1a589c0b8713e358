//! The integration tests of the server: one binary, one module per subject.

#[cfg(test)]
mod app;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod sessions;
