//! The mail that invites somebody to a team.

use store::outbox::Message;
use types::{MailId, Time};

/// How the outbox names it.
const KIND: &str = "team_invitation";

/// What the mail says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letter<'a> {
    /// Whom it goes to.
    pub(super) recipient: &'a str,
    /// The team.
    pub(super) team: &'a str,
    /// The role that is offered.
    pub(super) role: &'a str,
    /// Who invites, as they call themselves; none: the application.
    pub(super) inviter: Option<&'a str>,
    /// The application, where the invitation is accepted.
    pub(super) site_url: &'a str,
    /// What accepts it.
    pub(super) token: &'a str,
    /// Until when.
    pub(super) expires_at: Time,
}

impl Letter<'_> {
    /// The mail. Names are the inviter's to choose: they are escaped, and make no link.
    pub(super) fn message(&self, id: MailId, now: Time) -> Message {
        let Self {
            recipient,
            team,
            role,
            ..
        } = *self;
        let inviter = self.inviter.unwrap_or("The application");
        let link = self.link();
        let until = self.expires_at;
        let text = format!(
            "{inviter} invites you to the team \"{team}\" as {role}.\n\n\
             Accept here, signed in as {recipient}:\n{link}\n\n\
             The invitation is good until {until}, once, and for this address only. If you do not \
             know the team, do nothing.\n"
        );
        let html = format!(
            "<h2>You are invited to a team</h2>\n\
             <p>{} invites you to the team <strong>{}</strong> as {role}.</p>\n\
             <p><a href=\"{}\">Accept the invitation</a>, signed in as {}.</p>\n\
             <p>It is good until {until}, once, and for this address only. If you do not know the \
             team, do nothing.</p>\n",
            escaped(inviter),
            escaped(team),
            escaped(&link),
            escaped(recipient),
        );
        Message {
            id,
            kind: KIND.to_owned(),
            recipient: recipient.to_owned(),
            subject: format!("Invitation to the team {team}"),
            text,
            html,
            user_id: None,
            created_at: now,
            attempts: 0,
        }
    }

    /// Where the application takes the token from: the fragment, which browsers send to nobody.
    fn link(&self) -> String {
        format!("{}#team_invitation={}", self.site_url, self.token)
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn names_are_text_and_nothing_else() {
        let letter = Letter {
            recipient: "ann@example.com",
            team: "<b>\"A\" & 'B'</b>",
            role: "editor",
            inviter: Some("<script>"),
            site_url: "https://app.example/?a=1&b=2",
            token: "abc",
            expires_at: Time(0),
        };
        let message = letter.message(MailId(Uuid::nil()), Time(0));
        assert!(!message.html.contains("<b>") && !message.html.contains("<script>"));
        assert!(
            message
                .html
                .contains("&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;")
        );
        assert!(message.html.contains("?a=1&amp;b=2#team_invitation=abc"));
        assert!(
            message
                .text
                .contains("https://app.example/?a=1&b=2#team_invitation=abc\n")
        );
    }
}
