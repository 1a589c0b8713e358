//! The closed list of audit events.
//!
//! Events that GoTrue knows go to `auth.audit_log_entries` in its words; all others go to our own
//! `events` table. No event goes to both.

/// Something that happened to an account and must be remembered with the change itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// A user signed in.
    Login,
    /// A user ended sessions.
    Logout,
    /// An invited user accepted.
    InviteAccepted,
    /// An account was created or confirmed.
    UserSignedUp,
    /// An administrator invited someone.
    UserInvited,
    /// An account was deleted.
    UserDeleted,
    /// An account was changed.
    UserModified,
    /// Recovery of an account was asked for.
    RecoveryRequested,
    /// A code for re-authentication was asked for.
    ReauthenticationRequested,
    /// A confirmation message was asked for.
    ConfirmationRequested,
    /// Someone tried to register an address that has an account.
    RepeatedSignUp,
    /// A password was changed.
    PasswordUpdated,
    /// A refresh token was exchanged.
    TokenRefreshed,
    /// A refresh token was revoked.
    TokenRevoked,
    /// Enrolment of a second factor began.
    FactorEnrolled,
    /// A second factor was removed by its owner.
    FactorUnenrolled,
    /// A second factor was challenged.
    ChallengeCreated,
    /// A second factor was answered.
    VerificationAttempted,
    /// An administrator removed a second factor.
    FactorDeleted,
    /// An administrator changed a second factor.
    FactorUpdated,
    /// A second factor completed a sign-in.
    MfaCodeLogin,
    /// An identity was unlinked.
    IdentityUnlinked,
    /// A spent refresh token was presented again outside the reuse window (ours).
    RefreshTokenReplayed,
    /// A profile was changed through the account API (ours).
    ProfileUpdated,
    /// Opening credits were granted (ours).
    CreditsOpened,
    /// An administrator made a link that signs in or changes an account (ours).
    LinkGenerated,
    /// The confirmations of a change of contact were asked for again (ours).
    ContactChangeRequested,
    /// One of the two confirmations of a change of address was given (ours).
    ContactChangeHalfConfirmed,
    /// A resource was registered (ours).
    ResourceRegistered,
    /// A resource got another owner, place, visibility or state (ours).
    ResourceChanged,
    /// A resource was deleted, or taken out of its project (ours).
    ResourceDeleted,
    /// The privacy settings of a project were changed (ours).
    PrivacyChanged,
    /// A project was linked to a team (ours).
    TeamLinked,
    /// A link of a project to a team was ended (ours).
    TeamUnlinked,
    /// A collaborator was named (ours).
    GrantGiven,
    /// A grant was taken back (ours).
    GrantRevoked,
    /// A service asked what a user may do (ours).
    DecisionAsked,
    /// A team was made (ours).
    TeamCreated,
    /// A team was changed (ours).
    TeamChanged,
    /// A team was deleted (ours).
    TeamDeleted,
    /// A team got another owner (ours).
    TeamTransferred,
    /// Somebody joined a team (ours).
    MemberJoined,
    /// A member of a team got another role, or rests (ours).
    MemberChanged,
    /// A member was removed from a team (ours).
    MemberRemoved,
    /// A member left a team (ours).
    MemberLeft,
    /// Somebody was invited to a team (ours).
    InvitationSent,
    /// An invitation to a team was declined (ours).
    InvitationDeclined,
    /// An invitation to a team was withdrawn (ours).
    InvitationWithdrawn,
    /// Emergency access was asked for (ours).
    EmergencyRequested,
    /// Emergency access was approved, and began (ours).
    EmergencyApproved,
    /// Something was told that only an emergency access shows (ours).
    EmergencyUsed,
    /// Emergency access was ended before its time (ours).
    EmergencyEnded,
    /// A signed link to a file was taken back (ours).
    MediaTokenRevoked,
}

/// Where an event is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// `auth.audit_log_entries`, with GoTrue's action and log type.
    GoTrue {
        /// The `action` of the payload.
        action: &'static str,
        /// The `log_type` of the payload.
        log_type: &'static str,
    },
    /// Our own `events` table, under this name.
    Ours(&'static str),
}

impl Event {
    /// Whether GoTrue writes down where this came from: with second factors only.
    pub const fn tells_address(self) -> bool {
        matches!(
            self,
            Self::FactorEnrolled
                | Self::FactorUnenrolled
                | Self::ChallengeCreated
                | Self::VerificationAttempted
                | Self::FactorDeleted
        )
    }

    /// Where this event is written, and under which name.
    pub const fn destination(self) -> Destination {
        let (action, log_type) = match self {
            Self::Login => ("login", "account"),
            Self::Logout => ("logout", "account"),
            Self::InviteAccepted => ("invite_accepted", "account"),
            Self::UserSignedUp => ("user_signedup", "team"),
            Self::UserInvited => ("user_invited", "team"),
            Self::UserDeleted => ("user_deleted", "team"),
            Self::UserModified => ("user_modified", "user"),
            Self::RecoveryRequested => ("user_recovery_requested", "user"),
            Self::ReauthenticationRequested => ("user_reauthenticate_requested", "user"),
            Self::ConfirmationRequested => ("user_confirmation_requested", "user"),
            Self::RepeatedSignUp => ("user_repeated_signup", "user"),
            Self::PasswordUpdated => ("user_updated_password", "user"),
            Self::TokenRefreshed => ("token_refreshed", "token"),
            Self::TokenRevoked => ("token_revoked", "token"),
            Self::FactorEnrolled => ("factor_in_progress", "factor"),
            Self::FactorUnenrolled => ("factor_unenrolled", "factor"),
            Self::ChallengeCreated => ("challenge_created", "factor"),
            Self::VerificationAttempted => ("verification_attempted", "factor"),
            Self::FactorDeleted => ("factor_deleted", "factor"),
            Self::FactorUpdated => ("factor_updated", "factor"),
            Self::MfaCodeLogin => ("mfa_code_login", "factor"),
            Self::IdentityUnlinked => ("identity_unlinked", "user"),
            Self::RefreshTokenReplayed => return Destination::Ours("refresh_token.replayed"),
            Self::ProfileUpdated => return Destination::Ours("profile.updated"),
            Self::CreditsOpened => return Destination::Ours("credits.opened"),
            Self::LinkGenerated => return Destination::Ours("link.generated"),
            Self::ContactChangeRequested => return Destination::Ours("contact_change.requested"),
            Self::ContactChangeHalfConfirmed => {
                return Destination::Ours("contact_change.half_confirmed");
            }
            Self::ResourceRegistered => return Destination::Ours("resource.registered"),
            Self::ResourceChanged => return Destination::Ours("resource.changed"),
            Self::ResourceDeleted => return Destination::Ours("resource.deleted"),
            Self::PrivacyChanged => return Destination::Ours("project.privacy_changed"),
            Self::TeamLinked => return Destination::Ours("project.team_linked"),
            Self::TeamUnlinked => return Destination::Ours("project.team_unlinked"),
            Self::GrantGiven => return Destination::Ours("grant.given"),
            Self::GrantRevoked => return Destination::Ours("grant.revoked"),
            Self::DecisionAsked => return Destination::Ours("decision.asked"),
            Self::TeamCreated => return Destination::Ours("team.created"),
            Self::TeamChanged => return Destination::Ours("team.changed"),
            Self::TeamDeleted => return Destination::Ours("team.deleted"),
            Self::TeamTransferred => return Destination::Ours("team.transferred"),
            Self::MemberJoined => return Destination::Ours("team.member_joined"),
            Self::MemberChanged => return Destination::Ours("team.member_changed"),
            Self::MemberRemoved => return Destination::Ours("team.member_removed"),
            Self::MemberLeft => return Destination::Ours("team.member_left"),
            Self::InvitationSent => return Destination::Ours("team.invitation_sent"),
            Self::InvitationDeclined => return Destination::Ours("team.invitation_declined"),
            Self::InvitationWithdrawn => return Destination::Ours("team.invitation_withdrawn"),
            Self::EmergencyRequested => return Destination::Ours("emergency.requested"),
            Self::EmergencyApproved => return Destination::Ours("emergency.approved"),
            Self::EmergencyUsed => return Destination::Ours("emergency.used"),
            Self::EmergencyEnded => return Destination::Ours("emergency.ended"),
            Self::MediaTokenRevoked => return Destination::Ours("media_token.revoked"),
        };
        Destination::GoTrue { action, log_type }
    }
}
