//! What comparing a password costs here, learned from the hashes that people have.

use crate::Authn;
use crate::columns;
use crate::error::Result;
use store::users;
use types::Call;

/// People whose hashes are looked at: enough to know each cost's part to a few per cent.
const SAMPLE: i64 = 1_000;

impl Authn {
    /// Looks at a sample of the stored hashes, always the same people's. From now on a sign-in of
    /// somebody unknown costs what it would cost one of them.
    pub async fn learn_hash_costs(&self, call: &Call) -> Result<()> {
        let sample = users::sample_of_passwords(&mut self.db(call), SAMPLE).await?;
        // What cannot be decrypted is reported when its owner signs in.
        let readable = |(id, stored): &(_, String)| columns::decrypt(&self.0.columns, *id, stored);
        let hashes: Vec<_> = sample.iter().flat_map(readable).collect();
        let key = self.0.shared_keys.nobody.clone();
        self.0.hasher.learn(key, hashes.iter().map(String::as_str));
        Ok(())
    }
}
