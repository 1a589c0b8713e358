//! An SQLite file that is full, or takes no writes.

use super::{Person, assert_unavailable, can_sign_in, readiness, start, status};
use crate::app::{Engine, TestApp};
use crate::engines::{get_user, refresh, sign_in, sign_up};
use store::accounts;
use types::Email;

/// More sign-ups than fit into the free space of any page.
const SIGN_UPS_MAX: usize = 200;

async fn open() -> (TestApp, std::net::SocketAddr, Person) {
    let mut app = TestApp::open(Engine::Sqlite).await.expect("built in");
    let database = app.database().to_owned();
    let address = start(&mut app, &database, &[]).await;
    let person = Person::registered(address, "ada@example.com").await;
    (app, address, person)
}

async fn script(app: &TestApp, sql: &str) {
    let call = app.call();
    let ran = app.store().script(sql.to_owned(), &call).await;
    ran.expect("the script");
}

async fn is_there(app: &TestApp, email: &str) -> bool {
    let mut db = app.store().db(&app.call());
    let email = Email::parse(email).expect("an address");
    let found = accounts::find_by_email(&mut db, &email, "authenticated").await;
    found.expect("the account").is_some()
}

/// No page may be added: the next row that needs one meets `SQLITE_FULL`, as on a full disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_database_answers_503_and_has_kept_all_it_acknowledged() {
    let (app, address, person) = open().await;
    script(&app, "PRAGMA max_page_count = 1").await;
    let (mut kept, mut refused) = (Vec::new(), Vec::new());
    while refused.len() < 3 {
        let number = kept.len() + refused.len();
        assert!(number < SIGN_UPS_MAX, "the file is never full");
        let email = format!("person{number}@example.com");
        let reply = sign_up(&email).send(address).await.expect("an answer");
        if reply.status == 200 {
            kept.push(email);
        } else {
            assert_unavailable(&reply, "sign-up");
            refused.push(email);
        }
    }
    let reply = get_user(&person.access_token).send(address).await;
    assert_eq!(reply.expect("an answer").status, 200, "reading goes on");
    for email in &kept {
        assert!(is_there(&app, email).await, "{email} was acknowledged");
    }
    for email in &refused {
        assert!(!is_there(&app, email).await, "{email} was refused");
    }
    script(&app, "PRAGMA max_page_count = 1000000").await;
    for email in &refused {
        let reply = sign_up(email).send(address).await.expect("an answer");
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    assert!(can_sign_in(address, &person).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_database_answers_503_to_writes_and_is_not_ready() {
    let (app, address, person) = open().await;
    script(&app, "PRAGMA query_only = TRUE").await;
    let writes = [
        ("sign-in", sign_in(&person.email)),
        ("sign-up", sign_up("late@example.com")),
        ("refresh", refresh(&person.refresh_token)),
    ];
    for (what, request) in writes {
        let reply = request.send(address).await.expect("an answer");
        assert_unavailable(&reply, what);
    }
    let reply = get_user(&person.access_token).send(address).await;
    assert_eq!(reply.expect("an answer").status, 200, "reading goes on");
    let unknown = sign_in("nobody@example.com").send(address).await;
    assert_eq!(
        unknown.expect("an answer").status,
        400,
        "nothing is written"
    );
    assert_eq!(readiness(&app, address).await, 503);
    assert_eq!(status(address, "/livez").await, 200);
    script(&app, "PRAGMA query_only = FALSE").await;
    assert_eq!(readiness(&app, address).await, 200);
    let reply = refresh(&person.refresh_token).send(address).await;
    assert_eq!(reply.expect("an answer").status, 200, "the token is good");
    assert!(can_sign_in(address, &person).await);
}
