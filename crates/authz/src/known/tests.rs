//! What is remembered of many stores stays within its memory.

use super::*;
use std::fmt::Write;
use types::SystemEntropy;

/// A model whose conditions have patterns: the largest that models get for their length.
fn model(patterns: u32) -> rebac::Model {
    let mut text = "model\n  schema 1.1\ntype user\n".to_owned();
    for number in 0..patterns {
        let _ = write!(
            text,
            "condition c{number}(text: string) {{\n  text.matches(\"^a{number}$\")\n}}\n"
        );
    }
    rebac::dsl::parse(&text).unwrap().0
}

#[test]
fn models_of_stores_that_nobody_asks_about_make_room() {
    let known = KnownStores::new(0);
    let model = model(200);
    let stores: Vec<_> = (1..=20)
        .map(|number| known.add(StoreId::fresh(Time(number), &SystemEntropy), number, 0))
        .collect();
    let id = ModelId::fresh(Time(1), &SystemEntropy);
    let clock = types::SystemClock;
    for store in &stores {
        store.used(&clock);
        store.memory_mut().add_model(id, model.clone());
        known.trim_models(store.id);
    }
    let kept = |store: &Arc<KnownStore>| store.memory().ready(id).is_some();
    let count = stores.iter().filter(|store| kept(store)).count();
    assert!((2..=10).contains(&count), "{count}");
    assert!(kept(&stores[19]), "the one at hand");
    assert!(!kept(&stores[0]), "the one that was asked longest ago");
    assert!(!known.room.has_models_beyond(1));
    drop(stores);
    for store in known.all() {
        known.forget(store.id);
    }
    assert!(!known.room.has_models_beyond(u64::MAX), "nothing is taken");
}
