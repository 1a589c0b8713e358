//! Where the values of parameters come from: the tuple, and before it the request.

use serde_json::Value as Json;
pub use types::JsonObject;

/// The values that parameters are taken from. What the tuple says overrides what the request says:
/// whoever asks must not replace what whoever granted has set.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    tuple: Option<&'a JsonObject>,
    request: Option<&'a JsonObject>,
}

impl<'a> Context<'a> {
    /// A context of a tuple's own values and those of a request.
    pub const fn new(tuple: Option<&'a JsonObject>, request: Option<&'a JsonObject>) -> Self {
        Self { tuple, request }
    }

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&'a Json> {
        let of_tuple = self.tuple.and_then(|values| values.get(name));
        of_tuple.or_else(|| self.request?.get(name))
    }
}
