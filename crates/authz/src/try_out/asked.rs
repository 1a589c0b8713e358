//! The assertions of a test, asked one by one and counted.

use super::loaded::Loaded;
use crate::ready::ReadyModel;
use crate::store_file::{Check, ListObjects, ListUsers, UserFilter};
use rebac::condition::JsonObject;
use rebac::{Answer, Budget, ListQuestion, Question, UsersQuestion};
use std::collections::BTreeSet;

/// A test under way.
pub(super) struct Asked<'a> {
    rules: &'a ReadyModel,
    loaded: Loaded,
    /// How many assertions are as they were expected.
    pub(super) passed: usize,
    /// The others.
    pub(super) failures: Vec<String>,
}

/// The text of a list that is compared without its order.
type Texts = BTreeSet<String>;

impl<'a> Asked<'a> {
    pub(super) const fn new(rules: &'a ReadyModel, loaded: Loaded) -> Self {
        Self {
            rules,
            loaded,
            passed: 0,
            failures: Vec::new(),
        }
    }

    /// Asks for every user, object and relation.
    pub(super) fn check(&mut self, check: &Check) {
        let context = check.context.as_ref();
        for user in &check.users {
            for object in &check.objects {
                for (relation, expected) in &check.assertions {
                    let got = self.is_allowed(user, relation, object, context);
                    let question = format!("Check(user={user},relation={relation},object={object}");
                    let shown = got.as_ref().map(ToString::to_string);
                    let is_met = got.as_ref() == Ok(expected);
                    self.count(is_met, &question, context, &expected.to_string(), shown);
                }
            }
        }
    }

    /// Asks for the list of every relation.
    pub(super) fn list_objects(&mut self, list: &ListObjects) {
        let context = list.context.as_ref();
        let ListObjects {
            user, type_name, ..
        } = list;
        for (relation, expected) in &list.assertions {
            let got = self.objects(user, relation, type_name, context);
            let question = format!("ListObjects(user={user},relation={relation},type={type_name}");
            let expected = expected.iter().flatten();
            self.compare(&question, context, &expected.cloned().collect(), &got);
        }
    }

    /// Asks for the list of every relation.
    pub(super) fn list_users(&mut self, list: &ListUsers) {
        let context = list.context.as_ref();
        let filters = list.user_filter.iter().map(|filter| {
            let UserFilter {
                type_name,
                relation,
            } = filter;
            let relation = relation.as_ref();
            relation.map_or_else(|| type_name.clone(), |one| format!("{type_name}#{one}"))
        });
        let filters = filters.collect::<Vec<_>>().join(" ");
        let object = &list.object;
        for (relation, expected) in &list.assertions {
            let got = self.users(object, relation, &list.user_filter, context);
            let question =
                format!("ListUsers(object={object},relation={relation},user_filter={filters}");
            let expected = expected.users.iter().cloned().collect();
            self.compare(&question, context, &expected, &got);
        }
    }

    fn compare(
        &mut self,
        question: &str,
        context: Option<&JsonObject>,
        expected: &Texts,
        got: &Result<Texts, String>,
    ) {
        let is_met = got.as_ref() == Ok(expected);
        let shown = got.as_ref().map(show);
        self.count(is_met, question, context, &show(expected), shown);
    }

    fn count(
        &mut self,
        is_met: bool,
        question: &str,
        context: Option<&JsonObject>,
        expected: &str,
        got: Result<String, &String>,
    ) {
        if is_met {
            self.passed += 1;
            return;
        }
        let context = context.map_or_else(String::new, |context| {
            let context = serde_json::Value::Object(context.clone());
            format!(", context:{context}")
        });
        let got = match got {
            Ok(got) => format!("got={got}"),
            Err(error) => format!("got=N/A, error={error}"),
        };
        let line = format!("ⅹ {question}{context}): expected={expected}, {got}");
        self.failures.push(line);
    }

    fn is_allowed(
        &mut self,
        user: &str,
        relation: &str,
        object: &str,
        context: Option<&JsonObject>,
    ) -> Result<bool, String> {
        let (object, relation) = self.loaded.object(self.rules, object, relation)?;
        let question = Question {
            object,
            relation,
            subject: self.loaded.subject(self.rules, user)?,
        };
        let (plan, world) = (&self.rules.plan, &self.loaded.world);
        let mut judge = self.loaded.judge(self.rules, context);
        match rebac::check(plan, world, &mut judge, question, Budget::default()) {
            Answer::Allowed => Ok(true),
            Answer::Denied => Ok(false),
            Answer::Failed(failure) => Err(failure.to_string()),
            Answer::Missing(_) => Err(NOT_LOADED.to_owned()),
        }
    }

    fn objects(
        &mut self,
        user: &str,
        relation: &str,
        type_name: &str,
        context: Option<&JsonObject>,
    ) -> Result<Texts, String> {
        let question = ListQuestion {
            relation: self.loaded.relation(self.rules, type_name, relation)?,
            subject: self.loaded.subject(self.rules, user)?,
            results: usize::MAX,
        };
        let Loaded { names, world, .. } = &self.loaded;
        let mut judge = self.loaded.judge(self.rules, context);
        let budget = Budget::default();
        let listed = rebac::list_objects(&self.rules.plan, world, &mut judge, question, budget);
        let subject = |object| rebac::Subject {
            object,
            relation: None,
        };
        let found = listed.found.into_iter().map(subject);
        let texts = found.map(|found| world.text(names, found)).collect();
        complete(texts, listed.failure, listed.missing.is_empty())
    }

    fn users(
        &mut self,
        object: &str,
        relation: &str,
        filters: &[UserFilter],
        context: Option<&JsonObject>,
    ) -> Result<Texts, String> {
        let (object, relation) = self.loaded.object(self.rules, object, relation)?;
        let mut texts = Texts::new();
        for filter in filters {
            let type_name = &filter.type_name;
            let known = self.rules.known_type(&self.loaded.names, type_name);
            known.map_err(|unfit| unfit.to_string())?;
            if let Some(relation) = &filter.relation {
                let defined = self.rules.defined(type_name, relation);
                defined.map_err(|unfit| unfit.to_string())?;
            }
            let names = &mut self.loaded.names;
            let question = UsersQuestion {
                object,
                relation,
                type_name: names.add(type_name),
                of_relation: filter.relation.as_ref().map(|one| names.add(one)),
                results: usize::MAX,
            };
            let Loaded { names, world, .. } = &self.loaded;
            let mut judge = self.loaded.judge(self.rules, context);
            let budget = Budget::default();
            let listed = rebac::list_users(&self.rules.plan, world, &mut judge, question, budget);
            let found = listed.found.into_iter();
            let found = found.map(|found| world.text(names, found)).collect();
            let found = complete(found, listed.failure, listed.missing.is_empty())?;
            texts.extend(found);
        }
        Ok(texts)
    }
}

/// What a world in memory never says.
const NOT_LOADED: &str = "not all tuples are loaded";

/// A list, if nothing stood in the way of any of it.
fn complete(
    texts: Texts,
    failure: Option<rebac::Failure<String>>,
    is_loaded: bool,
) -> Result<Texts, String> {
    match failure {
        Some(failure) => Err(failure.to_string()),
        None if !is_loaded => Err(NOT_LOADED.to_owned()),
        None => Ok(texts),
    }
}

fn show(texts: &Texts) -> String {
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    format!("[{}]", texts.join(" "))
}
