//! Random worlds as the engine sees them: made ready, with the verdicts of their conditions.

use super::{CONDITION, Case, IDS, RELATIONS, TYPES, Verdict};
use proptest::prelude::*;
use proptest::sample::select;
use rebac::{
    Conditional, Conditions, Graph, Names, ObjectId, Plan, Question, RelationId, UsersQuestion,
    World,
};
use types::{Object, Subject};

/// A case, made ready.
pub(crate) struct Ready {
    pub(crate) plan: Plan,
    pub(crate) world: World,
    pub(crate) question: Question,
    pub(crate) names: Names,
}

/// The kinds of users that can be listed: objects of a type, or whoever has a relation to one.
pub(crate) type Wanted = (&'static str, Option<&'static str>);

pub(crate) fn users_of() -> impl Strategy<Value = Wanted> {
    let relation = prop_oneof![Just(None), select(&RELATIONS[..]).prop_map(Some)];
    (select(&TYPES[..]), relation)
}

impl Ready {
    pub(crate) fn who(&mut self, (type_name, relation): Wanted) -> UsersQuestion {
        UsersQuestion {
            object: self.question.object,
            relation: self.question.relation,
            type_name: self.names.add(type_name),
            of_relation: relation.map(|relation| self.names.add(relation)),
            results: usize::MAX,
        }
    }

    /// Everyone who might be listed.
    pub(crate) fn subjects_of(&mut self, (type_name, relation): Wanted) -> Vec<rebac::Subject> {
        let end = relation.map_or(String::new(), |relation| format!("#{relation}"));
        let mut texts: Vec<_> = (IDS.iter())
            .map(|id| format!("{type_name}:{id}{end}"))
            .collect();
        if relation.is_none() {
            texts.push(format!("{type_name}:*"));
        }
        let subject = |text: &String| Subject::parse(text).expect("a subject");
        let subjects = texts.iter().map(subject).collect::<Vec<_>>();
        let mut number = |subject| self.world.subject(&mut self.names, subject);
        subjects.iter().map(&mut number).collect()
    }

    pub(crate) fn is_everybody(&self, subject: rebac::Subject) -> bool {
        let type_name = self.world.type_of(subject.object);
        type_name.and_then(|name| self.world.wildcard(name)) == Some(subject.object)
    }

    /// Every object with every relation that its type has.
    pub(crate) fn nodes(&mut self) -> Vec<(ObjectId, RelationId)> {
        let mut nodes = Vec::new();
        for name in TYPES {
            let type_name = self.names.add(name);
            for id in IDS {
                let object = Object::parse(&format!("{name}:{id}")).expect("an object");
                let object = self.world.object(&mut self.names, &object);
                for relation in RELATIONS {
                    let relation = self.names.add(relation);
                    let relation = self.plan.relation(type_name, relation);
                    nodes.extend(relation.map(|relation| (object, relation)));
                }
            }
        }
        nodes
    }

    /// Every object of the question's type.
    pub(crate) fn objects_of_type(&mut self, case: &Case) -> Vec<ObjectId> {
        let object = |id| format!("{}:{id}", case.object.type_name());
        let objects = IDS
            .iter()
            .map(|id| Object::parse(&object(id)).expect("an object"));
        let objects: Vec<_> = objects.collect();
        objects
            .iter()
            .map(|object| self.world.object(&mut self.names, object))
            .collect()
    }
}

impl Case {
    pub(crate) fn ready(&self) -> Ready {
        let (mut names, mut world) = (Names::default(), World::default());
        let plan = Plan::new(&self.model, &mut names);
        for stored in &self.tuples {
            let condition = stored.verdict.map(|verdict| Conditional {
                name: names.add(CONDITION),
                context: verdict as u32,
            });
            world.add(&mut names, &stored.key, condition);
        }
        let object = world.object(&mut names, &self.object);
        let type_name = names.add(self.object.type_name());
        let relation = plan.relation(type_name, names.add(self.relation));
        let question = Question {
            object,
            relation: relation.expect("every type has every relation"),
            subject: world.subject(&mut names, &self.subject),
        };
        Ready {
            plan,
            world,
            question,
            names,
        }
    }
}

/// Says what each condition's number stands for.
pub(crate) struct Verdicts;

impl Conditions for Verdicts {
    type Error = ();

    fn holds(&mut self, conditional: Conditional) -> Result<bool, ()> {
        match conditional.context {
            n if n == Verdict::Holds as u32 => Ok(true),
            n if n == Verdict::Fails as u32 => Ok(false),
            _ => Err(()),
        }
    }
}
