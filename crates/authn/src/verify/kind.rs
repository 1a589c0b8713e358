//! What links and codes are for, by the names that clients use.

use store::one_time_tokens::TokenType;

/// What a link or a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Confirms a new account.
    Signup,
    /// Accepts an invitation.
    Invite,
    /// Recovers an account.
    Recovery,
    /// Signs in.
    MagicLink,
    /// Confirms one of the two addresses of a change.
    EmailChange,
    /// Any mailed code that signs in: of a new account, a recovery or a magic link.
    Email,
    /// A texted code that signs in.
    Sms,
    /// Confirms a change of number.
    PhoneChange,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Signup,
        Self::Invite,
        Self::Recovery,
        Self::MagicLink,
        Self::EmailChange,
        Self::Email,
        Self::Sms,
        Self::PhoneChange,
    ];

    /// Reads a name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The name in links and requests.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Signup => "signup",
            Self::Invite => "invite",
            Self::Recovery => "recovery",
            Self::MagicLink => "magiclink",
            Self::EmailChange => "email_change",
            Self::Email => "email",
            Self::Sms => "sms",
            Self::PhoneChange => "phone_change",
        }
    }

    /// It goes to an address, not to a number.
    pub(super) const fn is_mailed(self) -> bool {
        !matches!(self, Self::Sms | Self::PhoneChange)
    }

    /// A token of this type can be meant.
    pub(super) const fn accepts(self, token_type: TokenType) -> bool {
        match self {
            Self::Signup | Self::Invite | Self::Sms => {
                matches!(token_type, TokenType::Confirmation)
            }
            Self::Recovery | Self::MagicLink => matches!(token_type, TokenType::Recovery),
            Self::EmailChange => matches!(
                token_type,
                TokenType::EmailChangeNew | TokenType::EmailChangeCurrent
            ),
            Self::Email => matches!(token_type, TokenType::Confirmation | TokenType::Recovery),
            Self::PhoneChange => matches!(token_type, TokenType::PhoneChange),
        }
    }

    /// What is meant, now that the type of the token is known.
    pub(super) const fn of(self, token_type: TokenType) -> Self {
        match (self, token_type) {
            (Self::Email, TokenType::Recovery) => Self::MagicLink,
            (Self::Email, _) => Self::Signup,
            (kind, _) => kind,
        }
    }

    /// How the flow that ends with such a link names the sign-in.
    pub(super) const fn authentication_method(self) -> &'static str {
        match self {
            Self::Signup => "email/signup",
            _ => self.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.name()), Some(kind));
        }
        assert_eq!(Kind::parse(""), None);
        assert_eq!(Kind::parse("SIGNUP"), None);
    }

    #[test]
    fn no_kind_accepts_a_code_for_reauthentication() {
        for kind in Kind::ALL {
            assert!(!kind.accepts(TokenType::Reauthentication), "{kind:?}");
        }
    }
}
