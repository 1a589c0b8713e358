//! One store of one server, and short words for what tests ask of it.

use crate::engine::{World, eventually};
use authz::stores::StoreInfo;
use authz::write::Stored;
use authz::{
    Answered, Authz, CheckQuestion, Consistency, Error, Given, List, ObjectsQuestion, Page,
    Refusal, Scope, Settings, UsersQuestion, Write, WrittenTuple,
};
use rebac::Model;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use store::Tx;
use types::{
    Call, Clock, Cost, Deadline, JsonObject, ModelId, Origin, RequestId, StoreId, SystemClock,
    SystemEntropy, Time, TupleCondition,
};

/// When everything happens, unless a test says otherwise.
pub(crate) const NOW: Time = Time::from_unix_seconds(1_800_000_000);

/// Whether the server keeps stores in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    None,
    Whole,
}

/// Both, for tests that hold for either.
pub(crate) const MEMORY: [Memory; 2] = [Memory::None, Memory::Whole];

impl Memory {
    pub(crate) fn settings(self) -> Settings {
        Settings {
            resident_bytes_max: match self {
                Self::None => 0,
                Self::Whole => 64 << 20,
            },
            ..Settings::default()
        }
    }
}

/// A store, as one server sees it.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) authz: Authz,
    pub(crate) id: StoreId,
    pub(crate) memory: Memory,
}

impl Tenant {
    /// A new store with a model.
    pub(crate) async fn open(world: &World, memory: Memory, model: &str) -> Self {
        let tenant = Self::empty(world, memory).await;
        tenant.model(model).await;
        tenant
    }

    /// A new store without a model.
    pub(crate) async fn empty(world: &World, memory: Memory) -> Self {
        let authz = server(world, memory);
        let StoreInfo { id, .. } = authz.create_store(&call(), "shop").await.unwrap();
        Self { authz, id, memory }
    }

    /// Holds the store as a writer of another server does, until the transaction ends.
    pub(crate) async fn hold(&self, world: &World) -> Tx {
        let mut held = world.store.db(&call()).begin().await.unwrap();
        let row = store::stores::find(&mut held, self.id).await.unwrap();
        let number = row.unwrap().number;
        store::stores::lock(&mut held, number, 0).await.unwrap();
        held
    }

    /// The same store on another server.
    pub(crate) fn on(&self, authz: Authz) -> Self {
        Self {
            authz,
            ..self.clone()
        }
    }

    pub(crate) async fn model(&self, text: &str) -> ModelId {
        let written = self.authz.write_model(&call(), self.id, model(text)).await;
        written.unwrap()
    }

    /// Waits until the store is in memory, if it may be.
    pub(crate) async fn settle(&self) {
        if self.memory == Memory::Whole {
            eventually("the store is in memory", async || {
                let ready = self.authz.model_of(&call(), self.scope()).await;
                ready.unwrap();
                self.authz.version_in_memory(self.id).is_some()
            })
            .await;
        }
    }

    pub(crate) fn scope(&self) -> Scope {
        self.fresh(Consistency::MinimizeLatency)
    }

    pub(crate) fn fresh(&self, consistency: Consistency) -> Scope {
        Scope {
            store: self.id,
            model: None,
            consistency,
        }
    }

    pub(crate) fn of_model(&self, model: ModelId) -> Scope {
        Scope {
            model: Some(model),
            ..self.scope()
        }
    }

    pub(crate) async fn write(&self, tuples: &[&str]) -> i64 {
        self.try_write(writes(tuples)).await.unwrap().version
    }

    pub(crate) async fn delete(&self, tuples: &[&str]) -> i64 {
        self.try_write(deletes(tuples)).await.unwrap().version
    }

    pub(crate) async fn try_write(&self, write: Write) -> authz::Result<Stored> {
        self.authz.write(&call(), self.id, write).await
    }

    /// Writes any number of tuples, a hundred at a time.
    pub(crate) async fn write_many(&self, tuples: &[String]) {
        for portion in tuples.chunks(100) {
            let portion: Vec<_> = portion.iter().map(String::as_str).collect();
            self.write(&portion).await;
        }
    }

    pub(crate) async fn check(&self, question: &str) -> bool {
        self.try_check(&call(), question).await.unwrap()
    }

    pub(crate) async fn try_check(&self, call: &Call, question: &str) -> authz::Result<bool> {
        let asked = self.authz.check(call, self.scope(), question_of(question));
        asked.await.map(|answered| answered.value)
    }

    /// The objects of a type that a user has a relation to.
    pub(crate) async fn objects(&self, user: &str, relation: &str, type_name: &str) -> Vec<String> {
        let question = objects_question(user, relation, type_name);
        let listed = self
            .authz
            .list_objects(&call(), self.scope(), question)
            .await;
        complete(listed.unwrap())
    }

    /// The users of a type that have a relation to an object.
    pub(crate) async fn users(&self, object: &str, relation: &str, type_name: &str) -> Vec<String> {
        let question = users_question(object, relation, type_name);
        let listed = self.authz.list_users(&call(), self.scope(), question).await;
        complete(listed.unwrap())
    }

    /// All tuples, as they are written.
    pub(crate) async fn tuples(&self) -> Vec<String> {
        let filter = authz::reading::ReadFilter::default();
        let page = Page {
            size: 10_000,
            after: None,
        };
        let read = self.authz.read(&call(), self.id, &filter, page).await;
        let read = read.unwrap();
        assert_eq!(read.next, None, "all of them");
        let keys = read.items.iter().map(|stored| stored.tuple.key.to_string());
        keys.collect()
    }
}

fn complete(list: Answered<List>) -> Vec<String> {
    assert!(list.value.is_complete, "{list:?}");
    list.value.found
}

/// A server on a database.
pub(crate) fn server(world: &World, memory: Memory) -> Authz {
    server_at(world, memory, Arc::new(SystemClock))
}

/// A server with a clock of the test's.
pub(crate) fn server_at(world: &World, memory: Memory, clock: Arc<dyn Clock>) -> Authz {
    let (store, entropy) = (world.another_store(), Arc::new(SystemEntropy));
    Authz::new(store, clock, entropy, memory.settings())
}

/// A model in OpenFGA's language.
pub(crate) fn model(text: &str) -> Model {
    rebac::dsl::parse(text).unwrap().0
}

/// `document:1#viewer@user:ann` as it is written.
pub(crate) fn tuple(text: &str) -> WrittenTuple {
    let (left, user) = text.split_once('@').unwrap();
    let (object, relation) = left.split_once('#').unwrap();
    WrittenTuple {
        user: user.to_owned(),
        relation: relation.to_owned(),
        object: object.to_owned(),
        condition: None,
    }
}

/// The same with a condition and its values.
pub(crate) fn conditional(text: &str, name: &str, context: serde_json::Value) -> WrittenTuple {
    WrittenTuple {
        condition: Some(TupleCondition {
            name: name.to_owned(),
            context: json(context),
        }),
        ..tuple(text)
    }
}

pub(crate) fn json(value: serde_json::Value) -> JsonObject {
    match value {
        serde_json::Value::Object(fields) => fields,
        other => panic!("no object: {other}"),
    }
}

pub(crate) fn writes(tuples: &[&str]) -> Write {
    Write {
        writes: tuples.iter().map(|text| tuple(text)).collect(),
        actor: "test".to_owned(),
        ..Write::default()
    }
}

pub(crate) fn deletes(tuples: &[&str]) -> Write {
    Write {
        deletes: tuples.iter().map(|text| tuple(text)).collect(),
        actor: "test".to_owned(),
        ..Write::default()
    }
}

/// `document:1#viewer@user:ann` as a question.
pub(crate) fn question_of(text: &str) -> CheckQuestion {
    let WrittenTuple {
        user,
        relation,
        object,
        ..
    } = tuple(text);
    CheckQuestion {
        user,
        relation,
        object,
        given: Given::default(),
    }
}

pub(crate) fn objects_question(user: &str, relation: &str, type_name: &str) -> ObjectsQuestion {
    ObjectsQuestion {
        user: user.to_owned(),
        relation: relation.to_owned(),
        type_name: type_name.to_owned(),
        given: Given::default(),
        after: None,
    }
}

pub(crate) fn users_question(object: &str, relation: &str, type_name: &str) -> UsersQuestion {
    UsersQuestion {
        object: object.to_owned(),
        relation: relation.to_owned(),
        type_name: type_name.to_owned(),
        of_relation: None,
        given: Given::default(),
        after: None,
    }
}

/// What was refused, and nothing else.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(outcome: authz::Result<T>) -> Refusal {
    match outcome {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("it was not refused: {other:?}"),
    }
}

/// A call with much time.
pub(crate) fn call() -> Call {
    call_at(NOW)
}

/// A call at another time.
pub(crate) fn call_at(now: Time) -> Call {
    Call {
        now,
        ..call_within(Duration::from_mins(1))
    }
}

/// A call that has to be done after `span`.
pub(crate) fn call_within(span: Duration) -> Call {
    Call {
        id: RequestId::random(&SystemEntropy),
        now: NOW,
        deadline: Deadline::after(SystemClock.instant(), span),
        origin: Origin {
            ip: Some(IpAddr::from([192, 0, 2, 7])),
            user_agent: "test".to_owned(),
        },
        cost: Arc::new(Cost::default()),
    }
}
