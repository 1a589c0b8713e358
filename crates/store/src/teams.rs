//! Teams: what they are called. Their members are tuples.

use crate::db::{Db, Query, Read, Row, Tx, Value, params, statements};
use crate::error::Result;
use types::{TeamId, Time};

statements! {
    Command INSERT = "
        INSERT INTO teams (id, name, description, code, members_max, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    Query FIND = "
        SELECT id, name, description, code, members_max, created_at, updated_at
        FROM teams WHERE id = $1";
    Command SAVE = "
        UPDATE teams SET name = $2, description = $3, members_max = $4, updated_at = $5
        WHERE id = $1";
    Command DELETE = "DELETE FROM teams WHERE id = $1";
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// The primary key.
    pub id: TeamId,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// A short name that no other team has.
    pub code: String,
    /// The most members, the owner included.
    pub members_max: i64,
    /// When it was made.
    pub created_at: Time,
    /// When any of this was last changed.
    pub updated_at: Time,
}

/// Adds a team. Fails with a duplicate of `teams.code`.
pub fn insert(tx: &mut Tx, team: &Team) {
    let params = params![
        team.id,
        team.name.as_str(),
        team.description.as_deref(),
        team.code.as_str(),
        team.members_max,
        team.created_at,
        team.updated_at,
    ];
    tx.queue(INSERT, params);
}

/// A team by its id.
pub async fn find(db: &mut impl Read, id: TeamId) -> Result<Option<Team>> {
    let row = db.row(FIND, params![id]).await?;
    row.map(take).transpose()
}

/// Several teams, in one round trip; those that are not there are left out.
pub async fn find_all(db: &Db, ids: &[TeamId]) -> Result<Vec<Team>> {
    let query = |id: &TeamId| -> (Query, Vec<Value>) { (FIND, params![*id]) };
    let found = db.all(ids.iter().map(query).collect()).await?;
    found.into_iter().flatten().map(take).collect()
}

/// Writes name, description and size.
pub fn save(tx: &mut Tx, team: &Team) {
    let params = params![
        team.id,
        team.name.as_str(),
        team.description.as_deref(),
        team.members_max,
        team.updated_at,
    ];
    tx.queue(SAVE, params);
}

/// Removes a team.
pub fn delete(tx: &mut Tx, id: TeamId) {
    tx.queue(DELETE, params![id]);
}

fn take(mut row: Row) -> Result<Team> {
    Ok(Team {
        id: row.take()?,
        name: row.take()?,
        description: row.take()?,
        code: row.take()?,
        members_max: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}
