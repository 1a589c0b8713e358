//! Conditions in explanations: what they met is told by whoever judges them.

use super::super::key_of;
use super::tells;
use rebac::condition::{Compiled, Context, JsonObject};
use rebac::explain::{Texts, Tuple};
use rebac::{
    Budget, Conditional, Conditions, NameId, Names, Plan, Question, Subject, World, dsl, explain,
};
use serde_json::json;

const MODEL: &str = "
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user with small]
condition small(size: int, limit: int, unused: bool) {
  size < limit
}
";

/// A judge of real conditions, which says what values they met.
struct Judge {
    compiled: Compiled,
    of_tuples: Vec<JsonObject>,
    request: JsonObject,
}

impl Judge {
    fn context(&self, conditional: Conditional) -> Context<'_> {
        let place = usize::try_from(conditional.context).expect("it is small");
        Context::new(self.of_tuples.get(place), Some(&self.request))
    }
}

impl Conditions for &Judge {
    type Error = String;

    fn holds(&mut self, conditional: Conditional) -> Result<bool, String> {
        let evaluated = self.compiled.evaluate(&self.context(conditional));
        evaluated.map_err(|error| error.to_string())
    }
}

/// The texts of a world and the values of its conditions.
struct WithValues<'a>(&'a World, &'a Names, &'a Judge);

impl Texts for WithValues<'_> {
    fn subject(&self, subject: Subject) -> String {
        self.0.text(self.1, subject)
    }

    fn name(&self, name: NameId) -> String {
        self.1.text(name).to_owned()
    }

    fn notes(&self, tuple: &Tuple) -> Vec<String> {
        let context = tuple
            .condition()
            .map(|conditional| self.2.context(conditional));
        let values = context.map(|context| self.2.compiled.values_used(&context));
        let values = values.into_iter().flatten();
        values
            .map(|(name, value)| format!("{name} = {value}"))
            .collect()
    }
}

#[test]
fn conditions_are_told_with_the_values_that_they_met() {
    let (model, _) = dsl::parse(MODEL).expect("it is a model");
    let (mut names, mut world) = (Names::default(), World::default());
    let plan = Plan::new(&model, &mut names);
    let name = names.add("small");
    let viewer = names.add("viewer");
    let mut add = |tuple: &str, context| {
        let condition = Some(Conditional { name, context });
        world.add(&mut names, &key_of(tuple), condition);
    };
    add("doc:1#viewer@user:ann", 0);
    add("doc:1#viewer@user:bob", 1);
    let object = |value: serde_json::Value| value.as_object().cloned().expect("an object");
    let judge = Judge {
        compiled: Compiled::new(&model.conditions[0]).expect("it compiles"),
        of_tuples: vec![
            object(json!({ "limit": 10 })),
            object(json!({ "limit": 3 })),
        ],
        request: object(json!({ "size": 7, "unused": true })),
    };
    let mut tell = |who: &str| {
        let key = key_of(&format!("doc:1#viewer@{who}"));
        let object = world.object(&mut names, &key.object);
        let doc = names.add("doc");
        let question = Question {
            object,
            relation: plan.relation(doc, viewer).expect("the relation exists"),
            subject: world.subject(&mut names, &key.subject),
        };
        let explained = explain(&plan, &world, &mut &judge, question, Budget::default());
        let explained = explained.expect("everything is loaded");
        explained.to_text(&WithValues(&world, &names, &judge))
    };
    tells(
        &tell("user:ann"),
        "
✓ doc:1#viewer
  ✓ its tuples
    ✓ doc:1#viewer@user:ann with small
        limit = 10
        size = 7
without doc:1#viewer@user:ann with small it would be denied
",
    );
    tells(
        &tell("user:bob"),
        "
✗ doc:1#viewer
  ✗ its tuples
    ✗ doc:1#viewer@user:bob with small: its condition does not hold
        limit = 3
        size = 7
no single tuple turns the answer; 0 were tried
",
    );
    tells(
        &tell("user:carl"),
        "
✗ doc:1#viewer
  ✗ its tuples: there is none that leads to the subject
with doc:1#viewer@user:carl with small it would be allowed
",
    );
}
