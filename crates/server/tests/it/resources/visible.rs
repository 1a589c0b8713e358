//! What somebody may see, a page at a time.

use super::{Site, fresh, get, post, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;
use std::collections::BTreeSet;

on_both_engines!(
    pages_bring_everything_once,
    what_is_public_is_listed_when_asked_for,
    a_cursor_is_good_for_its_list_only,
);

async fn pages_bring_everything_once(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let mut own = BTreeSet::new();
    for who in [&ann, &bob] {
        let ids: Vec<_> = (0..25).map(|_| fresh()).collect();
        let resources = ids
            .iter()
            .map(|id| json!({ "type": "generation", "id": id }));
        let body = json!({ "resources": resources.collect::<Vec<_>>() });
        site.told(post("/authz/resources/batch", &who.token, &body), 201)
            .await;
        if who.id == ann.id {
            own.extend(ids.iter().map(ToString::to_string));
        }
    }
    let mut found = Vec::new();
    let mut cursor = String::new();
    let mut pages = 0;
    loop {
        let path =
            format!("/authz/visible?type=generation&permission=edit&limit=10&cursor={cursor}");
        let page = site.told(get(&path, &ann.token), 200).await;
        assert_eq!(page["complete"], true);
        let items = page["items"].as_array().expect("a list").clone();
        found.extend(items.iter().map(|item| text(&item["id"])));
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
        if pages == 1 {
            // What comes in meanwhile does not shift the pages.
            let id = site.generation(&ann, None).await.to_string();
            if id > found[found.len() - 1] {
                own.insert(id);
            }
        }
    }
    assert!(pages >= 3);
    assert_eq!(
        found.len(),
        found.iter().collect::<BTreeSet<_>>().len(),
        "each once"
    );
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), own);
}

async fn what_is_public_is_listed_when_asked_for(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let public = site.project(&ann, "public").await;
    site.project(&ann, "private").await;
    let own = site.project(&bob, "private").await;
    let list = async |more: &str| {
        let path = format!("/authz/visible?type=project{more}");
        let told = site.told(get(&path, &bob.token), 200).await;
        let items = told["items"].as_array().expect("a list").iter();
        items.map(|one| text(&one["id"])).collect::<BTreeSet<_>>()
    };
    assert_eq!(list("").await, BTreeSet::from([own.to_string()]));
    let both = BTreeSet::from([own.to_string(), public.to_string()]);
    assert_eq!(list("&include_public=true").await, both);
    assert_eq!(
        list("&permission=share").await,
        BTreeSet::from([own.to_string()])
    );
    for bad in [
        "&limit=0",
        "&limit=1001",
        "&limit=x",
        "&permission=fly",
        "&include_public=1",
        "&permission=download",
    ] {
        let path = format!("/authz/visible?type=project{bad}");
        assert_eq!(
            site.refused(get(&path, &bob.token), 422).await,
            "invalid_request",
            "{bad}"
        );
    }
    let no_kind = get("/authz/visible", &bob.token);
    assert_eq!(site.refused(no_kind, 422).await, "invalid_request");
}

async fn a_cursor_is_good_for_its_list_only(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    for who in [&ann, &ann, &bob] {
        site.project(who, "private").await;
    }
    let first = get("/authz/visible?type=project&limit=1", &ann.token);
    let cursor = text(&site.told(first, 200).await["next_cursor"]);
    let next = |who: &str, more: &str| {
        get(
            &format!("/authz/visible?{more}&limit=1&cursor={cursor}"),
            who,
        )
    };
    let second = site.told(next(&ann.token, "type=project"), 200).await;
    assert!(second["next_cursor"].is_null());
    for (who, more) in [
        (&bob.token, "type=project"),
        (&ann.token, "type=generation"),
        (&ann.token, "type=project&permission=edit"),
        (&ann.token, "type=project&include_public=true"),
    ] {
        assert_eq!(
            site.refused(next(who, more), 422).await,
            "invalid_request",
            "{more}"
        );
    }
}
