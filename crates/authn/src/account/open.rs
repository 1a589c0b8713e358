//! Opening an account: the profile and the opening credits, once in a user's life.

use super::{AvatarUrl, FullName, Standing};
use crate::Authn;
use crate::error::{Refusal, Result};
use serde_json::{Map, Value as Json};
use store::Tx;
use store::credits::{self, Booked, Booking, OPENING};
use store::profiles::{self, Profile};
use store::users::{self, User};
use types::audit::Event;
use types::{Call, CreditEntryId};

/// The role of a new account within the application. Not the role in access tokens.
const MEMBER_ROLE: &str = "user";
/// Who books the opening credits, as the ledger names them.
const SYSTEM: &str = "system";

/// What a new account says about its owner.
#[derive(Debug, Clone, Default)]
pub struct NewProfile {
    /// How the owner wants to be called.
    pub full_name: Option<FullName>,
    /// A picture of the owner.
    pub avatar_url: Option<AvatarUrl>,
}

impl NewProfile {
    /// What a user has told another API about themselves, as far as it may stand in a profile.
    fn of(user: &User) -> Self {
        let first = |names: [&str; 2]| {
            let text = |name| user.user_metadata.get(name).and_then(Json::as_str);
            names.into_iter().find_map(text).unwrap_or_default()
        };
        let full_name = FullName::parse(first(["full_name", "name"]));
        let avatar_url = AvatarUrl::parse(first(["avatar_url", "picture"]));
        Self {
            full_name: full_name.unwrap_or_default(),
            avatar_url: avatar_url.unwrap_or_default(),
        }
    }
}

impl Authn {
    /// Opens the account of a user whom the same transaction makes.
    pub(crate) fn open_account(&self, tx: &mut Tx, call: &Call, user: &User, new: &NewProfile) {
        profiles::insert(tx, &self.new_profile(call, user, new));
        credits::open(tx, self.opening(call, user));
        self.note_opening(tx, call, user);
    }

    /// The profile of a user that this transaction has locked, whose account is opened first if
    /// it is not yet; a user without any contact has none. Opening credits that an earlier life of
    /// the same id was given stay its own.
    pub(super) async fn opened_profile(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &User,
    ) -> Result<Profile> {
        if let Some(profile) = profiles::lock(tx, user.id).await? {
            return Ok(profile);
        }
        if user.is_anonymous {
            // Nobody could tell one visitor from the next: credits would be had for the asking.
            return Err(Refusal::AnonymousNotAllowed.into());
        }
        let profile = self.new_profile(call, user, &NewProfile::of(user));
        profiles::insert(tx, &profile);
        if let Booked::Added(_) = credits::append(tx, self.opening(call, user)).await? {
            self.note_opening(tx, call, user);
        }
        Ok(profile)
    }

    /// Profile and credits of a user. A user who came through another API is given both now. One
    /// who may not use the application is refused.
    pub(super) async fn standing_of(&self, call: &Call, user: &User) -> Result<Standing> {
        let mut db = self.db(call);
        let profile = match profiles::find(&mut db, user.id).await? {
            Some(profile) => profile,
            None => self.open_late(call, user).await?,
        };
        require_active(call, &profile)?;
        let credits = credits::balance(&mut db, user.id).await?;
        Ok(Standing { profile, credits })
    }

    async fn open_late(&self, call: &Call, user: &User) -> Result<Profile> {
        let mut tx = self.db(call).begin().await?;
        let user = users::lock(&mut tx, user.id).await?;
        // Deleted meanwhile: an account that nobody owns is not opened.
        let user = user.ok_or(Refusal::TokenUserNotFound)?;
        let profile = self.opened_profile(&mut tx, call, &user).await?;
        tx.commit().await?;
        Ok(profile)
    }

    fn new_profile(&self, call: &Call, user: &User, new: &NewProfile) -> Profile {
        Profile {
            user_id: user.id,
            full_name: new.full_name.as_ref().map(ToString::to_string),
            avatar_url: new.avatar_url.as_ref().map(ToString::to_string),
            role: MEMBER_ROLE.to_owned(),
            plan: self.0.settings.account.opening_plan.clone(),
            suspended_at: None,
            created_at: call.now,
            updated_at: call.now,
        }
    }

    fn opening(&self, call: &Call, user: &User) -> Booking<'static> {
        Booking {
            id: CreditEntryId::random(self.entropy()),
            user_id: user.id,
            amount: self.0.settings.account.opening_credits,
            reason: "Opening credits",
            reference: Some(OPENING),
            actor: SYSTEM,
            at: call.now,
        }
    }

    fn note_opening(&self, tx: &mut Tx, call: &Call, user: &User) {
        let mut traits = Map::new();
        let amount = self.0.settings.account.opening_credits;
        traits.insert("amount".to_owned(), amount.into());
        self.note_with(tx, call, user, Event::CreditsOpened, traits);
    }
}

/// The server may keep a user out of the application whose sign-in it does not forbid.
pub(super) fn require_active(call: &Call, profile: &Profile) -> Result<()> {
    if profile.suspended_at.is_some_and(|since| since <= call.now) {
        return Err(Refusal::UserBanned.into());
    }
    Ok(())
}
