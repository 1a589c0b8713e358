//! The replay itself under test: it accepts the recorded story and notices every lie in it.

use super::exceptions;
use super::json::Json;
use super::recording::{self, Recording};
use super::replay::Replay;
use super::report::Report;
use super::scope::FILES_LEFT;
use super::self_replay::{SelfReplay, Tampering};
use super::subject::{Engine, Mail, Reply};

async fn replay_itself(file: &str, engine: Engine, tampering: Option<Tampering>) -> Report {
    let recording = Recording::read(file).unwrap();
    let instances = recording::instances().unwrap();
    let all = exceptions::all();
    let mut subject = SelfReplay::new(&recording, &instances, &all, engine).unwrap();
    if let Some(tampering) = tampering {
        subject = subject.tampered(tampering);
    }
    Replay::new(&recording, &instances, &all)
        .run(&mut subject)
        .await
}

#[tokio::test]
async fn every_recording_replays_against_itself() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        for file in recording::files().unwrap() {
            if FILES_LEFT.iter().any(|(left, _)| *left == file) {
                continue;
            }
            let report = replay_itself(&file, engine, None).await;
            report.assert_as_recorded();
            assert!(report.equal > 0, "{file}");
        }
    }
}

/// One lie in `entry` of `file` must be told as one difference that names `place`.
async fn notices(file: &str, place: &str, tampering: Tampering) {
    let report = replay_itself(file, Engine::Postgres, Some(tampering)).await;
    let first = report.differences.first();
    let first = first.unwrap_or_else(|| panic!("nothing noticed in {}", tampering.0));
    assert_eq!(first.entry, tampering.0, "{report}");
    assert!(
        report.to_string().contains(place),
        "`{place}` is not in:\n{report}"
    );
}

fn replace(reply: &mut Reply, from: &str, to: &str) {
    let body = String::from_utf8(std::mem::take(&mut reply.body)).unwrap();
    assert!(body.contains(from), "`{from}` is not in {body}");
    reply.body = body.replacen(from, to, 1).into_bytes();
}

#[tokio::test]
async fn another_status_is_noticed() {
    notices(
        "logout_scopes",
        "/response/status",
        ("bad_scope_old", |reply, _| reply.status = 422),
    )
    .await;
}

#[tokio::test]
async fn a_missing_and_an_additional_header_are_noticed() {
    let entry = "local_logout";
    notices(
        "logout_scopes",
        "/headers/vary",
        (entry, |reply, _| reply.headers.clear()),
    )
    .await;
    let add = |reply: &mut Reply, _: &mut Vec<Mail>| {
        reply.headers.push(("server".to_owned(), "x".to_owned()));
    };
    notices("logout_scopes", "/headers/server", (entry, add)).await;
}

#[tokio::test]
async fn a_missing_an_additional_and_a_moved_member_are_noticed() {
    let entry = "get_user_after_signup";
    let missing = |reply: &mut Reply, _: &mut Vec<Mail>| replace(reply, r#""phone":"","#, "");
    notices("signup", "/response/body/phone", (entry, missing)).await;
    let more = |reply: &mut Reply, _: &mut Vec<Mail>| replace(reply, "{", r#"{"more":null,"#);
    notices("signup", "/response/body/more", (entry, more)).await;
    let moved = |reply: &mut Reply, _: &mut Vec<Mail>| {
        let (one, two) = (r#""aud":"authenticated","#, r#""role":"authenticated","#);
        replace(reply, &format!("{one}{two}"), &format!("{two}{one}"));
    };
    notices("signup", "in the order", (entry, moved)).await;
}

#[tokio::test]
async fn another_user_and_a_value_that_two_names_share_are_noticed() {
    let other = |reply: &mut Reply, _: &mut Vec<Mail>| {
        replace(
            reply,
            r#""id":""#,
            r#""id":"99999999-9999-4999-8999-999999999999"#,
        );
    };
    notices("user_get_put", "/response/body/id", ("get", other)).await;
    let shared = |reply: &mut Reply, _: &mut Vec<Mail>| {
        let body = Json::parse(str::from_utf8(&reply.body).unwrap()).unwrap();
        let id = body
            .at("/user/id")
            .and_then(Json::as_text)
            .unwrap()
            .to_owned();
        let session = reply
            .headers
            .iter_mut()
            .find(|(name, _)| name == "sb-auth-session-id");
        session.unwrap().1 = id;
    };
    notices("phone_test_otp", "must differ", ("verify", shared)).await;
}

#[tokio::test]
async fn a_wrong_time_is_noticed() {
    let stale = |reply: &mut Reply, _: &mut Vec<Mail>| {
        let body = String::from_utf8(reply.body.clone()).unwrap();
        let (_, rest) = body.split_once(r#""email_confirmed_at":""#).unwrap();
        let (time, _) = rest.split_once('"').unwrap();
        replace(reply, time, "2001-02-03T04:05:06Z");
    };
    notices(
        "signup",
        "no request of this story",
        ("get_user_after_signup", stale),
    )
    .await;
    let expiry = |reply: &mut Reply, _: &mut Vec<Mail>| {
        let body = String::from_utf8(reply.body.clone()).unwrap();
        let (_, rest) = body.split_once(r#""expires_at":"#).unwrap();
        let (seconds, _) = rest.split_once(',').unwrap();
        let later = seconds.parse::<i64>().unwrap() + 1;
        replace(reply, seconds, &later.to_string());
    };
    notices("password_login", "must be `exp`", ("email", expiry)).await;
}

#[tokio::test]
async fn a_wrong_signature_and_a_wrong_claim_are_noticed() {
    let forged = |reply: &mut Reply, _: &mut Vec<Mail>| {
        let body = String::from_utf8(reply.body.clone()).unwrap();
        let (jwt, _) = body[17..].split_once('"').unwrap();
        let (signed, _) = jwt.rsplit_once('.').unwrap();
        replace(reply, jwt, &format!("{signed}.AAAA"));
    };
    for (file, entry) in [
        ("password_login", "email"),
        ("password_login", "rs256_instance"),
        ("password_login", "es256_instance"),
    ] {
        notices(file, "signature is wrong", (entry, forged)).await;
    }
    let more = |reply: &mut Reply, _: &mut Vec<Mail>| {
        let instances = recording::instances().unwrap();
        let body = String::from_utf8(reply.body.clone()).unwrap();
        let (jwt, _) = body[17..].split_once('"').unwrap();
        let (header, mut claims) = super::token::decode(jwt).unwrap();
        claims.set("/admin", Some(Json::Bool(true))).unwrap();
        let signed = instances.sign("autoconfirm", &header, &claims).unwrap();
        replace(reply, jwt, &signed);
    };
    notices("password_login", "claims/admin", ("email", more)).await;
}

#[tokio::test]
async fn a_missing_mail_and_a_wrong_link_are_noticed() {
    let lost = |_: &mut Reply, mails: &mut Vec<Mail>| mails.clear();
    notices("recover_verify", "0 messages", ("recover", lost)).await;
    let link = |_: &mut Reply, mails: &mut Vec<Mail>| {
        mails[0].html = mails[0].html.replacen("type=recovery", "type=signup", 1);
    };
    notices("recover_verify", "/mail/0/body", ("recover", link)).await;
    let hash = |_: &mut Reply, mails: &mut Vec<Mail>| {
        mails[0].html = mails[0].html.replacen("hash=", "hash=0", 1);
    };
    notices("recover_verify", "/mail/0/body", ("recover", hash)).await;
}

#[tokio::test]
async fn unescaped_json_is_noticed() {
    let plain = |reply: &mut Reply, _: &mut Vec<Mail>| replace(reply, "\\u0026", "&");
    notices(
        "signup",
        "as Go's encoder",
        ("get_user_after_signup", plain),
    )
    .await;
}

#[tokio::test]
async fn a_second_success_among_parallel_answers_is_noticed() {
    let all_rotate = |reply: &mut Reply, _: &mut Vec<Mail>| {
        let reuse = "sb-auth-refresh-token-reuse";
        reply.headers.retain(|(name, _)| name != reuse);
        reply.headers.push((reuse.to_owned(), "false".to_owned()));
    };
    let entry = "v1_parallel_same_token";
    notices("reuse_and_races", "/responses/", (entry, all_rotate)).await;
    let none = |reply: &mut Reply, _: &mut Vec<Mail>| reply.status = 403;
    let entry = "parallel_logout_same_session";
    notices("reuse_and_races", "at least one 204", (entry, none)).await;
}

#[tokio::test]
async fn a_limiter_that_refuses_too_late_is_noticed() {
    let recording = Recording::read("error_shapes").unwrap();
    let instances = recording::instances().unwrap();
    let all = exceptions::all();
    let mut longer = recording.clone();
    for entry in &mut longer.entries {
        if entry.get("count").is_some() {
            entry.set("/count", Json::parse("32").ok()).unwrap();
        }
    }
    let mut subject = SelfReplay::new(&longer, &instances, &all, Engine::Sqlite).unwrap();
    let report = Replay::new(&recording, &instances, &all)
        .run(&mut subject)
        .await;
    assert!(
        report
            .to_string()
            .contains("the first 429 should be answer 31"),
        "{report}"
    );
}

#[tokio::test]
async fn an_exception_that_no_longer_holds_is_noticed() {
    let recording = Recording::read("admin_users").unwrap();
    let instances = recording::instances().unwrap();
    let mut subject = SelfReplay::new(&recording, &instances, &[], Engine::Sqlite).unwrap();
    let report = Replay::new(&recording, &instances, &exceptions::all())
        .run(&mut subject)
        .await;
    assert_eq!(report.differences.len(), 4, "{report}");
    assert!(
        report
            .to_string()
            .contains("the exception may go from the list"),
        "{report}"
    );
}
