//! Which objects, which users? All of them, in the order of their texts, a page at a time.

use super::{Progress, refused};
use crate::asked::Asked;
use crate::error::{Refusal, Result};
use crate::ready::Unfit;
use crate::request::{Answered, List, ObjectsQuestion, Scope, UsersQuestion};
use crate::service::Authz;
use crate::written;
use rebac::{Failure, ListQuestion, Listed, Subject};
use std::sync::Arc;
use types::Call;

/// As many as there are: a page of users in the order of texts needs all of them.
const ALL: usize = usize::MAX;

impl Authz {
    /// Lists the objects of a type that a user has a relation to, as many as the operator allows.
    pub async fn list_objects(
        &self,
        call: &Call,
        scope: Scope,
        question: ObjectsQuestion,
    ) -> Result<Answered<List>> {
        let most = self.settings().list_results_max;
        self.list_some(call, scope, question, most).await
    }

    /// The same, as many as are wanted.
    pub(crate) async fn list_some(
        &self,
        call: &Call,
        scope: Scope,
        question: ObjectsQuestion,
        most: usize,
    ) -> Result<Answered<List>> {
        let (store, view) = self.view(call, scope).await?;
        let ObjectsQuestion {
            user,
            relation,
            type_name,
            given,
            after,
        } = question;
        let relation = view.ready.relation(&view.names, &type_name, &relation);
        let relation = relation.map_err(listed_unfit)?;
        let subject = written::subject(&view.ready, &view.names, &user)?;
        let contextual = written::contextual(&view.ready, &view.names, &given.contextual)?;
        let mut asked = Asked::of(&view, &contextual);
        let subject = asked.subject(subject);
        let subject = subject.ok_or(Refusal::TypeNotFound(type_name))?;
        let ready = Arc::clone(&view.ready);
        let page = Page { most, after };
        let evaluate = move |asked: &Asked, budget| {
            let question = ListQuestion {
                relation,
                subject,
                // One more tells that there is another page.
                results: page.most.saturating_add(1),
            };
            let mut judge = asked.judge(&ready, given.context.as_ref());
            let text = |object: &_| {
                asked.text(Subject {
                    object: *object,
                    relation: None,
                })
            };
            let order = |objects: &mut Vec<_>| page.order(objects, text);
            let (plan, judge) = (&ready.plan, &mut judge);
            let listed = rebac::list_objects_in_order(plan, asked, judge, question, budget, order);
            page.progress(listed, text)
        };
        let (list, _, version) = self.settle(call, store, asked, evaluate).await?;
        Ok(Answered {
            value: list?,
            model: view.model_id,
            version,
        })
    }

    /// Lists the users of a kind that have a relation to an object, as many as the operator
    /// allows.
    pub async fn list_users(
        &self,
        call: &Call,
        scope: Scope,
        question: UsersQuestion,
    ) -> Result<Answered<List>> {
        let (store, view) = self.view(call, scope).await?;
        let UsersQuestion {
            object,
            relation,
            type_name,
            of_relation,
            given,
            after,
        } = question;
        let most = self.settings().list_results_max;
        let object = written::object(&object)?;
        let relation = (view.ready).relation(&view.names, object.type_name(), &relation);
        let relation = relation.map_err(listed_unfit)?;
        view.ready
            .known_type(&view.names, &type_name)
            .map_err(listed_unfit)?;
        if let Some(of_relation) = &of_relation {
            let defined = view.ready.defined(&type_name, of_relation);
            defined.map_err(listed_unfit)?;
        }
        let contextual = written::contextual(&view.ready, &view.names, &given.contextual)?;
        let mut asked = Asked::of(&view, &contextual);
        let object = asked.object(object);
        let type_id = asked.names().find(&type_name);
        let of_relation = of_relation.and_then(|name| asked.names().find(&name));
        let numbers = object.zip(type_id);
        let (object, type_name) = numbers.ok_or(Refusal::TypeNotFound(type_name))?;
        let ready = Arc::clone(&view.ready);
        let page = Page { most, after };
        let evaluate = move |asked: &Asked, budget| {
            let question = rebac::UsersQuestion {
                object,
                relation,
                type_name,
                of_relation,
                results: ALL,
            };
            let mut judge = asked.judge(&ready, given.context.as_ref());
            let listed = rebac::list_users(&ready.plan, asked, &mut judge, question, budget);
            page.progress(listed, |subject| asked.text(*subject))
        };
        let (list, _, version) = self.settle(call, store, asked, evaluate).await?;
        Ok(Answered {
            value: list?,
            model: view.model_id,
            version,
        })
    }
}

/// Which part of a list is wanted.
#[derive(Debug)]
struct Page {
    most: usize,
    after: Option<String>,
}

impl Page {
    /// Leaves those that may be on the page, in the order of their texts.
    fn order<T: Copy>(&self, all: &mut Vec<T>, text: impl Fn(&T) -> String) {
        let texts = all.iter().map(|one| (text(one), *one));
        let is_behind = |text: &String| self.after.as_ref().is_none_or(|after| text > after);
        let mut kept: Vec<_> = texts.filter(|(text, _)| is_behind(text)).collect();
        kept.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        *all = kept.into_iter().map(|(_, one)| one).collect();
    }

    /// What came of a list, in texts: these are made where it was evaluated, since there may be
    /// many.
    fn progress<T>(
        &self,
        listed: Listed<T, String>,
        text: impl Fn(&T) -> String,
    ) -> Progress<Result<List, Refusal>> {
        let texts = listed.found.iter().map(text).collect();
        let lacks = !listed.missing.is_empty();
        let list = self.cut(texts, listed.failure.as_ref(), lacks);
        let is_something = list.as_ref().is_ok_and(|list| !list.found.is_empty());
        match listed.failure {
            Some(Failure::TooManySteps) => {
                let so_far = is_something.then(|| list.clone());
                Progress::OutOfSteps(list, so_far)
            }
            _ if lacks => Progress::Missing(listed.missing, is_something.then_some(list)),
            _ => Progress::Done(list),
        }
    }

    /// The part. A list that lacks something because steps or time ran out has what was found, as
    /// OpenFGA answers; one of which nothing was found has the reason.
    fn cut(
        &self,
        mut texts: Vec<String>,
        failure: Option<&Failure<String>>,
        lacks: bool,
    ) -> Result<List, Refusal> {
        if let Some(failure) = failure.filter(|_| texts.is_empty()) {
            return Err(refused(failure.clone()));
        }
        texts.sort_unstable();
        if let Some(after) = &self.after {
            texts.retain(|text| text > after);
        }
        let is_cut = texts.len() > self.most;
        texts.truncate(self.most);
        // Where the walk did not come to its end, what it did not find may lie on this page.
        let is_short = lacks || matches!(failure, Some(Failure::TooManySteps));
        let resume_after = texts.last().filter(|_| is_cut && !is_short).cloned();
        Ok(List {
            found: texts,
            is_complete: failure.is_none() && !lacks && !is_cut,
            resume_after,
        })
    }
}

/// What a list says of a type or relation that there is not.
pub(super) fn listed_unfit(unfit: Unfit) -> Refusal {
    match unfit {
        Unfit::Type(name) => Refusal::TypeNotFound(name),
        Unfit::Relation {
            type_name,
            relation,
        } => Refusal::RelationNotFound {
            type_name,
            relation,
        },
        Unfit::Tuple(reason) => Refusal::Invalid(reason),
    }
}
