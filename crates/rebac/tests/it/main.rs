//! The engine as its users see it.

mod check;
mod reference;
mod worlds;
