//! Sending mail: over SMTP, or nowhere because the inbox page shows it.

use crate::config::{Config, MailDelivery, Smtp, SmtpSecurity};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::response::Category;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::time::Duration;
use store::outbox::Message;

/// Longest time that one mail may take, connection included.
pub const SEND_SPAN: Duration = Duration::from_secs(30);
/// Connections to the mail server at once.
pub const CONNECTIONS_MAX: u32 = 4;

const TOO_SLOW: &str = "the mail server took too long";

/// Where mails go.
#[derive(Debug)]
pub enum Mailer {
    /// To a mail server.
    Smtp(Box<SmtpMailer>),
    /// They stay where they are; the inbox page shows them.
    Inbox,
    /// No mail server is configured.
    Nowhere,
}

/// A connection pool to a mail server, and what every mail carries.
#[derive(Debug)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    headers: Vec<(HeaderName, String)>,
}

/// Why a mailer cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// The sender's address is malformed.
    #[error("smtp.admin_email: {0}")]
    Sender(#[from] lettre::address::AddressError),
    /// TLS cannot be set up.
    #[error("smtp: {0}")]
    Tls(#[from] lettre::transport::smtp::Error),
    /// A header's name is malformed.
    #[error("smtp.headers: `{0}` is no header name")]
    Header(String),
}

/// Why a mail did not leave.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It never will: the address or the content was refused.
    #[error("refused for good: {0}")]
    Permanent(String),
    /// It may later.
    #[error("{0}")]
    Transient(String),
}

impl Mailer {
    /// The mailer that the configuration asks for.
    pub fn new(config: &Config) -> Result<Self, MailerError> {
        Ok(match config.mail {
            MailDelivery::Inbox => Self::Inbox,
            MailDelivery::Nowhere => Self::Nowhere,
            MailDelivery::Smtp => Self::Smtp(Box::new(SmtpMailer::new(&config.smtp)?)),
        })
    }

    /// Greets the mail server, logs in where that is configured, and sends nothing. `None`: there
    /// is no mail server to greet.
    pub async fn probe(&self) -> Option<Result<(), String>> {
        match self {
            Self::Smtp(smtp) => Some(smtp.probe().await),
            Self::Inbox | Self::Nowhere => None,
        }
    }

    /// Sends one message.
    pub async fn send(&self, message: &Message) -> Result<(), SendError> {
        match self {
            Self::Smtp(smtp) => smtp.send(message).await,
            Self::Inbox => Ok(()),
            Self::Nowhere => Err(SendError::Transient(
                "no mail server is configured (smtp.host)".to_owned(),
            )),
        }
    }
}

impl SmtpMailer {
    fn new(smtp: &Smtp) -> Result<Self, MailerError> {
        let tls = || TlsParameters::new(smtp.host.clone());
        let security = match smtp.security {
            SmtpSecurity::Implicit => Tls::Wrapper(tls()?),
            // `Auto` is decided when the configuration is loaded; the strict reading is safe.
            SmtpSecurity::Starttls | SmtpSecurity::Auto => Tls::Required(tls()?),
            SmtpSecurity::Opportunistic => Tls::Opportunistic(tls()?),
            SmtpSecurity::None => Tls::None,
        };
        let pool = PoolConfig::new()
            .max_size(CONNECTIONS_MAX)
            .idle_timeout(SEND_SPAN);
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
            .port(smtp.port)
            .tls(security)
            .timeout(Some(SEND_SPAN))
            .pool_config(pool);
        if !smtp.user.is_empty() {
            let password = smtp
                .password
                .as_ref()
                .map(|password| password.expose().clone());
            let password = password.unwrap_or_default();
            builder = builder.credentials(Credentials::new(smtp.user.clone(), password));
        }
        let name = (!smtp.sender_name.is_empty()).then(|| smtp.sender_name.clone());
        let address: Address = smtp.admin_email.parse()?;
        Ok(Self {
            transport: builder.build(),
            from: Mailbox::new(name, address),
            headers: headers(smtp)?,
        })
    }

    async fn send(&self, message: &Message) -> Result<(), SendError> {
        let mail = self.compose(message).map_err(SendError::Permanent)?;
        match within(self.transport.send(mail)).await {
            Some(Ok(_)) => Ok(()),
            Some(Err(e)) if is_about_the_mail(&e) => Err(SendError::Permanent(said(&e))),
            Some(Err(e)) => Err(SendError::Transient(said(&e))),
            None => Err(SendError::Transient(TOO_SLOW.to_owned())),
        }
    }

    async fn probe(&self) -> Result<(), String> {
        match within(self.transport.test_connection()).await {
            Some(Ok(true)) => Ok(()),
            Some(Ok(false)) => Err("it greets, and then does not answer".to_owned()),
            Some(Err(e)) => Err(said(&e)),
            None => Err(TOO_SLOW.to_owned()),
        }
    }

    fn compose(&self, message: &Message) -> Result<lettre::Message, String> {
        let to: Address = message
            .recipient
            .parse()
            .map_err(|_| "the address is malformed")?;
        let text = message.text.clone();
        let body = MultiPart::alternative_plain_html(text, message.html.clone());
        // The id is the outbox row's: a mail that a crash made leave twice is recognised as one.
        let id = format!("<{}@{}>", message.id, self.from.email.domain());
        let mut mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.subject.clone())
            .message_id(Some(id))
            .multipart(body)
            .map_err(|e| e.to_string())?;
        for (name, value) in &self.headers {
            let value = HeaderValue::new(name.clone(), value.clone());
            mail.headers_mut().insert_raw(value);
        }
        Ok(mail)
    }
}

/// The refusal concerns this mail and would be the same tomorrow: `55x` and a malformed address
/// (RFC 5321 section 4.2.3). Every other one (no such login, commands switched off) concerns us,
/// and the operator may mend it.
fn is_about_the_mail(error: &lettre::transport::smtp::Error) -> bool {
    let permanent = error.status().filter(|_| error.is_permanent());
    permanent.is_some_and(|code| code.category == Category::MailSystem || u16::from(code) == 501)
}

/// What the mail server or the line to it had to say, without the addresses in it.
fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some errors repeat their cause in their own words.
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    masked(&text)
}

/// A text in which of every e-mail address only the first character and the domain are left.
pub fn masked(text: &str) -> String {
    let is_part = |c: char| !c.is_whitespace() && !"<>()[]:;,`=".contains(c);
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let kept = before.trim_end_matches(is_part).len();
        let (outside, local) = before.split_at_checked(kept).unwrap_or((before, ""));
        masked.push_str(outside);
        masked.extend(local.chars().next());
        masked.push_str(if local.is_empty() { "@" } else { "***@" });
        rest = after;
    }
    masked.push_str(rest);
    masked
}

/// The outcome of work that may take as long as one mail.
#[expect(
    clippy::disallowed_methods,
    reason = "mail leaves after its request was answered: nobody's deadline is there to cut it"
)]
async fn within<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(SEND_SPAN, work).await.ok()
}

fn headers(smtp: &Smtp) -> Result<Vec<(HeaderName, String)>, MailerError> {
    let mut headers = Vec::new();
    for (name, values) in &smtp.headers {
        let parsed = HeaderName::new_from_ascii(name.clone())
            .map_err(|_| MailerError::Header(name.clone()))?;
        headers.extend(values.iter().map(|value| (parsed.clone(), value.clone())));
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_the_first_character_and_the_domain_are_left() {
        for (text, left) in [
            ("ada@example.com", "a***@example.com"),
            (
                "550 5.1.1 <Ada.B+c@example.com>: no such user",
                "550 5.1.1 <A***@example.com>: no such user",
            ),
            ("a@b.c,\u{e9}t\u{e9}@d.e", "a***@b.c,\u{e9}***@d.e"),
            ("@ @example", "@ @example"),
            ("nothing here", "nothing here"),
        ] {
            assert_eq!(masked(text), left);
        }
    }
}
