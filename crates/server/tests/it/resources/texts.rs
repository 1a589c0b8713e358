//! Texts of honest people, which a filter of words would take for attacks: kept as they came.

use super::{Site, get, post, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;

on_both_engines!(honest_texts_are_kept_as_they_came);

const TEXTS: [&str; 12] = [
    "O'Brien & Söhne <Berlin>",
    "Select * from the best; drop tables & chairs",
    "1' OR '1'='1 -- a title",
    "How to use <script> tags",
    "javascript: the good parts",
    "on load = happy",
    "${HOME} and {{ braces }} and %s",
    "../../etc is where settings live",
    "日本語のチーム",
    "Ελληνικά и русский",
    "👩‍👩‍👧‍👦 family \u{202b}right to left\u{202c}",
    "Null, nil & undefined",
];

async fn honest_texts_are_kept_as_they_came(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let eve = site.sign_up("eve").await;
    site.make_administrator(&eve).await;
    let project = site.project(&ann, "private").await;
    for words in TEXTS {
        let body = json!({ "name": words, "description": words });
        let made = site.told(post("/teams", &ann.token, &body), 201).await;
        let path = format!("/teams/{}", text(&made["id"]));
        let shown = site.told(get(&path, &ann.token), 200).await;
        assert_eq!(
            (&shown["name"], &shown["description"]),
            (&json!(words), &json!(words))
        );
        let reason = format!("They call it {words}.");
        let body = json!({
            "user_id": ann.id, "type": "project", "id": project, "minutes": 5, "reason": reason,
        });
        let asked = post("/authz/emergency", &eve.token, &body);
        assert_eq!(site.told(asked, 201).await["reason"], reason);
    }
    // In the letter to whoever is invited, too, where they are no markup.
    let listed = site.told(get("/teams", &ann.token), 200).await;
    let items = listed["items"].as_array().expect("a list");
    let named = items.iter().find(|one| one["name"] == TEXTS[3]);
    let path = format!(
        "/teams/{}/invitations",
        text(&named.expect("the team")["id"])
    );
    let body = json!({ "email": "guest@example.com", "role": "viewer" });
    site.told(post(&path, &ann.token, &body), 201).await;
    let mails = site.mails_to("guest@example.com").await;
    let html = &mails[0].html;
    assert!(html.contains("How to use &lt;script&gt; tags"), "{html}");
    assert!(!html.contains("<script>"), "{html}");
}
