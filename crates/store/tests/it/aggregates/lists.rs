//! What administrators look through: users and providers.

use crate::engine::{Engine, World};
use crate::people::{NOW, insert_user, user_with_email};
use serde_json::json;
use store::admin_users::{self, Listing, Order};
use store::custom_providers;
use store::users::User;
use types::Time;

fn listing(audience: &str) -> Listing {
    Listing {
        audience: audience.to_owned(),
        pattern: None,
        order: Order::NewestFirst,
        limit: 50,
        offset: 0,
    }
}

/// Addresses on a page, and the total.
async fn page(world: &World, listing: &Listing) -> (Vec<String>, i64) {
    let mut snapshot = world.db().snapshot().await.unwrap();
    let page = admin_users::page(&mut snapshot, listing).await.unwrap();
    let emails = page
        .users
        .into_iter()
        .map(|user| user.email.unwrap_or_default());
    (emails.collect(), page.total)
}

pub(super) async fn users_are_listed_by_page(world: &World) {
    let audience = "listed by page";
    for number in 0..7 {
        let user = User {
            aud: audience.to_owned(),
            // Two are made at the same moment, and one has gone.
            created_at: Time(NOW.0 + number / 2),
            deleted_at: (number == 3).then_some(NOW),
            ..user_with_email(&format!("page{number}@example.com"))
        };
        insert_user(world, &user).await.unwrap();
    }
    for order in [Order::NewestFirst, Order::OldestFirst] {
        let (mut all, mut offset) = (Vec::new(), 0);
        loop {
            let listing = Listing {
                order,
                limit: 3,
                offset,
                ..listing(audience)
            };
            let (users, total) = page(world, &listing).await;
            assert_eq!(total, 7, "on every page, behind the last too");
            if users.is_empty() {
                break;
            }
            all.extend(users);
            offset += 3;
        }
        if order == Order::NewestFirst {
            all.reverse();
        }
        let moment = |email: &str| email[4..5].parse::<i64>().unwrap() / 2;
        assert!(all.is_sorted_by_key(|email| moment(email)), "{all:?}");
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 7, "each of them once");
    }
    assert_eq!(page(world, &listing("nobody")).await, (Vec::new(), 0));
}

pub(super) async fn users_are_filtered(world: &World) {
    let audience = "filtered";
    for (email, name) in [
        (
            "ada@example.com",
            json!({"full_name": "Countess of Lovelace"}),
        ),
        ("a_a@example.com", json!({"full_name": 7})),
        ("grace@example.com", json!({"name": "ada"})),
    ] {
        let user = User {
            aud: audience.to_owned(),
            user_metadata: name.as_object().unwrap().clone(),
            ..user_with_email(email)
        };
        insert_user(world, &user).await.unwrap();
    }
    for (pattern, expected) in [
        ("%ada%", 1),
        ("%COUNTESS of%", 1),
        ("%example.com", 3),
        ("a_a%", 2),
        (r"a\_a%", 1),
        ("%nobody%", 0),
    ] {
        let listing = Listing {
            pattern: Some(pattern.to_owned()),
            ..listing(audience)
        };
        let (users, total) = page(world, &listing).await;
        assert_eq!(
            (users.len(), total),
            (expected, i64::try_from(expected).unwrap()),
            "{pattern}"
        );
    }
}

pub(super) async fn custom_providers_are_read(world: &World) {
    let time = match world.engine {
        Engine::Sqlite => "1767225600000000",
        Engine::Postgres => "'2026-01-01T00:00:00Z'",
    };
    let id = match world.engine {
        Engine::Sqlite => "x'11111111222243338444555555555555'",
        Engine::Postgres => "'11111111-2222-4333-8444-555555555555'",
    };
    let set = match world.engine {
        Engine::Sqlite => r#"'["openid","email"]'"#,
        Engine::Postgres => "'{openid,email}'",
    };
    let insert = format!(
        "INSERT INTO custom_oauth_providers (id, provider_type, identifier, name, client_id,
            client_secret, scopes, issuer, attribute_mapping, created_at, updated_at)
         VALUES ({id}, 'oidc', 'custom:example', 'Example', 'us', 'secret', {set},
            'https://id.example.com', '{{\"email\":\"mail\"}}', {time}, {time})"
    );
    world.script(&insert).await;
    let mut db = world.db();
    let found = custom_providers::find(&mut db, "custom:example")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.scopes, ["openid", "email"]);
    assert_eq!(found.acceptable_client_ids, [""; 0]);
    assert_eq!(found.attribute_mapping["email"], "mail");
    assert!(found.pkce_enabled && found.enabled && !found.email_optional);
    assert_eq!(found.created_at, Time(1_767_225_600_000_000));
    assert_eq!(found.cached_discovery, None);
    assert_eq!(custom_providers::list(&mut db, 10).await.unwrap(), [found]);
    assert_eq!(
        custom_providers::find(&mut db, "custom:none")
            .await
            .unwrap(),
        None
    );
}
