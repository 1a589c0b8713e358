//! Assertions: kept beside their model, and refused.

use super::{Fga, NO_STORE, PRESHARED, assert_refused, in_hours, tuple};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use testkit::http::Request;

on_both_engines! {
    assertions_are_kept_beside_their_model,
    assertions_are_measured_as_protobuf_writes_them,
}

async fn assertions_are_kept_beside_their_model(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let endpoint = format!("assertions/{}", world.model);
    let put = async |body: &Json| {
        let request = Request::new("PUT", world.path(&endpoint))
            .bearer(PRESHARED)
            .json(body);
        fga.send(request).await
    };
    let none = world.get(&endpoint).await.json();
    assert_eq!(
        none,
        json!({ "authorization_model_id": world.model, "assertions": [] })
    );
    let key = tuple("user:ann", "viewer", "document:1");
    let assertion = json!({ "tuple_key": key, "expectation": true, "context": null,
        "contextual_tuples": [in_hours("user:ann", "document:1", &json!({ "hour": 1 }))] });
    let written = put(&json!({ "assertions": [assertion] })).await;
    assert_eq!((written.status, written.text()), (204, String::new()));
    assert_eq!(
        world.get(&endpoint).await.json()["assertions"],
        json!([assertion])
    );
    let many: Vec<Json> = (0..101).map(|_| json!({ "tuple_key": key })).collect();
    assert_refused(
        &put(&json!({ "assertions": many })).await,
        400,
        "assertions_too_many_items",
    );
    let unknown = json!([{ "tuple_key": tuple("user:ann", "nope", "document:1") }]);
    let refused = put(&json!({ "assertions": unknown })).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let keyless = json!({ "assertions": [{ "expectation": true }] });
    assert_refused(&put(&keyless).await, 400, "tuple_key_value_not_specified");
    let other = Request::new("PUT", world.path(&format!("assertions/{NO_STORE}")));
    let other = other.bearer(PRESHARED).json(&json!({ "assertions": [] }));
    assert_refused(&fga.send(other).await, 400, "authorization_model_not_found");
}

/// Of 64,000 bytes, which OpenFGA counts without the names of fields.
async fn assertions_are_measured_as_protobuf_writes_them(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let key = tuple("user:ann", "viewer", "document:1");
    let contextual: Vec<Json> = (0..20).map(|_| key.clone()).collect();
    let assertion = json!({ "tuple_key": key, "contextual_tuples": contextual });
    let put = async |count: usize| {
        let body = json!({ "assertions": vec![assertion.clone(); count] });
        let path = world.path(&format!("assertions/{}", world.model));
        let request = Request::new("PUT", path).bearer(PRESHARED).json(&body);
        fga.send(request).await
    };
    // Each takes 32 bytes for a tuple, 30 of them within it, and 3 around all of them.
    let each = 21 * 32 + 3;
    let most = 64_000 / each;
    let written = put(most).await;
    assert_eq!(written.status, 204, "{}", written.text());
    assert_refused(&put(most + 1).await, 400, "exceeded_entity_limit");
}
