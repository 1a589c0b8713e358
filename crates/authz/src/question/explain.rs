//! Why a question is answered as it is, with who wrote what the answer rests on.

use super::Progress;
use super::check::number;
use crate::asked::Asked;
use crate::error::Result;
use crate::known::View;
use crate::request::{Answered, CheckQuestion, Scope};
use crate::service::Authz;
use crate::written;
use rebac::condition::JsonObject;
use rebac::explain::{Explanation, Flip, StepKind, Texts, Tuple, Verdict as Answer};
use rebac::{Conditional, NameId, Subject};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use store::tuples::{self, StoredTuple};
use types::{Call, TupleKey};

/// An answer and its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The answer; none where nobody can say.
    pub allowed: Option<bool>,
    /// The reasons as a tree of lines: what granted, or every way that did not; who wrote each
    /// tuple and when; the values of conditions; and what would turn the answer.
    pub text: String,
    /// The one tuple whose change turns the answer, if there is one.
    pub turned_by: Option<Turn>,
    /// Something was left out: there were too many steps.
    pub is_cut: bool,
}

/// The smallest change that turns an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// This tuple, if it were written.
    With(TupleKey),
    /// This tuple, if it were deleted.
    Without(TupleKey),
}

impl Authz {
    /// Explains the answer to a question.
    pub async fn explain(
        &self,
        call: &Call,
        scope: Scope,
        question: CheckQuestion,
    ) -> Result<Answered<Explained>> {
        let (store, view) = self.view(call, scope).await?;
        let given = question.given.clone();
        let contextual = written::contextual(&view.ready, &view.names, &given.contextual)?;
        let mut asked = Asked::of(&view, &contextual);
        let numbered = number(&view, &mut asked, question)?;
        let (ready, context) = (Arc::clone(&view.ready), given.context.clone());
        let evaluate = move |asked: &Asked, budget| {
            let mut judge = asked.judge(&ready, context.as_ref());
            let (plan, question) = (&ready.plan, numbered.question);
            match rebac::explain::explain(plan, asked, &mut judge, question, budget) {
                Ok(explanation) => Progress::Done(explanation),
                Err(missing) => Progress::Missing(missing, None),
            }
        };
        let (explanation, asked, version) = self
            .settle(call, Arc::clone(&store), asked, evaluate)
            .await?;
        let keys = tuples_of(&explanation).filter_map(|tuple| key(&asked, tuple));
        let keys: BTreeSet<TupleKey> = keys.collect();
        let keys: Vec<_> = keys.into_iter().collect();
        let mut db = self.parts().store.db(call);
        let stored = tuples::find_all(&mut db, store.number, &keys).await?;
        let stored = stored.into_iter().map(|one| (one.tuple.key.clone(), one));
        let words = Words {
            asked: &asked,
            view: &view,
            stored: stored.collect(),
            brought: contextual.iter().map(|tuple| tuple.key.clone()).collect(),
            context: given.context.as_ref(),
        };
        Ok(Answered {
            value: explained(&explanation, &words),
            model: view.model_id,
            version,
        })
    }
}

fn explained(explanation: &Explanation<String>, words: &Words<'_>) -> Explained {
    let turned_by = match &explanation.flip {
        Flip::Add(tuple) => key(words.asked, tuple).map(Turn::With),
        Flip::Remove(tuple) => key(words.asked, tuple).map(Turn::Without),
        Flip::NotFound { .. } | Flip::NoAnswer => None,
    };
    Explained {
        allowed: match explanation.verdict {
            Answer::Allowed => Some(true),
            Answer::Denied => Some(false),
            Answer::Failed(_) => None,
        },
        text: explanation.to_text(words),
        turned_by,
        is_cut: explanation.is_cut(),
    }
}

fn tuples_of(explanation: &Explanation<String>) -> impl Iterator<Item = &Tuple> {
    explanation
        .steps
        .iter()
        .filter_map(|step| match &step.kind {
            StepKind::Tuple(tuple) => Some(tuple),
            _ => None,
        })
}

fn key(asked: &Asked, tuple: &Tuple) -> Option<TupleKey> {
    asked.key(tuple.object, tuple.relation, tuple.edge.subject)
}

/// The words behind an explanation.
struct Words<'a> {
    asked: &'a Asked,
    view: &'a View,
    stored: HashMap<TupleKey, StoredTuple>,
    brought: BTreeSet<TupleKey>,
    context: Option<&'a JsonObject>,
}

impl Words<'_> {
    fn values(&self, condition: Conditional) -> Option<String> {
        let compiled = self.view.ready.conditions.get(&condition.name)?;
        let context = self.asked.values(condition.context, self.context);
        let values = compiled.values_used(&context);
        let values = values
            .into_iter()
            .map(|(name, value)| format!("{name} = {value}"));
        Some(values.collect::<Vec<_>>().join(", "))
    }
}

impl Texts for Words<'_> {
    fn subject(&self, subject: Subject) -> String {
        self.asked.text(subject)
    }

    fn name(&self, name: NameId) -> String {
        self.asked.names().text(name).to_owned()
    }

    fn notes(&self, tuple: &Tuple) -> Vec<String> {
        let mut notes = Vec::new();
        let values = tuple.condition().and_then(|one| self.values(one));
        notes.extend(values.filter(|values| !values.is_empty()));
        let Some(key) = key(self.asked, tuple) else {
            return notes;
        };
        if self.brought.contains(&key) {
            notes.push("brought along by the question".to_owned());
        } else if let Some(stored) = self.stored.get(&key) {
            let StoredTuple {
                written_at,
                version,
                actor,
                reason,
                ..
            } = stored;
            let reason = reason.as_ref().map(|reason| format!(": {reason}"));
            let reason = reason.unwrap_or_default();
            notes.push(format!(
                "written by {actor} at {written_at}, version {version}{reason}"
            ));
        }
        notes
    }
}
