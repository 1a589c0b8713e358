//! What the flows get of the configuration, with what only the server knows filled in.

use crate::config::Config;
use authn::settings::Settings;

/// Where this server verifies links, below its external URL's host.
const VERIFY_PATH: &str = "/auth/v1/verify";

/// What the flows obey. Links in mails lead to where this server answers, unless the operator has
/// given another path, behind a gateway for example.
pub(super) fn flows(config: &Config) -> Settings {
    let mut settings = config.authn.clone();
    let templates = &mut settings.email.templates;
    for template in [
        &mut templates.invite,
        &mut templates.confirmation,
        &mut templates.recovery,
        &mut templates.magic_link,
        &mut templates.email_change,
        &mut templates.reauthentication,
    ] {
        if template.url_path.is_empty() {
            VERIFY_PATH.clone_into(&mut template.url_path);
        }
    }
    settings
}
