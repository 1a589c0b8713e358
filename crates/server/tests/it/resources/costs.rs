//! What a page costs the database: one batch, however many it asks about.

use super::{Site, fresh, post, send};
use crate::app::Engine;
use crate::engines::on_both_engines;
use authz::Consistency;
use authz::access::{Ask, Asker, Item, Kind, Permission, Resource, STORE};
use serde_json::json;
use types::UserId;
use uuid::Uuid;

on_both_engines!(a_page_of_a_hundred_costs_as_much_as_one);

async fn a_page_of_a_hundred_costs_as_much_as_one(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let mut generations = Vec::new();
    // Twenty projects, in each of which a grant ends by itself: when it does is told as well.
    for _ in 0..20 {
        let project = site.project(&ann, "private").await;
        let path = format!("/authz/resources/project/{project}/grants/{}", bob.id);
        let grant = json!({ "level": "read", "expires_at": "2099-12-31T00:00:00Z" });
        site.told(send("PUT", &path, &ann.token, &grant), 204).await;
        let ids: Vec<_> = (0..5).map(|_| fresh()).collect();
        let resources = ids.iter();
        let resources =
            resources.map(|id| json!({ "type": "generation", "id": id, "project_id": project }));
        let body = json!({ "resources": resources.collect::<Vec<_>>() });
        let made = post("/authz/resources/batch", &ann.token, &body);
        site.told(made, 201).await;
        generations.extend(ids);
    }
    let app = site.app.app("one");
    let bob = UserId(Uuid::parse_str(&bob.id).expect("an id"));
    let cost = async |generations: &[Uuid]| {
        let item = |id: &Uuid| Item {
            resource: Resource::new(Kind::Generation, *id),
            permission: Permission::View,
        };
        let ask = Ask {
            asker: Asker::User(bob),
            user: None,
            items: generations.iter().map(item).collect(),
            explains: false,
            consistency: Consistency::MinimizeLatency,
        };
        let call = site.app.call();
        let (decisions, _) = app.access.decide(&call, &ask).await.expect("decisions");
        assert!(decisions.iter().all(|one| one.expires_at.is_some()));
        call.cost.round_trips()
    };
    // By lookups, from a server that has just started and one that has the store in memory.
    let (one, page) = (cost(&generations[..1]).await, cost(&generations).await);
    assert!(page <= one + 1, "{page} round trips, and {one} for one");
    for _ in 0..10_000 {
        if app.authz.version_in_memory(STORE).is_some() {
            break;
        }
        cost(&generations[..1]).await;
    }
    assert!(app.authz.version_in_memory(STORE).is_some());
    let (one, page) = (cost(&generations[..1]).await, cost(&generations).await);
    assert!(
        one <= 4 && page <= 4,
        "{page} round trips, and {one} for one"
    );
}
