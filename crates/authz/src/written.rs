//! Reading what callers wrote: objects, subjects, tuples, and whether a model takes them.

use crate::error::{Refusal, Result};
use crate::ready::{ReadyModel, Unfit};
use crate::request::WrittenTuple;
use rebac::Names;
use types::tuple::check_relation;
use types::{Object, ObjectRef, Subject, SubjectRef, Time, Tuple, TupleKey};

/// The most contextual tuples of one question.
pub const CONTEXTUAL_MAX: usize = 100;
/// The largest context of a tuple's condition, in bytes of its JSON.
pub const CONTEXT_BYTES_MAX: usize = 32 * 1_024;

impl WrittenTuple {
    /// Reads the key; the error says what is wrong with it.
    pub fn key(&self) -> Result<TupleKey, String> {
        let subject = Subject::parse(&self.user);
        let subject = subject.map_err(|e| format!("invalid 'user' field '{}': {e}", self.user))?;
        check_relation(&self.relation)
            .map_err(|e| format!("invalid 'relation' field '{}': {e}", self.relation))?;
        let object = Object::parse(&self.object);
        let object =
            object.map_err(|e| format!("invalid 'object' field '{}': {e}", self.object))?;
        Ok(TupleKey {
            subject,
            relation: self.relation.clone(),
            object,
        })
    }

    /// Reads a tuple that the model must take; the error says why it does not.
    pub(crate) fn fitting(
        &self,
        ready: &ReadyModel,
        names: &Names,
        expires_at: Option<Time>,
    ) -> Result<Tuple, String> {
        let key = self.key().map_err(|reason| {
            let Self {
                user,
                relation,
                object,
                ..
            } = self;
            format!("Invalid tuple '{object}#{relation}@{user}'. Reason: {reason}")
        })?;
        let invalid = |reason: &str| format!("Invalid tuple '{key}'. Reason: {reason}");
        let taken = ready.takes(names, &key, self.condition.as_ref());
        taken.map_err(|unfit| invalid(&unfit.to_string()))?;
        if let Some(condition) = &self.condition {
            let bytes = serde_json::to_string(&condition.context).map_or(usize::MAX, |t| t.len());
            if bytes > CONTEXT_BYTES_MAX {
                let reason = format!(
                    "the context of its condition takes {bytes} bytes, of {CONTEXT_BYTES_MAX} \
                     that are allowed"
                );
                return Err(invalid(&reason));
            }
        }
        Ok(Tuple {
            key,
            condition: self.condition.clone(),
            expires_at,
        })
    }
}

/// Reads tuples that count for one question only.
pub(crate) fn contextual(
    ready: &ReadyModel,
    names: &Names,
    tuples: &[WrittenTuple],
) -> Result<Vec<Tuple>> {
    if tuples.len() > CONTEXTUAL_MAX {
        let what = "contextual tuples";
        let most = CONTEXTUAL_MAX;
        return Err(Refusal::TooMany { what, most }.into());
    }
    let fitting = tuples.iter().map(|tuple| tuple.fitting(ready, names, None));
    let fitting = fitting.collect::<Result<Vec<_>, _>>();
    Ok(fitting.map_err(Refusal::InvalidTuple)?)
}

/// Reads the object of a question.
pub(crate) fn object(text: &str) -> Result<ObjectRef<'_>, Refusal> {
    let object = ObjectRef::parse(text);
    let invalid = |e| Refusal::Invalid(format!("invalid 'object' field '{text}': {e}"));
    object.map_err(invalid)
}

/// Reads the subject of a question, which must be somebody that the model knows the type of.
pub(crate) fn subject<'t>(
    ready: &ReadyModel,
    names: &Names,
    text: &'t str,
) -> Result<SubjectRef<'t>, Refusal> {
    let subject = SubjectRef::parse(text);
    let invalid = |e| Refusal::Invalid(format!("invalid 'user' field '{text}': {e}"));
    let subject = subject.map_err(invalid)?;
    ready.known_subject(names, subject)?;
    Ok(subject)
}

impl From<Unfit> for Refusal {
    fn from(unfit: Unfit) -> Self {
        Self::Invalid(unfit.to_string())
    }
}
