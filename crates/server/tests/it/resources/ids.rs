//! Ids are checked for their form, and for nothing else.

use super::{Site, fresh, post};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;
use uuid::Uuid;

on_both_engines!(ids_of_every_look_are_registered);

async fn ids_of_every_look_are_registered(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let odd = [
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "11111111-1111-1111-1111-111111111111",
        "12345678-90ab-cdef-1234-567890abcdef",
        "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    ];
    for id in odd {
        site.register(&ann.token, &json!({ "type": "generation", "id": id }))
            .await;
        let resource = format!("generation:{id}");
        assert_eq!(
            site.method(&ann, "view", &resource).await,
            "direct_ownership",
            "{id}"
        );
    }
    let lower = "generation:6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    assert_eq!(
        site.method(&ann, "view", lower).await,
        "direct_ownership",
        "one id, however written"
    );
    for id in [
        "",
        "12345678-90ab-cdef-1234-567890abcdeg",
        "1234567890abcdef1234567890abcdef",
        "{12345678-90ab-cdef-1234-567890abcdef}",
        "urn:uuid:12345678-90ab-cdef-1234-567890abcdef",
        "12345678-90ab-cdef-1234-567890abcdef'; DROP TABLE users; --",
        "*",
    ] {
        let body = json!({ "type": "generation", "id": id });
        let code = site
            .refused(post("/authz/resources", &ann.token, &body), 422)
            .await;
        assert_eq!(code, "invalid_request", "{id}");
    }
    assert_ne!(fresh(), Uuid::nil());
}
