//! A configuration file with every setting and its default, commented out.

use super::super::document;
use super::super::key::{self, Key, Section};
use super::super::kind::Kind;
use super::super::source::Layer;
use std::fmt::Write as _;

const HEAD: &str = "\
# The configuration of Claviger. Made from the program; every setting is listed with its default.
#
# Nothing here is needed: remove the `#` from what shall differ. Prose is behind `# `, settings
# are behind `#`. Every setting is also an environment variable: CLAVIGER_EMAIL_AUTOCONFIRM for
# `autoconfirm` of [email]. Secrets and templates can be in a file of their own: `NAME_file` here,
# NAME_FILE in the environment.
#:schema ./config.schema.json
";

pub(super) fn example() -> String {
    let defaults = document::defaults();
    let mut text = HEAD.to_owned();
    for section in key::SECTIONS {
        let _ = write!(text, "\n# {}\n", section.about);
        let name = section.name.replace('*', stand_in(section));
        match section.name {
            "" => {}
            with_star if with_star.contains('*') => {
                let _ = writeln!(text, "#[{name}]");
            }
            _ => {
                let _ = writeln!(text, "[{name}]");
            }
        }
        for key in section.keys {
            setting(&mut text, key, &defaults);
        }
    }
    text
}

/// A name to show in place of the `*`.
fn stand_in(section: &Section) -> &'static str {
    if section.name.starts_with("providers") {
        "google"
    } else {
        "invite"
    }
}

fn setting(text: &mut String, key: &Key, defaults: &Layer) {
    let name = key.path.rsplit_once('.').map_or(key.path, |(_, name)| name);
    let default = defaults.plain(key.path).map_or_else(
        || match key.kind {
            Kind::Boolean => "false".to_owned(),
            Kind::List => "[]".to_owned(),
            Kind::SecretMap => "{}".to_owned(),
            _ => "\"\"".to_owned(),
        },
        ToString::to_string,
    );
    let default = if default == "{  }" {
        "{}".to_owned()
    } else {
        default
    };
    let _ = writeln!(text, "# {}", key.description());
    if let Kind::Choice(_) | Kind::Whole(..) = key.kind {
        let _ = writeln!(text, "# ({})", key.kind.form());
    }
    let _ = writeln!(text, "#{name} = {default}");
}
