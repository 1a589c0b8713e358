//! What one write does, refuses and leaves alone.

use crate::engine::{World, on_both_engines};
use crate::tenant::{
    MEMORY, Memory, NOW, Tenant, call, call_at, conditional, deletes, json, question_of, refusal,
    tuple, writes,
};
use authz::{Given, OnDuplicate, OnMissing, Refusal, Write};
use serde_json::json;
use std::time::Duration;

on_both_engines!(
    a_write_is_all_or_nothing,
    one_key_stands_in_a_write_once,
    what_is_there_already_is_an_error_or_stays_or_is_replaced,
    what_is_not_there_is_an_error_or_nothing,
    a_write_without_tuples_is_refused,
    a_hundred_tuples_are_allowed_and_no_more,
    tuples_that_the_model_does_not_take_are_refused,
    contexts_of_conditions_are_checked,
    a_write_names_its_model,
    a_write_that_changes_nothing_makes_no_version,
);

const MODEL: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type folder
  relations
    define viewer: [user]
type doc
  relations
    define parent: [folder]
    define owner: [user]
    define editor: [user with office_hours, group#member]
    define public: [user:*]
    define viewer: [user, user with office_hours] or viewer from parent
    define commenter: viewer
condition office_hours(hour: int, days: list<string>) {
  hour > 8 && 'monday' in days
}
";

async fn tenant(world: &World, memory: Memory) -> Tenant {
    Tenant::open(world, memory, MODEL).await
}

async fn a_write_is_all_or_nothing(world: World) {
    for memory in MEMORY {
        let tenant = tenant(&world, memory).await;
        tenant
            .write(&["doc:1#owner@user:ann", "doc:2#owner@user:ann"])
            .await;
        tenant.settle().await;
        // Deletes are seen to first, yet the write that fails takes them back.
        let mut write = writes(&["doc:3#owner@user:bob", "doc:2#owner@user:ann"]);
        write.deletes = vec![tuple("doc:1#owner@user:ann")];
        let refused = refusal(tenant.try_write(write).await);
        let exists = Refusal::AlreadyExists("doc:2#owner@user:ann".to_owned());
        assert_eq!(refused, exists);
        let unchanged = ["doc:1#owner@user:ann", "doc:2#owner@user:ann"];
        assert_eq!(tenant.tuples().await, unchanged);
        assert!(tenant.check("doc:1#owner@user:ann").await, "{memory:?}");
        assert!(!tenant.check("doc:3#owner@user:bob").await, "{memory:?}");

        let mut write = writes(&["doc:3#owner@user:bob"]);
        write.deletes = vec![tuple("doc:1#owner@user:ann")];
        assert_eq!(tenant.try_write(write).await.unwrap().version, 2);
        let changed = ["doc:2#owner@user:ann", "doc:3#owner@user:bob"];
        assert_eq!(tenant.tuples().await, changed);
        assert!(!tenant.check("doc:1#owner@user:ann").await, "{memory:?}");
        assert!(tenant.check("doc:3#owner@user:bob").await, "{memory:?}");
    }
}

async fn one_key_stands_in_a_write_once(world: World) {
    let tenant = tenant(&world, Memory::None).await;
    let key = "doc:1#viewer@user:ann";
    let twice = Refusal::DuplicateInRequest(Box::new(tuple(key).key().unwrap()));
    assert_eq!(refusal(tenant.try_write(writes(&[key, key])).await), twice);
    assert_eq!(refusal(tenant.try_write(deletes(&[key, key])).await), twice);
    let mut both = writes(&[key]);
    both.deletes = vec![tuple(key)];
    assert_eq!(refusal(tenant.try_write(both).await), twice);
    // Another condition does not make it another tuple.
    let mut write = writes(&[key]);
    let days = json!({"days": []});
    write.writes.push(conditional(key, "office_hours", days));
    write.on_duplicate = OnDuplicate::Ignore;
    assert_eq!(refusal(tenant.try_write(write).await), twice);
    assert_eq!(tenant.tuples().await, [""; 0]);
}

async fn what_is_there_already_is_an_error_or_stays_or_is_replaced(world: World) {
    let key = "doc:1#viewer@user:ann";
    let write = |hour: Option<i64>, on_duplicate| {
        let conditional = |hour| {
            let context = json!({"hour": hour, "days": ["monday"]});
            conditional(key, "office_hours", context)
        };
        Write {
            writes: vec![hour.map_or_else(|| tuple(key), conditional)],
            on_duplicate,
            actor: "test".to_owned(),
            ..Write::default()
        }
    };
    for memory in MEMORY {
        let tenant = tenant(&world, memory).await;
        let version = async |wanted| tenant.try_write(wanted).await.unwrap().version;
        assert_eq!(version(write(Some(9), OnDuplicate::Error)).await, 1);
        tenant.settle().await;
        let again = tenant.try_write(write(Some(9), OnDuplicate::Error)).await;
        assert_eq!(refusal(again), Refusal::AlreadyExists(key.to_owned()));
        assert_eq!(version(write(Some(9), OnDuplicate::Ignore)).await, 1);
        for other in [Some(7), None] {
            let ignored = tenant.try_write(write(other, OnDuplicate::Ignore)).await;
            let otherwise = Refusal::ExistsOtherwise(key.to_owned());
            assert_eq!(refusal(ignored), otherwise, "{other:?}");
        }
        assert!(tenant.check(key).await, "{memory:?}");
        assert_eq!(version(write(Some(9), OnDuplicate::Replace)).await, 1);
        assert_eq!(version(write(Some(7), OnDuplicate::Replace)).await, 2);
        assert!(!tenant.check(key).await, "{memory:?}: it is too early now");
        assert_eq!(version(write(None, OnDuplicate::Replace)).await, 3);
        assert!(tenant.check(key).await, "{memory:?}");
        assert_eq!(tenant.tuples().await, [key]);
    }
}

async fn what_is_not_there_is_an_error_or_nothing(world: World) {
    let tenant = tenant(&world, Memory::None).await;
    tenant.write(&["doc:1#viewer@user:ann"]).await;
    let both = ["doc:1#viewer@user:ann", "doc:1#viewer@user:bob"];
    let missing = Refusal::DoesNotExist("doc:1#viewer@user:bob".to_owned());
    assert_eq!(refusal(tenant.try_write(deletes(&both)).await), missing);
    assert_eq!(tenant.tuples().await, ["doc:1#viewer@user:ann"]);
    let ignoring = Write {
        on_missing: OnMissing::Ignore,
        ..deletes(&both)
    };
    assert_eq!(tenant.try_write(ignoring).await.unwrap().version, 2);
    assert_eq!(tenant.tuples().await, [""; 0]);
    // It is written again as if it had never been there.
    assert_eq!(tenant.write(&["doc:1#viewer@user:ann"]).await, 3);
}

async fn a_write_without_tuples_is_refused(world: World) {
    let tenant = tenant(&world, Memory::None).await;
    let nothing = tenant.try_write(writes(&[])).await;
    assert_eq!(refusal(nothing), Refusal::NothingToWrite);
}

async fn a_hundred_tuples_are_allowed_and_no_more(world: World) {
    let tenant = tenant(&world, Memory::None).await;
    let keys: Vec<_> = (0..101)
        .map(|number| format!("doc:{number}#viewer@user:ann"))
        .collect();
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    let mut write = writes(&keys[..60]);
    write.deletes = keys[60..].iter().map(|key| tuple(key)).collect();
    write.on_missing = OnMissing::Ignore;
    let what = "write operations";
    let too_many = Refusal::TooMany { what, most: 100 };
    assert_eq!(refusal(tenant.try_write(write.clone()).await), too_many);
    assert_eq!(tenant.tuples().await.len(), 0);
    write.deletes.pop();
    tenant.try_write(write).await.unwrap();
    assert_eq!(tenant.tuples().await.len(), 60);
}

async fn tuples_that_the_model_does_not_take_are_refused(world: World) {
    let tenant = tenant(&world, Memory::None).await;
    let unfit = [
        "doc:1#viewer@robot:r",
        "robot:r#viewer@user:ann",
        "doc:1#nothing@user:ann",
        "doc:1#viewer@folder:f",
        "doc:1#viewer@user:*",
        "doc:1#public@user:ann",
        "doc:1#viewer@group:g#member",
        "doc:1#editor@group:g",
        "doc:1#editor@group:g#owner",
        // A relation that is computed takes none, and a tupleset takes single objects alone.
        "doc:1#commenter@user:ann",
        "doc:1#parent@folder:*",
        "doc:1#parent@folder:f#viewer",
        // It follows from itself.
        "group:g#member@group:g#member",
        // It takes a condition.
        "doc:1#editor@user:ann",
        // No tuple at all.
        "doc#viewer@user:ann",
        "doc:#viewer@user:ann",
        "doc:1#viewer@ann",
        "doc:1#viewer@user:a b",
        "doc:1#@user:ann",
        "doc:*#viewer@user:ann",
    ];
    for key in unfit {
        let refused = refusal(
            tenant
                .try_write(writes(&["doc:9#owner@user:ann", key]))
                .await,
        );
        assert!(matches!(refused, Refusal::Invalid(_)), "{key}: {refused:?}");
    }
    let wrong = conditional("doc:1#owner@user:ann", "office_hours", json!({}));
    let unknown = conditional("doc:1#viewer@user:ann", "at_night", json!({}));
    for tuple in [wrong, unknown] {
        let mut write = writes(&[]);
        write.writes = vec![tuple.clone()];
        let refused = refusal(tenant.try_write(write).await);
        assert!(matches!(refused, Refusal::Invalid(_)), "{tuple:?}");
    }
    assert_eq!(tenant.tuples().await, [""; 0]);
    // To delete, a key needs no more than its form.
    let gone = deletes(&["robot:r#steers@robot:s"]);
    let refused = refusal(tenant.try_write(gone).await);
    assert!(matches!(refused, Refusal::DoesNotExist(_)), "{refused:?}");
    let refused = refusal(tenant.try_write(deletes(&["robot#steers@robot:s"])).await);
    assert!(matches!(refused, Refusal::Invalid(_)), "{refused:?}");
}

async fn contexts_of_conditions_are_checked(world: World) {
    let tenant = tenant(&world, Memory::None).await;
    let key = "doc:1#viewer@user:ann";
    let large = "x".repeat(33_000);
    let refused = [
        json!({"hour": "nine"}),
        json!({"days": "monday"}),
        json!({"days": [1]}),
        json!({"minute": 30}),
        json!({"days": [large]}),
    ];
    for context in refused {
        let mut write = writes(&[]);
        write.writes = vec![conditional(key, "office_hours", context.clone())];
        let refused = refusal(tenant.try_write(write).await);
        let text = context.to_string();
        let start = text.get(..40).unwrap_or(&text);
        assert!(matches!(refused, Refusal::Invalid(_)), "{start}");
    }
    let mut write = writes(&[]);
    write.writes = vec![conditional(key, "office_hours", json!({"hour": 9}))];
    tenant.try_write(write).await.unwrap();
    // What the tuple says, the question cannot change; what it leaves open, it must say.
    let ask = async |context: serde_json::Value| {
        let mut question = question_of(key);
        question.given = Given {
            context: Some(json(context)),
            ..Given::default()
        };
        let asked = tenant.authz.check(&call(), tenant.scope(), question).await;
        asked.map(|answered| answered.value)
    };
    assert!(ask(json!({"days": ["monday"]})).await.unwrap());
    assert!(
        ask(json!({"hour": 5, "days": ["monday"], "more": 1}))
            .await
            .unwrap()
    );
    assert!(!ask(json!({"days": []})).await.unwrap());
    let refused = refusal(ask(json!({})).await);
    let Refusal::Condition(message) = &refused else {
        panic!("{refused:?}");
    };
    assert!(message.contains("days"), "{message}");
}

async fn a_write_names_its_model(world: World) {
    let tenant = tenant(&world, Memory::None).await;
    let (old, _) = tenant
        .authz
        .model_of(&call(), tenant.scope())
        .await
        .unwrap();
    let new = tenant.model("model\n  schema 1.1\ntype user\n").await;
    let mut write = writes(&["doc:1#viewer@user:ann"]);
    let refused = refusal(tenant.try_write(write.clone()).await);
    assert!(matches!(refused, Refusal::Invalid(_)), "{refused:?}");
    write.model = Some(old);
    assert_eq!(tenant.try_write(write).await.unwrap().model, Some(old));
    let stored = tenant.try_write(deletes(&["doc:1#viewer@user:ann"])).await;
    assert_eq!(stored.unwrap().model, Some(new));
}

async fn a_write_that_changes_nothing_makes_no_version(world: World) {
    let tenant = tenant(&world, Memory::None).await;
    assert_eq!(tenant.write(&["doc:1#viewer@user:ann"]).await, 1);
    let mut write = writes(&["doc:1#viewer@user:ann"]);
    write.deletes = vec![tuple("doc:2#viewer@user:ann")];
    write.on_duplicate = OnDuplicate::Ignore;
    write.on_missing = OnMissing::Ignore;
    let later = call_at(NOW + Duration::from_secs(5));
    let stored = tenant.authz.write(&later, tenant.id, write).await;
    assert_eq!(stored.unwrap().version, 1);
    assert_eq!(tenant.write(&["doc:2#viewer@user:ann"]).await, 2);
}
