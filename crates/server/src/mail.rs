//! Sending mail: over SMTP, or nowhere because the inbox page shows it.

mod dialogue;

use crate::config::{Config, MailDelivery, Smtp};
use crate::log::{chain, masked};
use dialogue::Line;
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use std::fmt;
use std::time::Duration;
use store::outbox::Message;
use url::{Host, Url};

/// Longest time that one mail may take, connection included.
pub const SEND_SPAN: Duration = dialogue::SEND_SPAN;
/// Connections to the mail server at once.
pub const CONNECTIONS_MAX: u32 = 4;

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

/// The way to a mail server, and what every mail carries.
#[derive(Debug)]
pub struct SmtpMailer {
    line: Line,
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

/// A mail that has left, and the connection that it left by.
pub struct Sent(Option<AsyncSmtpConnection>);

impl Sent {
    /// Takes leave of the mail server. Whatever becomes of that, the mail has left.
    pub async fn farewell(self) {
        if let Some(connection) = self.0 {
            dialogue::farewell(connection).await;
        }
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sent")
    }
}

impl Mailer {
    /// The mailer that the configuration asks for.
    pub fn new(config: &Config) -> Result<Self, MailerError> {
        Ok(match config.mail {
            MailDelivery::Inbox => Self::Inbox,
            MailDelivery::Nowhere => Self::Nowhere,
            MailDelivery::Smtp => Self::Smtp(Box::new(SmtpMailer::new(config)?)),
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
    pub async fn send(&self, message: &Message) -> Result<Sent, SendError> {
        match self {
            Self::Smtp(smtp) => smtp.send(message).await,
            Self::Inbox => Ok(Sent(None)),
            Self::Nowhere => Err(SendError::Transient(
                "no mail server is configured (smtp.host)".to_owned(),
            )),
        }
    }
}

impl SmtpMailer {
    fn new(config: &Config) -> Result<Self, MailerError> {
        let smtp = &config.smtp;
        let name = (!smtp.sender_name.is_empty()).then(|| smtp.sender_name.clone());
        let address: Address = smtp.admin_email.parse()?;
        let hello = hello(&config.authn.site.external_url, address.domain());
        Ok(Self {
            line: Line::new(smtp, hello)?,
            from: Mailbox::new(name, address),
            headers: headers(smtp)?,
        })
    }

    async fn send(&self, message: &Message) -> Result<Sent, SendError> {
        let to = message.recipient.parse();
        let to: Address =
            to.map_err(|_| SendError::Permanent("the address is malformed".to_owned()))?;
        let mail = self.compose(message, &to).map_err(SendError::Permanent)?;
        let content = mail.formatted();
        let delivered = self.line.deliver(&self.from.email, &to, &content).await;
        delivered.map(|connection| Sent(Some(connection)))
    }

    async fn probe(&self) -> Result<(), String> {
        self.line.greet().await.map_err(|e| e.to_string())
    }

    fn compose(&self, message: &Message, to: &Address) -> Result<lettre::Message, String> {
        let text = message.text.clone();
        let body = MultiPart::alternative_plain_html(text, message.html.clone());
        // The id is the outbox row's: a mail that a crash made leave twice is recognised as one.
        let id = format!("<{}@{}>", message.id, self.from.email.domain());
        let mut mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
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

/// Our name in EHLO (RFC 5321 section 4.1.1.1): the host that others reach us by, and where that
/// is no name, the sender's domain.
fn hello(external_url: &str, domain: &str) -> ClientId {
    let url = Url::parse(external_url).ok();
    let host = url.as_ref().and_then(Url::host).map(|host| host.to_owned());
    let of_url = host.filter(|host| {
        matches!(host, Host::Domain(name) if name != "localhost" && !name.ends_with(".localhost"))
    });
    // A domain beyond ASCII becomes what stands in the DNS.
    match of_url.or_else(|| Host::parse(domain).ok()) {
        Some(Host::Domain(name)) => ClientId::Domain(name),
        Some(Host::Ipv4(address)) => ClientId::Ipv4(address),
        Some(Host::Ipv6(address)) => ClientId::Ipv6(address),
        None => ClientId::default(),
    }
}

/// What the mail server or the line to it had to say, without the addresses in it.
fn said(error: &dyn std::error::Error) -> String {
    masked(&chain(error))
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
    fn the_greeting_names_the_host_of_the_external_url_or_the_senders_domain() {
        for (url, domain, name) in [
            (
                "https://auth.example.com:8443/auth",
                "mail.test",
                "auth.example.com",
            ),
            ("http://localhost:9999", "mail.test", "mail.test"),
            (
                "http://127.0.0.1:9999",
                "m\u{fc}ller.test",
                "xn--mller-kva.test",
            ),
            ("", "[192.0.2.1]", "[127.0.0.1]"),
        ] {
            assert_eq!(hello(url, domain).to_string(), name, "{url}");
        }
    }
}
