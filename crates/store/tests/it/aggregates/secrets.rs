//! Secrets that servers share.

use crate::engine::World;
use crate::people::NOW;
use store::{Error, secrets};
use types::Secret;

pub(super) async fn first_secret_of_a_name_stays(world: &World) {
    let keep = async |name: &str, fresh: u8| {
        let fresh = Secret::new([fresh; 4]);
        let kept = secrets::find_or_keep(&mut world.db(), name, &fresh, NOW).await;
        *kept.unwrap().expose()
    };
    assert_eq!(keep("one", 1).await, [1; 4]);
    assert_eq!(keep("one", 2).await, [1; 4], "another server was quicker");
    assert_eq!(keep("two", 3).await, [3; 4]);
    let longer = Secret::new([0; 5]);
    let kept = secrets::find_or_keep(&mut world.db(), "one", &longer, NOW).await;
    assert!(matches!(kept, Err(Error::Decode { .. })), "{kept:?}");
}
