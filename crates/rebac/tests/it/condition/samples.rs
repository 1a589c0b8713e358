//! The conditions of OpenFGA's public sample stores.

use rebac::ParameterType as P;
use rebac::condition::{Context, check_tuple_context};
use serde_json::json;

use super::{compile, list, map, object};

#[test]
fn company_network_takes_its_own_addresses() {
    let parameters = [("user_ip", P::IpAddress), ("cidr", P::String)];
    let compiled = compile(&parameters, "user_ip.in_cidr(cidr)").unwrap();
    let tuple = object(json!({"cidr": "192.168.0.0/24"}));
    check_tuple_context(&compiled, &tuple).unwrap();
    for (address, expected) in [("192.168.0.1", true), ("192.168.1.1", false)] {
        let request = object(json!({"user_ip": address}));
        let context = Context::new(Some(&tuple), Some(&request));
        assert_eq!(compiled.evaluate(&context), Ok(expected), "{address}");
    }
}

#[test]
fn documents_of_allowed_statuses_are_seen() {
    let parameters = [
        ("document_attributes", map(P::String)),
        ("allowed_statuses", list(P::String)),
    ];
    let expression = r#"document_attributes["status"] in allowed_statuses"#;
    let compiled = compile(&parameters, expression).unwrap();
    let editors = object(json!({"allowed_statuses": ["draft", "published"]}));
    let readers = object(json!({"allowed_statuses": ["published"]}));
    for (status, editor, reader) in [("draft", true, false), ("published", true, true)] {
        let request = object(json!({"document_attributes": {"status": status}}));
        let asked = |tuple| compiled.evaluate(&Context::new(Some(tuple), Some(&request)));
        assert_eq!(asked(&editors), Ok(editor), "{status}");
        assert_eq!(asked(&readers), Ok(reader), "{status}");
    }
}

#[test]
fn grant_ends_with_its_time() {
    let parameters = [
        ("current_time", P::Timestamp),
        ("grant_time", P::Timestamp),
        ("grant_duration", P::Duration),
    ];
    let expression = "current_time < grant_time + grant_duration";
    let compiled = compile(&parameters, expression).unwrap();
    let grant = json!({"grant_time": "2024-07-21T00:00:00Z", "grant_duration": "1h"});
    let tuple = object(grant);
    check_tuple_context(&compiled, &tuple).unwrap();
    for (now, expected) in [
        ("2024-07-21T00:00:09Z", true),
        ("2024-07-21T00:59:59.999999999Z", true),
        ("2024-07-21T01:00:00Z", false),
        ("2024-07-22T00:00:09Z", false),
    ] {
        let request = object(json!({"current_time": now}));
        let context = Context::new(Some(&tuple), Some(&request));
        assert_eq!(compiled.evaluate(&context), Ok(expected), "{now}");
    }
}
