//! What the role that we connect as may do, and what an administrator must run where it may not.

use crate::db::{Read, params, statements};
use crate::error::{Error, Result};

/// The tables of `auth` that this server uses, and what it does to each.
const NEEDED: &[(&str, &[&str])] = &[
    ("audit_log_entries", &["SELECT", "INSERT"]),
    ("custom_oauth_providers", &["SELECT"]),
    ("flow_state", ALL),
    ("identities", ALL),
    ("mfa_amr_claims", ALL),
    ("mfa_challenges", ALL),
    ("mfa_factors", ALL),
    ("oauth_client_states", ALL),
    ("one_time_tokens", ALL),
    ("refresh_tokens", ALL),
    ("schema_migrations", &["SELECT"]),
    ("sessions", ALL),
    ("users", ALL),
    ("webauthn_credentials", &["SELECT", "DELETE"]),
];

const ALL: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE"];

statements! {
    Query ROLE scan "the catalog, read at the start" = {
        sqlite: "
            SELECT 'main', '', TRUE, TRUE,
                EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'migrations'), TRUE, TRUE",
        postgres: "
            SELECT CAST(current_database() AS TEXT), CAST(current_user AS TEXT),
                has_database_privilege(current_database(), 'CREATE'),
                coalesce(has_schema_privilege(to_regnamespace('auth'), 'USAGE'), TRUE),
                to_regnamespace('claviger') IS NOT NULL,
                coalesce(has_schema_privilege(to_regnamespace('claviger'), 'CREATE')
                    AND has_schema_privilege(to_regnamespace('claviger'), 'USAGE'), TRUE),
                coalesce((
                    SELECT has_sequence_privilege(c.oid, 'USAGE') FROM pg_catalog.pg_class c
                    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'auth' AND c.relname = 'refresh_tokens_id_seq'), TRUE)",
    };
    Query TABLES scan "the catalog, read at the start" = {
        sqlite: "
            SELECT name, TRUE, TRUE, TRUE, TRUE, FALSE, FALSE FROM sqlite_schema
            WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name LIMIT 1000",
        postgres: "
            SELECT CAST(c.relname AS TEXT), has_table_privilege(c.oid, 'SELECT'),
                has_table_privilege(c.oid, 'INSERT'), has_table_privilege(c.oid, 'UPDATE'),
                has_table_privilege(c.oid, 'DELETE'), c.relrowsecurity,
                row_security_active(c.oid)
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'auth' AND c.relkind IN ('r', 'p')
            ORDER BY c.relname LIMIT 1000",
    };
}

/// Who we are in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The name of the database.
    pub database: String,
    /// The name of the role; empty on `SQLite`.
    pub name: String,
    /// It may make schemas.
    pub may_create_schemas: bool,
    /// It may use what is in `auth`, or there is no such schema.
    pub may_use_auth: bool,
    /// The schema `claviger` exists.
    pub has_claviger: bool,
    /// It may make and use tables in schema `claviger`, or there is no such schema.
    pub may_use_claviger: bool,
    /// It may number refresh tokens.
    pub may_use_sequence: bool,
}

/// A table of `auth` that this server uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name, without the schema.
    pub name: String,
    /// Which of the needed rights the role has not: `SELECT`, `INSERT`, `UPDATE`, `DELETE`.
    pub missing: Vec<&'static str>,
    /// Row level security is on.
    pub has_row_security: bool,
    /// Row level security hides rows from this role.
    pub is_hidden: bool,
}

impl Role {
    const fn may_create_tables(&self) -> bool {
        if self.has_claviger {
            self.may_use_claviger
        } else {
            self.may_create_schemas
        }
    }
}

/// What an administrator must run so that this role can be used; empty where nothing is missing.
pub fn required_sql(role: &Role, tables: &[Table]) -> String {
    let name = quoted(&role.name);
    let mut sql = String::new();
    let mut line = |text: String| {
        sql.push_str(&text);
        sql.push('\n');
    };
    if !role.may_create_tables() {
        if role.has_claviger {
            line(format!("ALTER SCHEMA claviger OWNER TO {name};"));
        } else {
            line(format!("CREATE SCHEMA claviger AUTHORIZATION {name};"));
        }
    }
    if !role.may_use_auth {
        line(format!("GRANT USAGE ON SCHEMA auth TO {name};"));
    }
    for table in tables.iter().filter(|table| !table.missing.is_empty()) {
        let rights = table.missing.join(", ");
        line(format!("GRANT {rights} ON auth.{} TO {name};", table.name));
    }
    if !role.may_use_sequence {
        line(format!(
            "GRANT USAGE ON SEQUENCE auth.refresh_tokens_id_seq TO {name};"
        ));
    }
    if tables.iter().any(|table| table.is_hidden) {
        line(
            "-- Row level security hides rows of auth from roles that do not own them.".to_owned(),
        );
        line(format!("ALTER ROLE {name} BYPASSRLS;"));
    }
    sql
}

pub(super) async fn role(db: &mut impl Read) -> Result<Role> {
    let mut row = db.row(ROLE, params![]).await?.unwrap_or_default();
    Ok(Role {
        database: row.take()?,
        name: row.take()?,
        may_create_schemas: row.take()?,
        may_use_auth: row.take()?,
        has_claviger: row.take()?,
        may_use_claviger: row.take()?,
        may_use_sequence: row.take()?,
    })
}

/// Those of the needed tables that exist, by name.
pub(super) async fn tables(db: &mut impl Read) -> Result<Vec<Table>> {
    let mut found = Vec::new();
    for mut row in db.rows(TABLES, params![]).await? {
        let name: String = row.take()?;
        let Some((_, needed)) = NEEDED.iter().find(|(needed, _)| *needed == name) else {
            continue;
        };
        let mut missing = Vec::new();
        for right in ALL {
            let granted: bool = row.take()?;
            if needed.contains(right) && !granted {
                missing.push(*right);
            }
        }
        found.push(Table {
            name,
            missing,
            has_row_security: row.take()?,
            is_hidden: row.take()?,
        });
    }
    Ok(found)
}

/// There is an `auth` schema, and not only its name.
pub(super) fn are_there(tables: &[Table]) -> bool {
    tables.iter().any(|table| table.name == "users")
}

pub(super) async fn has_users(db: &mut impl Read) -> Result<bool> {
    Ok(are_there(&tables(db).await?))
}

/// Names of needed tables that are not among these.
pub(super) fn absent(tables: &[Table]) -> Vec<&'static str> {
    NEEDED
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| tables.iter().all(|table| table.name != *name))
        .collect()
}

pub(super) fn require_create(role: &Role) -> Result<()> {
    if role.may_create_tables() {
        return Ok(());
    }
    Err(refusal(
        "may not make the tables of schema claviger",
        role,
        &[],
    ))
}

pub(super) fn require_tables(role: &Role, tables: &[Table]) -> Result<()> {
    let usable = |table: &Table| table.missing.is_empty() && !table.is_hidden;
    if role.may_use_auth && role.may_use_sequence && tables.iter().all(usable) {
        return Ok(());
    }
    Err(refusal(
        "may not use the tables of schema auth",
        role,
        tables,
    ))
}

fn refusal(why: &str, role: &Role, tables: &[Table]) -> Error {
    Error::Unusable(format!(
        "the role `{}` {why} in database `{}`; let an administrator run:\n{}",
        role.name,
        role.database,
        required_sql(role, tables)
    ))
}

/// An identifier as SQL spells it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role() -> Role {
        Role {
            database: "app".to_owned(),
            name: "odd\"role".to_owned(),
            may_create_schemas: true,
            may_use_auth: true,
            has_claviger: false,
            may_use_claviger: true,
            may_use_sequence: true,
        }
    }

    fn table(missing: Vec<&'static str>) -> Table {
        Table {
            name: "users".to_owned(),
            missing,
            has_row_security: true,
            is_hidden: false,
        }
    }

    #[test]
    fn nothing_is_required_where_nothing_is_missing() {
        assert_eq!(required_sql(&role(), &[table(Vec::new())]), "");
    }

    #[test]
    fn every_missing_right_is_granted_to_the_quoted_role() {
        let role = Role {
            may_create_schemas: false,
            may_use_auth: false,
            may_use_sequence: false,
            ..role()
        };
        let hidden = Table {
            is_hidden: true,
            ..table(vec!["INSERT", "UPDATE"])
        };
        let expected = "CREATE SCHEMA claviger AUTHORIZATION \"odd\"\"role\";\n\
            GRANT USAGE ON SCHEMA auth TO \"odd\"\"role\";\n\
            GRANT INSERT, UPDATE ON auth.users TO \"odd\"\"role\";\n\
            GRANT USAGE ON SEQUENCE auth.refresh_tokens_id_seq TO \"odd\"\"role\";\n\
            -- Row level security hides rows of auth from roles that do not own them.\n\
            ALTER ROLE \"odd\"\"role\" BYPASSRLS;\n";
        assert_eq!(required_sql(&role, &[hidden]), expected);
    }
}
