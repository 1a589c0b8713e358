//! Servers whose clocks are two minutes apart: what ends on one ends on the other two minutes
//! later, and nothing that was taken back comes to life there.

use super::nodes::Other;
use super::{Person, Site, act, emergency_of, person, post, send, text};
use crate::app::Engine;
use crate::engines::{PASSWORD, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;
use testkit::TestClock;
use testkit::http::{Reply, Request};

on_both_engines!(
    a_grant_ends_on_a_clock_that_is_behind,
    an_emergency_ends_on_a_clock_that_is_behind,
    an_invitation_ends_on_a_clock_that_is_behind,
    a_link_is_good_before_its_time_by_two_minutes,
    a_link_that_was_taken_back_stays_so_on_a_clock_that_is_behind,
);

const SKEW: Duration = Duration::from_mins(2);
const SECOND: Duration = Duration::from_secs(1);
const A_SECOND_LESS: Duration = Duration::from_secs(119);

/// A server, and one that is behind it.
struct Apart {
    site: Site,
    behind: Other,
    clock: TestClock,
    ann: Person,
    bob: Person,
}

impl Apart {
    async fn open(engine: Engine, by: Duration) -> Option<Self> {
        let mut site = Site::open(engine).await?;
        let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
        let (behind, clock) = Other::behind(&mut site, by).await;
        Some(Self {
            site,
            behind,
            clock,
            ann,
            bob,
        })
    }

    /// Time goes by, on both.
    fn advance(&self, span: Duration) {
        self.site.advance(span);
        self.clock.advance(span);
    }

    /// Whether bob may view a project: on the server, and on the one that is behind.
    async fn may_view(&self, project: uuid::Uuid) -> [bool; 2] {
        let mut about = super::question("view", &format!("project:{project}"));
        about["user_id"] = json!(self.bob.id);
        let here = post("/authz/authorize", &self.site.secret, &about);
        let here = self.site.send(here).await;
        let there = self.behind.may_view(&self.bob, project);
        let there = there.send(self.behind.address).await.expect("an answer");
        [here, there].map(|reply| reply.json()["granted"] == true)
    }

    /// What the server that is behind answers.
    async fn there(&self, request: Request) -> Reply {
        request.send(self.behind.address).await.expect("an answer")
    }
}

async fn a_grant_ends_on_a_clock_that_is_behind(engine: Engine) {
    let Some(apart) = Apart::open(engine, SKEW).await else {
        return;
    };
    let (site, ann, bob) = (&apart.site, &apart.ann, &apart.bob);
    let project = site.project(ann, "private").await;
    let ends = site.app.call().now + Duration::from_mins(1);
    let path = format!("/authz/resources/project/{project}/grants/{}", bob.id);
    let grant = json!({ "level": "read", "expires_at": ends.to_string() });
    site.told(send("PUT", &path, &ann.token, &grant), 204).await;
    assert_eq!(apart.may_view(project).await, [true, true]);
    apart.advance(Duration::from_mins(1));
    assert_eq!(apart.may_view(project).await, [false, true]);
    apart.advance(A_SECOND_LESS);
    assert_eq!(apart.may_view(project).await, [false, true]);
    apart.advance(SECOND);
    assert_eq!(apart.may_view(project).await, [false, false]);
}

async fn an_emergency_ends_on_a_clock_that_is_behind(engine: Engine) {
    let Some(apart) = Apart::open(engine, SKEW).await else {
        return;
    };
    let (site, ann, bob) = (&apart.site, &apart.ann, &apart.bob);
    let (eve, fay) = (site.sign_up("eve").await, site.sign_up("fay").await);
    for admin in [&eve, &fay] {
        site.make_administrator(admin).await;
    }
    let project = site.project(ann, "private").await;
    let body = emergency_of(bob, &format!("project:{project}"), 1);
    let asked = post("/authz/emergency", &eve.token, &body);
    let id = text(&site.told(asked, 201).await["id"]);
    site.told(act(&id, "approve", &fay.token), 200).await;
    assert_eq!(apart.may_view(project).await, [true, true]);
    apart.advance(Duration::from_mins(1));
    assert_eq!(apart.may_view(project).await, [false, true]);
    apart.advance(SKEW);
    assert_eq!(apart.may_view(project).await, [false, false]);
}

async fn an_invitation_ends_on_a_clock_that_is_behind(engine: Engine) {
    let Some(apart) = Apart::open(engine, SKEW).await else {
        return;
    };
    let (site, ann, bob) = (&apart.site, &apart.ann, &apart.bob);
    let team = site.team(ann).await;
    let path = format!("/teams/{team}/invitations");
    let invite = async || {
        let invitation = json!({ "email": bob.email, "role": "viewer" });
        let sent = post(&path, &ann.token, &invitation);
        json!({ "invitation_id": site.told(sent, 201).await["id"] })
    };
    let accept = async |offer: &Json| {
        let body = json!({ "email": bob.email, "password": PASSWORD });
        let sign_in = Request::post("/auth/v1/token?grant_type=password").json(&body);
        let bob = person(&bob.email, &apart.there(sign_in).await.json());
        apart
            .there(post("/teams/invitations/accept", &bob.token, offer))
            .await
    };
    let offer = invite().await;
    apart.advance(Duration::from_hours(7 * 24) + SKEW);
    let late = accept(&offer).await;
    assert_eq!(late.status, 410, "{}", late.text());
    let ann = site.sign_in(ann).await;
    let anew = json!({ "email": bob.email, "role": "viewer" });
    let sent = site.told(post(&path, &ann.token, &anew), 201).await;
    apart.advance(Duration::from_hours(7 * 24) + A_SECOND_LESS);
    let accepted = accept(&json!({ "invitation_id": sent["id"] })).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
}

/// A link of a minute to a file of ann's.
async fn link(apart: &Apart) -> String {
    let generation = apart.site.generation(&apart.ann, None).await;
    let media = apart.site.media(&apart.ann, generation).await;
    let body = json!({ "media_id": media, "expires_in": 60 });
    let signed = post("/media/sign", &apart.ann.token, &body);
    text(&apart.site.told(signed, 201).await["token"])
}

fn opened(link: &str) -> Request {
    Request::get(format!("/api/v1/media/{link}"))
}

async fn a_link_is_good_before_its_time_by_two_minutes(engine: Engine) {
    for (by, status) in [(SKEW, 200), (SKEW + SECOND, 401)] {
        let Some(apart) = Apart::open(engine, by).await else {
            return;
        };
        let reply = apart.there(opened(&link(&apart).await)).await;
        assert_eq!(reply.status, status, "{by:?}: {}", reply.text());
    }
}

async fn a_link_that_was_taken_back_stays_so_on_a_clock_that_is_behind(engine: Engine) {
    let Some(apart) = Apart::open(engine, SKEW).await else {
        return;
    };
    let (kept, link) = (link(&apart).await, link(&apart).await);
    let back = json!({ "token": link });
    let back = post("/media/revoke", &apart.ann.token, &back);
    apart.site.told(back, 204).await;
    // On the first server it has ended, and what has ended is swept away.
    apart.advance(Duration::from_mins(1) + A_SECOND_LESS);
    let (app, call) = (apart.site.app.app("one"), apart.site.app.call());
    app.authz.remove_ended(&call, 100).await.expect("swept");
    assert_eq!(apart.site.send(opened(&link)).await.status, 401);
    assert_eq!(apart.there(opened(&kept)).await.status, 200);
    assert_eq!(apart.there(opened(&link)).await.status, 403);
    apart.advance(SECOND);
    assert_eq!(apart.there(opened(&kept)).await.status, 401);
}
