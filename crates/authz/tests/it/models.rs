//! Models: what is refused, which is the newest, and asking an older one.

use crate::engine::{World, on_both_engines};
use crate::tenant::{
    MEMORY, Memory, Tenant, call, call_at, conditional, model, question_of, refusal, writes,
};
use authz::{Authz, Page, Refusal, Scope};
use rebac::to_json;
use serde_json::json;
use std::time::Duration;
use types::{ModelId, Time};

on_both_engines!(
    a_model_that_breaks_a_rule_is_refused,
    a_model_reads_back_as_it_was_written,
    the_model_written_last_is_the_newest,
    a_clock_that_runs_behind_writes_the_newest_model_too,
    models_are_listed_by_page_the_newest_first,
    models_that_nobody_wrote_are_not_found,
    two_models_with_one_tuple_mean_two_things,
    tuples_of_an_older_model_do_not_count_and_can_be_deleted,
);

const DIRECT: &str = "
model
  schema 1.1
type user
type doc
  relations
    define editor: [user]
    define viewer: [user]
";
const THROUGH_EDITORS: &str = "
model
  schema 1.1
type user
type doc
  relations
    define editor: [user]
    define viewer: editor
";

async fn a_model_that_breaks_a_rule_is_refused(world: World) {
    let tenant = Tenant::empty(&world, Memory::None).await;
    let broken = [
        ("define viewer: nobody", "nobody"),
        ("define viewer: [group]", "group"),
        ("define viewer: viewer", "viewer"),
        ("define viewer: [user with noon]", "noon"),
    ];
    for (relation, named) in broken {
        let text =
            format!("model\n  schema 1.1\ntype user\ntype doc\n  relations\n    {relation}\n");
        let written = tenant
            .authz
            .write_model(&call(), tenant.id, model(&text))
            .await;
        let refused = refusal(written);
        let Refusal::InvalidModel(message) = &refused else {
            panic!("{relation}: {refused:?}");
        };
        assert!(message.contains(named), "{relation}: {message}");
    }
    let text = "model\n  schema 1.1\ntype user\ncondition noon(at: int) {\n  at + 'x' == 12\n}\n";
    let written = tenant
        .authz
        .write_model(&call(), tenant.id, model(text))
        .await;
    let refused = refusal(written);
    assert!(matches!(refused, Refusal::InvalidModel(_)), "{refused:?}");
    let asked = tenant.try_check(&call(), "doc:1#viewer@user:ann").await;
    assert_eq!(refusal(asked), Refusal::NoModel, "none of them was stored");
}

async fn a_model_reads_back_as_it_was_written(world: World) {
    let tenant = Tenant::empty(&world, Memory::None).await;
    let id = tenant.model(DIRECT).await;
    let found = tenant.authz.find_model(&call(), tenant.id, id).await;
    let mut body = to_json(&model(DIRECT));
    body["id"] = json!(id.to_string());
    assert_eq!(found.unwrap().body, body);
}

async fn the_model_written_last_is_the_newest(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::empty(&world, memory).await;
        // All in one millisecond, in which ids are drawn at random.
        for _ in 0..8 {
            let id = tenant.model(DIRECT).await;
            assert_eq!(newest(&tenant).await, id);
            let on_another = tenant.on(crate::tenant::server(&world, memory));
            assert_eq!(newest(&on_another).await, id);
        }
    }
}

async fn a_clock_that_runs_behind_writes_the_newest_model_too(world: World) {
    let tenant = Tenant::open(&world, Memory::None, DIRECT).await;
    let early = call_at(Time(crate::tenant::NOW.0 - 60_000_000));
    let Tenant { authz, id, .. } = &tenant;
    let second = authz.write_model(&early, *id, model(THROUGH_EDITORS)).await;
    assert_eq!(newest(&tenant).await, second.unwrap());
    tenant.write(&["doc:1#editor@user:ann"]).await;
    assert!(tenant.check("doc:1#viewer@user:ann").await);
}

async fn newest(tenant: &Tenant) -> ModelId {
    let model = tenant.authz.model_of(&call(), tenant.scope()).await;
    model.unwrap().0
}

async fn models_are_listed_by_page_the_newest_first(world: World) {
    let tenant = Tenant::empty(&world, Memory::None).await;
    assert_eq!(listed(&tenant.authz, &tenant, 2).await, [[]; 1]);
    let mut written = Vec::new();
    for _ in 0..5 {
        written.insert(0, tenant.model(DIRECT).await);
    }
    let pages = listed(&tenant.authz, &tenant, 2).await;
    assert_eq!(pages, [&written[..2], &written[2..4], &written[4..]]);
    assert_eq!(listed(&tenant.authz, &tenant, 5).await, [written]);
}

async fn listed(authz: &Authz, tenant: &Tenant, size: usize) -> Vec<Vec<ModelId>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = Page { size, after };
        let page = authz.list_models(&call(), tenant.id, page).await.unwrap();
        pages.push(page.items.iter().map(|model| model.id).collect());
        after = page.next;
        if after.is_none() {
            return pages;
        }
    }
}

async fn models_that_nobody_wrote_are_not_found(world: World) {
    let tenant = Tenant::open(&world, Memory::None, DIRECT).await;
    let unknown = ModelId::fresh(Time(1), &types::SystemEntropy);
    let missing = Refusal::ModelNotFound(unknown);
    let Tenant { authz, id, .. } = &tenant;
    let found = authz.find_model(&call(), *id, unknown).await;
    assert_eq!(refusal(found), missing);
    let question = question_of("doc:1#viewer@user:ann");
    let asked = authz
        .check(&call(), tenant.of_model(unknown), question)
        .await;
    assert_eq!(refusal(asked), missing);
    let mut write = writes(&["doc:1#viewer@user:ann"]);
    write.model = Some(unknown);
    assert_eq!(refusal(tenant.try_write(write).await), missing);
    let kept = authz
        .write_assertions(&call(), *id, unknown, Vec::new())
        .await;
    assert_eq!(refusal(kept), missing);
}

async fn two_models_with_one_tuple_mean_two_things(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::empty(&world, memory).await;
        let direct = tenant.model(DIRECT).await;
        let through = tenant.model(THROUGH_EDITORS).await;
        tenant.write(&["doc:1#editor@user:ann"]).await;
        tenant.settle().await;
        let may = async |scope: Scope| {
            let question = question_of("doc:1#viewer@user:ann");
            let answered = tenant.authz.check(&call(), scope, question).await.unwrap();
            (answered.value, answered.model)
        };
        // Asked in turns: what one of them is answered must not be remembered for the other.
        for _ in 0..3 {
            assert_eq!(may(tenant.of_model(direct)).await, (false, direct));
            assert_eq!(may(tenant.of_model(through)).await, (true, through));
            assert_eq!(may(tenant.scope()).await, (true, through));
        }
        let third = tenant.model(DIRECT).await;
        assert_eq!(may(tenant.scope()).await, (false, third), "{memory:?}");
        assert_eq!(may(tenant.of_model(through)).await, (true, through));
    }
}

async fn tuples_of_an_older_model_do_not_count_and_can_be_deleted(world: World) {
    const OLD: &str = "
model
  schema 1.1
type user
type bot
type doc
  relations
    define owner: [user]
    define viewer: [user, user:*, bot, bot with awake, doc#owner]
condition awake(hour: int) {
  hour > 6
}
";
    const NEW: &str = "
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user]
    define reader: viewer
";
    let old = [
        "doc:1#viewer@user:*",
        "doc:2#owner@user:ann",
        "doc:2#viewer@doc:2#owner",
        "doc:3#viewer@bot:b",
    ];
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, OLD).await;
        tenant.write(&old).await;
        let mut write = writes(&[]);
        let awake = conditional("doc:4#viewer@bot:b", "awake", json!({"hour": 8}));
        write.writes = vec![awake];
        tenant.try_write(write).await.unwrap();
        tenant.write(&["doc:5#viewer@user:ann"]).await;
        assert!(tenant.check("doc:2#viewer@user:ann").await);
        tenant.model(NEW).await;
        tenant.settle().await;
        for object in ["doc:1", "doc:2", "doc:3", "doc:4"] {
            for relation in ["viewer", "reader"] {
                let question = format!("{object}#{relation}@user:ann");
                assert!(!tenant.check(&question).await, "{memory:?} {question}");
            }
        }
        let objects = tenant.objects("user:ann", "reader", "doc").await;
        assert_eq!(objects, ["doc:5"], "{memory:?}");
        for object in ["doc:1", "doc:2"] {
            assert_eq!(tenant.users(object, "reader", "user").await, [""; 0]);
        }
        tenant.delete(&old).await;
        tenant.delete(&["doc:4#viewer@bot:b"]).await;
        assert_eq!(tenant.tuples().await, ["doc:5#viewer@user:ann"]);
        let later = call_at(crate::tenant::NOW + Duration::from_secs(1));
        assert!(
            tenant
                .try_check(&later, "doc:5#reader@user:ann")
                .await
                .unwrap()
        );
    }
}
