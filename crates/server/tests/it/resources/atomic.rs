//! No change without its row in the audit log: where that cannot be written, nothing is changed.

use super::{Person, Site, act, delete, emergency_of, fresh, post, send, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use testkit::http::Request;
use uuid::Uuid;

on_both_engines!(what_cannot_be_written_down_does_not_happen);

/// Everything that a change may touch, as lines.
async fn state(site: &Site) -> Vec<String> {
    let mut lines = Vec::new();
    for sql in [
        "SELECT object_type || ':' || object_id || '#' || relation || '@' || subject_id \
         FROM store_tuples",
        "SELECT 'version ' || CAST(version AS TEXT) FROM stores",
        "SELECT name || CAST(updated_at AS TEXT) FROM teams",
        "SELECT email || role || status FROM team_invitations",
        "SELECT COALESCE(CAST(approved_at AS TEXT), '') || COALESCE(CAST(ended_at AS TEXT), '') \
         FROM emergency_accesses",
        "SELECT recipient FROM outbox",
    ] {
        lines.extend(site.texts(sql).await);
    }
    lines.sort_unstable();
    lines
}

/// Something to change of each kind.
struct World {
    site: Site,
    ann: Person,
    bob: Person,
    eve: Person,
    fay: Person,
    team: String,
    project: Uuid,
    /// A link to a file.
    link: Json,
    /// An emergency access to the project, which nobody has approved.
    emergency: String,
    /// An invitation of eve.
    offer: Json,
}

async fn world(engine: Engine) -> Option<World> {
    let site = Site::open(engine).await?;
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let (eve, fay) = (site.sign_up("eve").await, site.sign_up("fay").await);
    for admin in [&eve, &fay] {
        site.make_administrator(admin).await;
    }
    let team = site.team(&ann).await;
    site.join(&team, &ann, &bob, "editor").await;
    let project = site.project(&ann, "team-only").await;
    let generation = site.generation(&ann, Some(project)).await;
    let media = json!({ "media_id": site.media(&ann, generation).await });
    let link = site
        .told(post("/media/sign", &ann.token, &media), 201)
        .await;
    let asking = emergency_of(&bob, &format!("project:{project}"), 5);
    let asking = post("/authz/emergency", &eve.token, &asking);
    let emergency = text(&site.told(asking, 201).await["id"]);
    let guest = json!({ "email": eve.email, "role": "viewer" });
    let inviting = post(&format!("/teams/{team}/invitations"), &ann.token, &guest);
    let offer = json!({ "invitation_id": site.told(inviting, 201).await["id"] });
    Some(World {
        site,
        ann,
        bob,
        eve,
        fay,
        team,
        project,
        link: json!({ "token": link["token"] }),
        emergency,
        offer,
    })
}

impl World {
    fn changes_of_resources(&self) -> Vec<Request> {
        let token = &self.ann.token;
        let path = format!("/authz/resources/project/{}", self.project);
        let put = |tail: String, body: Json| send("PUT", &format!("{path}/{tail}"), token, &body);
        let act = |who: &Person, action: &str| act(&self.emergency, action, &who.token);
        let asking = emergency_of(&self.ann, &format!("project:{}", self.project), 5);
        let made = json!({ "type": "project", "id": fresh() });
        vec![
            post("/authz/resources", token, &made),
            send("PATCH", &path, token, &json!({ "visibility": "public" })),
            put(
                "privacy".to_owned(),
                json!({ "hide_from_other_teams": false }),
            ),
            put(
                format!("teams/{}", self.team),
                json!({ "access_level": "read" }),
            ),
            put(
                format!("grants/{}", self.bob.id),
                json!({ "level": "read" }),
            ),
            delete(&path, token),
            post("/media/revoke", token, &self.link),
            post("/authz/emergency", &self.eve.token, &asking),
            act(&self.fay, "approve"),
            act(&self.eve, "end"),
        ]
    }

    fn changes_of_teams(&self) -> Vec<Request> {
        let (token, none) = (&self.ann.token, json!({}));
        let path = format!("/teams/{}", self.team);
        let member = format!("{path}/members/{}", self.bob.id);
        let guest = json!({ "email": "guest@example.com", "role": "viewer" });
        let answer = |word: &str| {
            let path = format!("/teams/invitations/{word}");
            post(&path, &self.eve.token, &self.offer)
        };
        vec![
            post("/teams", token, &json!({ "name": "Another" })),
            send("PUT", &path, token, &json!({ "name": "Renamed" })),
            send("PUT", &path, token, &json!({ "is_active": false })),
            send("PUT", &member, token, &json!({ "role": "viewer" })),
            delete(&member, token),
            post(&format!("{path}/leave"), &self.bob.token, &none),
            post(
                &format!("{path}/transfer"),
                token,
                &json!({ "user_id": self.bob.id }),
            ),
            post(&format!("{path}/invitations"), token, &guest),
            answer("accept"),
            answer("decline"),
            delete(&path, token),
        ]
    }
}

async fn what_cannot_be_written_down_does_not_happen(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let before = state(&world.site).await;
    assert!(before.len() > 10, "{before:?}");
    let fail = match engine {
        Engine::Sqlite => {
            "CREATE TRIGGER events_fail BEFORE INSERT ON events
                 BEGIN SELECT RAISE(ABORT, 'no'); END"
        }
        Engine::Postgres => {
            "CREATE FUNCTION claviger.events_fail() RETURNS trigger LANGUAGE plpgsql
                 AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
             CREATE TRIGGER events_fail BEFORE INSERT ON claviger.events
                 FOR EACH ROW EXECUTE FUNCTION claviger.events_fail()"
        }
    };
    world.site.script(fail).await;
    let changes = [world.changes_of_resources(), world.changes_of_teams()];
    for request in changes.into_iter().flatten() {
        let what = format!("{request:?}");
        let reply = world.site.send(request).await;
        assert_eq!(reply.status, 500, "{what}: {}", reply.text());
        assert_eq!(state(&world.site).await, before, "{what}");
    }
    let mended = match engine {
        Engine::Sqlite => "DROP TRIGGER events_fail",
        Engine::Postgres => "DROP TRIGGER events_fail ON claviger.events",
    };
    world.site.script(mended).await;
    // Each of them would have changed something.
    let mut known = before;
    for request in world.changes_of_resources().into_iter().take(5) {
        let what = format!("{request:?}");
        let reply = world.site.send(request).await;
        assert!(reply.status < 300, "{what}: {}", reply.text());
        let after = state(&world.site).await;
        assert_ne!(after, known, "{what}");
        known = after;
    }
}
