//! Bodies and queries of more parts than are looked at.

use super::Attack;
use crate::api::Api;
use crate::app::Engine;

pub(super) async fn bodies_and_queries_of_too_many_parts_are_refused(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let mut attack = Attack::new(&api).await;
    let list = format!("{{\"data\":[{}0]}}", "0,".repeat(60_000));
    let pairs = |count: usize| "a=1&".repeat(count);
    for (at, _) in attack.routes().iter().enumerate() {
        let (method, request) = attack.routes().swap_remove(at);
        let token = request.token(attack.api, &attack.subject);
        let mut asked = request.by(&method, &token);
        let joint = if asked.path.contains('?') { '&' } else { '?' };
        asked.path = format!("{}{joint}{}", asked.path, pairs(1_001));
        let answer = attack.send(&asked, "a long query").await;
        assert_eq!(answer.verdict(), "400 validation_failed", "{}", asked.path);
        if request.body.is_null() {
            continue;
        }
        let mut form = attack.with_body(&method, &request, pairs(1_001).into_bytes());
        form.headers
            .retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        let kind = "application/x-www-form-urlencoded";
        form.headers
            .push(("Content-Type".to_owned(), kind.to_owned()));
        let answer = attack.send(&form, "a long form").await;
        assert_eq!(answer.verdict(), "400 validation_failed", "{}", form.path);
        let asked = attack.with_body(&method, &request, list.clone().into_bytes());
        let answer = attack.send(&asked, "many values").await;
        if !asked.path.ends_with("/challenge") {
            assert_eq!(answer.verdict(), "400 bad_json", "{}", asked.path);
        }
    }
}
