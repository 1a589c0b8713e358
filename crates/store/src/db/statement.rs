//! Statements: named, declared at the top of the aggregate that owns them, listed for the tests.

/// One statement, named for logs and metrics. The two texts are equal unless the engines truly
/// disagree, in which case they sit side by side.
#[derive(Debug, Clone, Copy)]
pub struct Stmt {
    /// `module::NAME`.
    pub name: &'static str,
    /// What `SQLite` runs.
    pub sqlite: &'static str,
    /// What `PostgreSQL` runs.
    pub postgres: &'static str,
    /// Why this statement may read a whole table; `None`: it must use an index.
    pub scan: Option<&'static str>,
}

/// A statement that only reads; it may run on the database, a snapshot or in a transaction.
#[derive(Debug, Clone, Copy)]
pub struct Query(pub Stmt);

/// A statement that writes; it runs in a transaction or not at all.
#[derive(Debug, Clone, Copy)]
pub struct Command(pub Stmt);

/// Declares the statements of one module and lists them for the tests.
///
/// `Query NAME = "one text";`, `Command NAME = { sqlite: "..", postgres: ".." };`, and either with
/// `scan "reason"` behind the name where reading a whole table is meant.
macro_rules! statements {
    ($($kind:ident $name:ident $(scan $why:literal)? = $text:tt $(! $args:tt)?;)*) => {
        $($crate::db::statements!(@one $kind $name ($($why)?) $text $(! $args)?);)*
        pub(crate) const STATEMENTS: &[$crate::db::Stmt] = &[$($name.0),*];
    };
    (@one $kind:ident $name:ident ($($why:literal)?)
        { sqlite: $lite:expr, postgres: $pg:expr $(,)? }) => {
        const $name: $crate::db::$kind = $crate::db::$kind($crate::db::Stmt {
            name: concat!(module_path!(), "::", stringify!($name)),
            sqlite: $lite,
            postgres: $pg,
            scan: $crate::db::statements!(@why $($why)?),
        });
    };
    (@one $kind:ident $name:ident ($($why:literal)?) $text:tt $(! $args:tt)?) => {
        $crate::db::statements!(@one $kind $name ($($why)?) {
            sqlite: $text $(! $args)?,
            postgres: $text $(! $args)?
        });
    };
    (@why) => { None };
    (@why $why:literal) => { Some($why) };
}
pub(crate) use statements;

/// The parameters of a statement, in the order of their numbers.
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use params;
