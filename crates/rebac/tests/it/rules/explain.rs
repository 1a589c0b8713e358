//! What an explanation tells, as the text that a person reads.

mod bounds;
mod values;

use super::{CONDITIONS, GROUPS, Named, Store};
use rebac::explain::{Texts, Tuple};
use rebac::{Budget, Explanation, NameId, Subject, explain};

impl Store {
    fn explanation(&mut self, question: &str, budget: Budget) -> Explanation<&'static str> {
        let question = self.question(question);
        let mut conditions = Named(self.broken);
        let explained = explain(&self.plan, &self.world, &mut conditions, question, budget);
        explained.expect("everything is loaded")
    }

    fn explain(&mut self, question: &str) -> String {
        let explanation = self.explanation(question, Budget::default());
        explanation.to_text(&*self)
    }
}

impl Texts for Store {
    fn subject(&self, subject: Subject) -> String {
        self.world.text(&self.names, subject)
    }

    fn name(&self, name: NameId) -> String {
        self.names.text(name).to_owned()
    }

    fn notes(&self, tuple: &Tuple) -> Vec<String> {
        let name = self.names.text(tuple.relation);
        let is_told = name == "parent";
        is_told
            .then(|| "written by mia".to_owned())
            .into_iter()
            .collect()
    }
}

#[track_caller]
fn tells(text: &str, expected: &str) {
    assert_eq!(text, format!("{}\n", expected.trim()), "\n{text}");
}

#[test]
fn an_allow_tells_the_path_and_what_did_not_take_it_away() {
    let mut store = Store::new(
        GROUPS,
        &[
            "group:staff#member@user:ann",
            "folder:root#viewer@group:staff#member",
            "doc:1#parent@folder:other",
            "doc:1#parent@folder:root",
            "doc:1#blocked@group:bad#member",
        ],
    );
    tells(
        &store.explain("doc:1#reader@user:ann"),
        "
✓ doc:1#reader
  ✓ one but not the other
    ✓ doc:1#viewer
      ✓ any of
        ✓ viewer from doc:1#parent
          ✓ doc:1#parent@folder:root
              written by mia
            ✓ folder:root#viewer
              ✓ any of
                ✓ its tuples
                  ✓ folder:root#viewer@group:staff#member
                    ✓ group:staff#member
                      ✓ its tuples
                        ✓ group:staff#member@user:ann
    ✗ but not
      ✗ doc:1#blocked
        ✗ its tuples
          ✗ doc:1#blocked@group:bad#member
            ✗ group:bad#member
              ✗ its tuples: there is none that leads to the subject
without group:staff#member@user:ann it would be denied
",
    );
}

#[test]
fn a_denial_tells_every_branch_and_the_nearest_tuple_that_would_grant() {
    let mut store = Store::new(
        GROUPS,
        &[
            "doc:1#viewer@group:staff#member",
            "doc:1#viewer@folder:1#viewer",
            "doc:1#parent@folder:root",
            "doc:1#parent@doc:2",
            "group:staff#member@group:all#member",
            "group:all#member@group:staff#member",
        ],
    );
    tells(
        &store.explain("doc:1#viewer@user:ann"),
        "
✗ doc:1#viewer
  ✗ any of
    ✗ its tuples
      ✗ doc:1#viewer@group:staff#member
        ✗ group:staff#member
          ✗ its tuples
            ✗ group:staff#member@group:all#member
              ✗ group:all#member
                ✗ its tuples
                  ✗ group:all#member@group:staff#member
                    ✗ group:staff#member: it leads back to a step above
      ✗ doc:1#viewer@folder:1#viewer: the model does not accept it
    ✗ viewer from doc:1#parent
      ✗ doc:1#parent@folder:root
          written by mia
        ✗ folder:root#viewer
          ✗ any of
            ✗ its tuples: there is none that leads to the subject
            ✗ viewer from folder:root#parent: there is none that leads to the subject
      ✗ doc:1#parent@doc:2: the model does not accept it
          written by mia
with doc:1#viewer@user:ann it would be allowed
",
    );
}

#[test]
fn a_denial_tells_what_took_away() {
    let mut store = Store::new(
        GROUPS,
        &[
            "doc:1#viewer@user:*",
            "doc:1#blocked@group:bad#member",
            "group:bad#member@user:eve",
        ],
    );
    tells(
        &store.explain("doc:1#reader@user:eve"),
        "
✗ doc:1#reader
  ✗ one but not the other
    ✓ doc:1#viewer
      ✓ any of
        ✓ its tuples
          ✓ doc:1#viewer@user:*
    ✓ but not
      ✓ doc:1#blocked
        ✓ its tuples
          ✓ doc:1#blocked@group:bad#member
            ✓ group:bad#member
              ✓ its tuples
                ✓ group:bad#member@user:eve
without group:bad#member@user:eve it would be allowed
",
    );
    tells(
        &store.explain("doc:1#reader@user:bob"),
        "
✓ doc:1#reader
  ✓ one but not the other
    ✓ doc:1#viewer
      ✓ any of
        ✓ its tuples
          ✓ doc:1#viewer@user:*
    ✗ but not
      ✗ doc:1#blocked
        ✗ its tuples
          ✗ doc:1#blocked@group:bad#member
            ✗ group:bad#member
              ✗ its tuples: there is none that leads to the subject
without doc:1#viewer@user:* it would be denied
",
    );
}

#[test]
fn a_tuple_that_leads_to_what_the_subject_has_is_proposed() {
    let model = "
model
  schema 1.1
type user
type folder
  relations
    define viewer: [user]
type doc
  relations
    define parent: [folder]
    define viewer: viewer from parent
";
    let mut store = Store::new(model, &["folder:a#viewer@user:ann"]);
    tells(
        &store.explain("doc:1#viewer@user:ann"),
        "
✗ doc:1#viewer
  ✗ viewer from doc:1#parent: there is none that leads to the subject
with doc:1#parent@folder:a it would be allowed
",
    );
    tells(
        &store.explain("doc:1#viewer@user:bob"),
        "
✗ doc:1#viewer
  ✗ viewer from doc:1#parent: there is none that leads to the subject
no single tuple turns the answer; 0 were tried
",
    );
}

#[test]
fn an_error_tells_where_it_is_and_proposes_nothing() {
    let mut store = Store::new(CONDITIONS, &["doc:1#viewer@user:ann with broken"]);
    tells(
        &store.explain("doc:1#reader@user:ann"),
        "
! doc:1#reader
  ! one but not the other
    ! doc:1#viewer
      ! its tuples
        ! doc:1#viewer@user:ann with broken: a parameter is missing
there is no answer to turn
",
    );
}

#[test]
fn whoever_has_a_relation_is_told_so() {
    let mut store = Store::new(GROUPS, &[]);
    tells(
        &store.explain("doc:1#viewer@doc:1#viewer"),
        "
✓ doc:1#viewer
  ✓ the subject is exactly this
no single tuple turns the answer; 0 were tried
",
    );
}
