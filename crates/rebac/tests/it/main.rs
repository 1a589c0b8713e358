//! The integration tests of the authorization engine: one binary, one module per subject.

#[cfg(test)]
mod amount;
#[cfg(test)]
mod check;
#[cfg(test)]
mod condition;
#[cfg(test)]
mod dsl;
#[cfg(test)]
mod expand;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod json;
#[cfg(test)]
mod partly;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tuples;
#[cfg(test)]
mod validate;
#[cfg(test)]
mod worlds;
