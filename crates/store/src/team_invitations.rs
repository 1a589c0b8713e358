//! Invitations to teams: each for one address, once.

use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use types::{InvitationId, TeamId, Time, UserId};

/// The columns of [`Invitation`], in the order in which it is read.
macro_rules! columns {
    () => {
        "id, team_id, email, role, invited_by, status, created_at, expires_at, settled_at"
    };
}

statements! {
    Command INSERT = "
        INSERT INTO team_invitations (id, team_id, email, role, invited_by, status, created_at,
            expires_at, token_hash)
        VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8)";
    Query FIND = concat!("SELECT ", columns!(), " FROM team_invitations WHERE id = $1");
    Query OF_TOKEN = concat!("SELECT ", columns!(), " FROM team_invitations WHERE token_hash = $1");
    Query PENDING = concat!("SELECT ", columns!(), " FROM team_invitations
        WHERE team_id = $1 AND email = $2 AND status = 'pending'");
    Query COUNT_PENDING = "
        SELECT count(*) FROM team_invitations
        WHERE team_id = $1 AND status = 'pending' AND expires_at > $2";
    Query OF_TEAM = concat!("SELECT ", columns!(), " FROM team_invitations
        WHERE team_id = $1 AND (created_at, id) > ($2, $3)
        ORDER BY created_at, id LIMIT $4");
    Query OF_EMAIL = concat!("SELECT ", columns!(), " FROM team_invitations
        WHERE email = $1 AND status = 'pending' AND expires_at > $2
        ORDER BY created_at LIMIT $3");
    // Whoever settles it first has done so.
    Command SETTLE = "
        UPDATE team_invitations SET status = $2, settled_at = $3
        WHERE id = $1 AND status = 'pending'";
    Command DELETE_OF_TEAM = "DELETE FROM team_invitations WHERE team_id = $1";
}

/// What has become of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nothing yet; it may have expired.
    Pending,
    /// Its address has joined the team.
    Accepted,
    /// Its address does not want to.
    Declined,
    /// The team took it back, or invited the address anew.
    Withdrawn,
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The primary key.
    pub id: InvitationId,
    /// The team.
    pub team_id: TeamId,
    /// Whom it is for, in lower case.
    pub email: String,
    /// The role that it gives.
    pub role: String,
    /// Who invited; none: a service.
    pub invited_by: Option<UserId>,
    /// What has become of it.
    pub status: Status,
    /// When it was made.
    pub created_at: Time,
    /// From when on it is good for nothing.
    pub expires_at: Time,
    /// When it was accepted, declined or withdrawn.
    pub settled_at: Option<Time>,
}

impl Status {
    /// Its name, in the database and for clients.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn of(name: &str) -> Self {
        match name {
            "pending" => Self::Pending,
            "accepted" => Self::Accepted,
            "declined" => Self::Declined,
            _ => Self::Withdrawn,
        }
    }
}

/// Adds a pending invitation, with the SHA-256 of its token. Fails with a duplicate of
/// `team_invitations.team_id, team_invitations.email` where the address has one.
pub fn insert(tx: &mut Tx, invitation: &Invitation, token_hash: &[u8]) {
    let params = params![
        invitation.id,
        invitation.team_id,
        invitation.email.as_str(),
        invitation.role.as_str(),
        invitation.invited_by,
        invitation.created_at,
        invitation.expires_at,
        token_hash,
    ];
    tx.queue(INSERT, params);
}

/// An invitation by its id.
pub async fn find(db: &mut impl Read, id: InvitationId) -> Result<Option<Invitation>> {
    let row = db.row(FIND, params![id]).await?;
    row.map(take).transpose()
}

/// The invitation whose token has this SHA-256.
pub async fn of_token(db: &mut impl Read, token_hash: &[u8]) -> Result<Option<Invitation>> {
    let row = db.row(OF_TOKEN, params![token_hash]).await?;
    row.map(take).transpose()
}

/// The pending invitation of an address to a team, expired or not.
pub async fn pending(db: &mut impl Read, team: TeamId, email: &str) -> Result<Option<Invitation>> {
    let row = db.row(PENDING, params![team, email]).await?;
    row.map(take).transpose()
}

/// How many invitations of a team may still be accepted at `now`.
pub async fn count_pending(db: &mut impl Read, team: TeamId, now: Time) -> Result<i64> {
    let row = db.row(COUNT_PENDING, params![team, now]).await?;
    row.unwrap_or_default().take()
}

/// Up to `limit` invitations of a team, the oldest first, behind one that is known by time and id.
pub async fn of_team(
    db: &mut impl Read,
    team: TeamId,
    after: Option<(Time, InvitationId)>,
    limit: i64,
) -> Result<Vec<Invitation>> {
    let (at, id) = after.unwrap_or((Time(0), InvitationId(uuid::Uuid::nil())));
    let rows = db.rows(OF_TEAM, params![team, at, id, limit]).await?;
    rows.into_iter().map(take).collect()
}

/// Up to `limit` invitations that an address may accept at `now`, the oldest first.
pub async fn of_email(
    db: &mut impl Read,
    email: &str,
    now: Time,
    limit: i64,
) -> Result<Vec<Invitation>> {
    let rows = db.rows(OF_EMAIL, params![email, now, limit]).await?;
    rows.into_iter().map(take).collect()
}

/// Settles a pending invitation; false where somebody has done so already.
pub async fn settle(tx: &mut Tx, id: InvitationId, status: Status, at: Time) -> Result<bool> {
    let touched = tx.execute(SETTLE, params![id, status.name(), at]).await?;
    Ok(touched > 0)
}

/// Removes all invitations of a team.
pub fn delete_of_team(tx: &mut Tx, team: TeamId) {
    tx.queue(DELETE_OF_TEAM, params![team]);
}

fn take(mut row: Row) -> Result<Invitation> {
    Ok(Invitation {
        id: row.take()?,
        team_id: row.take()?,
        email: row.take()?,
        role: row.take()?,
        invited_by: row.take()?,
        status: Status::of(&row.take::<String>()?),
        created_at: row.take()?,
        expires_at: row.take()?,
        settled_at: row.take()?,
    })
}
