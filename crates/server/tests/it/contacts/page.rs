//! The strict profile: opening a link shows a page, and only its button spends the token.

use super::{APP, Site, header, link_of, on_both_engines, posted, request, text};
use crate::golden::subject::Reply;
use serde_json::json;
use url::form_urlencoded::Serializer;

const STRICT: &[(&str, &str)] = &[("CLAVIGER_SITE_PROFILE", "strict")];
const COMPAT: &[(&str, &str)] = &[];
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

on_both_engines! {
    opening_a_link_spends_nothing(STRICT);
    the_button_works_once(STRICT);
    a_form_of_another_site_gets_the_page(STRICT);
    the_page_shows_no_markup_of_strangers(STRICT);
    applications_post_as_ever(STRICT);
    without_the_profile_a_form_is_no_json(COMPAT);
}

/// The path and query of a fresh recovery link.
async fn recovery_link(site: &Site) -> String {
    site.sign_up("ada@example.com").await;
    let body = json!({"email": "ada@example.com"});
    site.post("/recover?redirect_to=http://app.example.test/reset", &body)
        .await;
    link_of(&site.mail_to("ada@example.com").await)
}

/// The page's form as a browser sends it.
fn pressed(page: &Reply) -> String {
    let page = text(page);
    let mut form = Serializer::new(String::new());
    for name in ["token", "type", "redirect_to"] {
        let (_, rest) = page
            .split_once(&format!("name=\"{name}\" value=\""))
            .expect(name);
        let (value, _) = rest.split_once('"').expect("a value");
        form.append_pair(name, value);
    }
    form.finish()
}

async fn press(site: &Site, form: &str, from: &str) -> Reply {
    let headers = [FORM, ("sec-fetch-site", from)];
    site.send(&request("POST", "/verify?", &headers, form))
        .await
}

async fn opening_a_link_spends_nothing(site: Site) {
    let link = recovery_link(&site).await;
    for _ in 0..3 {
        let page = site.get(&link).await;
        assert_eq!(page.status, 200);
        assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header(&page, "cache-control"), "no-store");
        assert_eq!(header(&page, "referrer-policy"), "no-referrer");
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        let policy = header(&page, "content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(!text(&page).contains("<script"), "{}", text(&page));
    }
    let head = site.send(&request("HEAD", &link, &[], "")).await;
    assert_eq!(head.status, 405);
    let page = site.get(&link).await;
    let led = press(&site, &pressed(&page), "same-origin").await;
    assert!(header(&led, "location").starts_with(&format!("{APP}/reset#access_token=")));
}

async fn the_button_works_once(site: Site) {
    let page = site.get(&recovery_link(&site).await).await;
    let first = press(&site, &pressed(&page), "same-origin").await;
    assert_eq!((first.status, text(&first).as_str()), (303, ""));
    assert!(header(&first, "location").contains("&type=recovery"));
    let second = press(&site, &pressed(&page), "same-origin").await;
    assert_eq!(second.status, 303);
    let failed = format!("{APP}/reset#error=access_denied&error_code=otp_expired&");
    assert!(header(&second, "location").starts_with(&failed));
}

async fn a_form_of_another_site_gets_the_page(site: Site) {
    let page = site.get(&recovery_link(&site).await).await;
    for from in ["cross-site", "same-site", "none"] {
        let answer = press(&site, &pressed(&page), from).await;
        assert_eq!(
            (answer.status, header(&answer, "location")),
            (200, ""),
            "{from}"
        );
    }
    let led = press(&site, &pressed(&page), "same-origin").await;
    assert_eq!(led.status, 303);
}

async fn the_page_shows_no_markup_of_strangers(site: Site) {
    let page = site
        .get("/verify?type=%22%3E%3Cb%3E&token=%22%27%3E%3Cscript%3Ex")
        .await;
    assert_eq!(page.status, 200);
    let page = text(&page);
    assert!(!page.contains("<b>") && !page.contains("<script"), "{page}");
    let nowhere = "/verify?type=signup&token=x&redirect_to=https://evil.example.net/";
    let page = text(&site.get(nowhere).await);
    assert!(!page.contains("evil"), "{page}");
    assert!(page.contains(APP));
    assert_eq!(site.get("/verify?type=signup").await.status, 400);
}

async fn applications_post_as_ever(site: Site) {
    let link = recovery_link(&site).await;
    let (_, rest) = link.split_once("token=").expect("a token");
    let (hash, _) = rest.split_once('&').expect("a type");
    let body = json!({"type": "recovery", "token_hash": hash});
    assert_eq!(site.send(&posted("/verify", &body)).await.status, 200);
}

async fn without_the_profile_a_form_is_no_json(site: Site) {
    let form = request("POST", "/verify", &[FORM], "token=x&type=signup");
    let reply = site.send(&form).await;
    assert_eq!(reply.status, 400);
    assert!(text(&reply).contains("unexpected end of JSON input"));
}
