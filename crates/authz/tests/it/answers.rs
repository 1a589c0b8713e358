//! Lists that are cut, relations that are expanded, and answers that are kept as expected.

use crate::engine::{World, on_both_engines};
use crate::tenant::{
    MEMORY, Memory, NOW, Tenant, call, conditional, json, objects_question, refusal, tuple,
};
use authz::assertions::Assertion;
use authz::{Authz, Error, ExpandNode, Given, Refusal, Settings};
use serde_json::json;
use std::sync::Arc;
use types::{ModelId, SystemClock, SystemEntropy, Time};

on_both_engines!(
    a_list_is_cut_and_goes_on,
    a_relation_is_expanded_one_level_deep,
    assertions_are_kept_beside_their_model,
);

const MODEL: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user]
type folder
  relations
    define viewer: [user]
type doc
  relations
    define parent: [folder]
    define timed: [user with early]
    define viewer: [user, group#member] or viewer from parent
condition early(hour: int) {
  hour < 9
}
";

async fn a_list_is_cut_and_goes_on(world: World) {
    for memory in MEMORY {
        let settings = Settings {
            list_results_max: 4,
            ..memory.settings()
        };
        let (store, entropy) = (world.another_store(), Arc::new(SystemEntropy));
        let authz = Authz::new(store, Arc::new(SystemClock), entropy, settings);
        let tenant = Tenant::open(&world, memory, MODEL).await.on(authz);
        let mut written: Vec<_> = (0..10)
            .map(|n| format!("doc:{n}#viewer@user:u{n}"))
            .collect();
        written.push("group:g#member@user:ann".to_owned());
        written.extend((0..10).map(|n| format!("doc:{n}#viewer@group:g#member")));
        tenant.write_many(&written).await;
        tenant.settle().await;
        let (mut found, mut after) = (Vec::new(), None);
        for expected in [4, 4, 2] {
            let mut question = objects_question("user:ann", "viewer", "doc");
            question.after = after;
            let listed = tenant
                .authz
                .list_objects(&call(), tenant.scope(), question)
                .await;
            let list = listed.unwrap().value;
            assert_eq!(list.found.len(), expected, "{memory:?}");
            assert_eq!(list.is_complete, expected == 2);
            found.extend(list.found);
            after = list.resume_after;
            assert_eq!(after.is_none(), expected == 2);
        }
        let expected: Vec<_> = (0..10).map(|n| format!("doc:{n}")).collect();
        assert_eq!(found, expected);
        let users = tenant.users("doc:3", "viewer", "user").await;
        assert_eq!(users, ["user:ann", "user:u3"]);
    }
}

async fn a_relation_is_expanded_one_level_deep(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        let tuples = [
            "doc:1#viewer@user:bob",
            "doc:1#viewer@user:ann",
            "doc:1#viewer@group:g#member",
            "doc:1#parent@folder:f",
            "group:g#member@user:eve",
        ];
        tenant.write(&tuples).await;
        tenant.settle().await;
        let own = [tuple("doc:1#viewer@user:zoe")];
        let Tenant { authz, .. } = &tenant;
        let expanded = authz
            .expand(&call(), tenant.scope(), "doc:1", "viewer", &own)
            .await;
        let tree = expanded.unwrap().value;
        assert_eq!(tree.name, "doc:1#viewer");
        let users = ["group:g#member", "user:ann", "user:bob", "user:zoe"];
        let users = ExpandNode::Users(users.map(str::to_owned).into());
        let from_parent = ExpandNode::TupleToUserset {
            tupleset: "doc:1#parent".to_owned(),
            computed: vec!["folder:f#viewer".to_owned()],
        };
        assert_eq!(tree.root, ExpandNode::Union(vec![users, from_parent]));
        let expanded = authz
            .expand(&call(), tenant.scope(), "doc:1", "nothing", &[])
            .await;
        let refused = refusal(expanded);
        assert!(matches!(refused, Refusal::Invalid(_)), "{refused:?}");
    }
}

async fn assertions_are_kept_beside_their_model(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    let Tenant { authz, id, .. } = &tenant;
    let (model, _) = authz.model_of(&call(), tenant.scope()).await.unwrap();
    let read = authz.read_assertions(&call(), *id, model).await.unwrap();
    assert_eq!(read, []);
    let assertion = |user: &str| Assertion {
        user: user.to_owned(),
        relation: "viewer".to_owned(),
        object: "doc:1".to_owned(),
        expectation: true,
        given: Given {
            contextual: vec![conditional(
                "doc:2#timed@user:ann",
                "early",
                json!({"hour": 3}),
            )],
            context: Some(json(json!({"hour": 4}))),
        },
    };
    for kept in [vec![assertion("user:ann"), assertion("user:bob")], vec![]] {
        let written = authz
            .write_assertions(&call(), *id, model, kept.clone())
            .await;
        written.unwrap();
        let read = authz.read_assertions(&call(), *id, model).await.unwrap();
        assert_eq!(read, kept);
    }
    let other = ModelId::fresh(Time(NOW.0 + 1), &SystemEntropy);
    let read = authz.read_assertions(&call(), *id, other).await.unwrap();
    assert_eq!(read, []);
    let many = vec![assertion("user:ann"); 101];
    let written = authz.write_assertions(&call(), *id, model, many).await;
    let refused = refusal(written);
    assert!(
        matches!(refused, Refusal::TooMany { most: 100, .. }),
        "{refused:?}"
    );
    let unknown = vec![assertion("planet:1")];
    let written = authz.write_assertions(&call(), *id, model, unknown).await;
    assert!(matches!(written, Err(Error::Refused(Refusal::Invalid(_)))));
}
