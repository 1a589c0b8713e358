//! Reading tuples by any part of their keys, and the changes that led to them.

use crate::engine::{World, on_both_engines};
use crate::tenant::{
    Memory, NOW, Tenant, call, call_at, conditional, deletes, refusal, tuple, writes,
};
use authz::reading::{ChangeAt, ChangeFilter, ReadFilter};
use authz::{OnDuplicate, Page, Refusal, Write};
use serde_json::json;
use std::time::Duration;
use store::changes::{ChangeRow, Operation};
use types::{Time, TupleKey};

on_both_engines!(
    every_filter_finds_what_fits_on_every_size_of_page,
    a_filter_that_says_nothing_sensible_is_refused,
    a_tuple_tells_who_wrote_it_when_and_why,
    changes_are_read_page_by_page_and_go_on_where_they_ended,
    changes_begin_at_a_time,
    changes_tell_of_conditions_and_replacements,
    a_store_that_never_changed_has_no_place_to_go_on,
);

const MODEL: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, user:*, group#member]
type doc
  relations
    define viewer: [user, group#member, user:*, user with noon]
    define editor: [user, group#member]
condition noon(hour: int) {
  hour == 12
}
";
const TUPLES: [&str; 10] = [
    "doc:1#editor@user:ann",
    "doc:1#viewer@group:g#member",
    "doc:1#viewer@user:*",
    "doc:1#viewer@user:ann",
    "doc:1#viewer@user:bob",
    "doc:10#viewer@user:ann",
    "doc:2#editor@group:g#member",
    "doc:2#editor@user:ann",
    "group:g#member@user:ann",
    "group:h#member@group:g#member",
];

async fn read(tenant: &Tenant, filter: &ReadFilter, size: usize) -> Vec<Vec<TupleKey>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = Page { size, after };
        let page = tenant.authz.read(&call(), tenant.id, filter, page).await;
        let page = page.unwrap();
        let keys = page.items.into_iter().map(|stored| stored.tuple.key);
        pages.push(keys.collect());
        after = page.next;
        if after.is_none() {
            return pages;
        }
    }
}

async fn every_filter_finds_what_fits_on_every_size_of_page(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    tenant.write(&TUPLES).await;
    let users = [
        None,
        Some("user:ann"),
        Some("user:*"),
        Some("group:g#member"),
    ];
    let relations = [None, Some("viewer"), Some("member")];
    let objects = [
        None,
        Some("doc:"),
        Some("doc:1"),
        Some("group:h"),
        Some("doc:3"),
    ];
    for user in users {
        for relation in relations {
            for object in objects {
                let filter = ReadFilter {
                    user: user.map(str::to_owned),
                    relation: relation.map(str::to_owned),
                    object: object.map(str::to_owned),
                    at_least: None,
                };
                let fits = |text: &&&str| {
                    let tuple = tuple(text);
                    let of_object = |object: &str| match object.strip_suffix(':') {
                        Some(_) => tuple.object.starts_with(object),
                        None => tuple.object == object,
                    };
                    user.is_none_or(|user| tuple.user == user)
                        && relation.is_none_or(|relation| tuple.relation == relation)
                        && object.is_none_or(of_object)
                };
                let expected: Vec<_> = TUPLES.iter().filter(fits).copied().collect();
                for size in [1, 3, 100] {
                    let pages = read(&tenant, &filter, size).await;
                    let is_full = |page: &Vec<_>| page.len() == size;
                    assert!(pages.iter().rev().skip(1).all(is_full), "{filter:?}");
                    let mut found: Vec<_> =
                        pages.concat().iter().map(ToString::to_string).collect();
                    found.sort();
                    assert_eq!(found, expected, "{filter:?}, pages of {size}");
                }
            }
        }
    }
}

async fn a_filter_that_says_nothing_sensible_is_refused(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    let filters = [
        (Some("doc"), None),
        (Some(":1"), None),
        (None, Some("ann")),
        (None, Some("user:")),
    ];
    for (object, user) in filters {
        let filter = ReadFilter {
            user: user.map(str::to_owned),
            object: object.map(str::to_owned),
            relation: None,
            at_least: None,
        };
        let page = Page {
            size: 1,
            after: None,
        };
        let read = tenant.authz.read(&call(), tenant.id, &filter, page).await;
        let refused = refusal(read);
        assert!(matches!(refused, Refusal::Invalid(_)), "{filter:?}");
    }
}

async fn a_tuple_tells_who_wrote_it_when_and_why(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    let mut write = writes(&["doc:1#viewer@user:ann"]);
    write.actor = "key:7".to_owned();
    write.reason = Some("ticket 9".to_owned());
    tenant.try_write(write).await.unwrap();
    let page = Page {
        size: 1,
        after: None,
    };
    let filter = ReadFilter::default();
    let read = tenant.authz.read(&call(), tenant.id, &filter, page).await;
    let stored = read.unwrap().items.remove(0);
    assert_eq!((stored.written_at, stored.version), (NOW, 1));
    assert_eq!(stored.actor, "key:7");
    assert_eq!(stored.reason.as_deref(), Some("ticket 9"));
}

/// Changes as texts: `+` for written, `-` for deleted.
fn texts(changes: &[ChangeRow]) -> Vec<String> {
    let text = |change: &ChangeRow| {
        let sign = match change.operation {
            Operation::Write => '+',
            Operation::Delete => '-',
        };
        format!("{sign}{}", change.tuple.key)
    };
    changes.iter().map(text).collect()
}

async fn changes(
    tenant: &Tenant,
    of_type: Option<&str>,
    from: Option<Time>,
    page: Page<ChangeAt>,
) -> (Vec<ChangeRow>, Option<ChangeAt>) {
    let Tenant { authz, id, .. } = tenant;
    let filter = ChangeFilter {
        type_name: of_type,
        from,
        at_least: None,
    };
    let changes = authz.changes(&call(), *id, filter, page).await;
    let changes = changes.unwrap();
    (changes.items, changes.next)
}

async fn changes_are_read_page_by_page_and_go_on_where_they_ended(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    tenant
        .write(&["doc:1#viewer@user:ann", "group:g#member@user:ann"])
        .await;
    let mut both = writes(&["doc:2#viewer@user:ann"]);
    both.deletes = vec![tuple("doc:1#viewer@user:ann")];
    tenant.try_write(both).await.unwrap();
    let expected = [
        "+doc:1#viewer@user:ann",
        "+group:g#member@user:ann",
        "-doc:1#viewer@user:ann",
        "+doc:2#viewer@user:ann",
    ];
    for size in [1, 3, 4, 100] {
        for (of_type, expected) in [
            (None, expected.to_vec()),
            (Some("doc"), vec![expected[0], expected[2], expected[3]]),
            (Some("group"), vec![expected[1]]),
            (Some("user"), vec![]),
        ] {
            let (mut found, mut after) = (Vec::new(), None);
            for _ in 0..10 {
                let (page, next) = changes(&tenant, of_type, None, Page { size, after }).await;
                assert!(page.len() <= size);
                assert!(!page.is_empty() || next == after, "no news, the same place");
                found.extend(texts(&page));
                after = next;
            }
            assert_eq!(found, expected, "{of_type:?}, pages of {size}");
            assert_eq!(after.is_some(), !expected.is_empty());
        }
    }
    // What is written later is found from the place where the last page ended.
    let all = Page {
        size: 100,
        after: None,
    };
    let (_, after) = changes(&tenant, None, None, all).await;
    tenant.delete(&["doc:2#viewer@user:ann"]).await;
    let (news, next) = changes(&tenant, None, None, Page { size: 100, after }).await;
    assert_eq!(texts(&news), ["-doc:2#viewer@user:ann"]);
    assert_eq!(next, Some((3, 0)));
}

async fn changes_begin_at_a_time(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    let at = |second| NOW + Duration::from_secs(second);
    for second in 0..4 {
        let write = writes(&[&format!("doc:{second}#viewer@user:ann")]);
        let later = call_at(at(second));
        tenant.authz.write(&later, tenant.id, write).await.unwrap();
    }
    let all = || Page {
        size: 100,
        after: None,
    };
    let (found, _) = changes(&tenant, None, Some(at(2)), all()).await;
    let expected = ["+doc:2#viewer@user:ann", "+doc:3#viewer@user:ann"];
    assert_eq!(texts(&found), expected);
    assert_eq!(found[0].at, at(2));
    let (found, next) = changes(&tenant, None, Some(at(9)), all()).await;
    assert_eq!((found, next), (vec![], None));
}

async fn changes_tell_of_conditions_and_replacements(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    tenant.write(&["doc:1#viewer@user:ann"]).await;
    let noon = conditional("doc:1#viewer@user:ann", "noon", json!({"hour": 12}));
    let replacing = Write {
        writes: vec![noon.clone()],
        on_duplicate: OnDuplicate::Replace,
        expires_at: Some(NOW + Duration::from_secs(60)),
        ..writes(&[])
    };
    tenant.try_write(replacing).await.unwrap();
    tenant
        .try_write(deletes(&["doc:1#viewer@user:ann"]))
        .await
        .unwrap();
    let all = Page {
        size: 100,
        after: None,
    };
    let (found, _) = changes(&tenant, None, None, all).await;
    let conditions: Vec<_> = found
        .iter()
        .map(|one| one.tuple.condition.clone())
        .collect();
    // A deleted tuple is told of as it was.
    assert_eq!(conditions, [None, noon.condition.clone(), noon.condition]);
    let ends: Vec<_> = found
        .iter()
        .map(|one| one.tuple.expires_at.is_some())
        .collect();
    assert_eq!(ends, [false, true, true]);
}

async fn a_store_that_never_changed_has_no_place_to_go_on(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    let page = Page {
        size: 5,
        after: None,
    };
    assert_eq!(changes(&tenant, None, None, page).await, (vec![], None));
}
