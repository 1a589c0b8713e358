//! Sending mail: over SMTP, or nowhere because the inbox page shows it.

use crate::config::{Config, MailDelivery, Smtp, SmtpSecurity};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::time::Duration;
use store::outbox::Message;

/// Longest time that one mail may take, connection included.
pub const SEND_SPAN: Duration = Duration::from_secs(30);
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
            // `Auto` is decided when the configuration is loaded; the strict reading is the safe one.
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
        match tokio::time::timeout(SEND_SPAN, self.transport.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(e)) if e.is_permanent() => Err(SendError::Permanent(e.to_string())),
            Ok(Err(e)) => Err(SendError::Transient(e.to_string())),
            Err(_) => Err(SendError::Transient(
                "the mail server took too long".to_owned(),
            )),
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

fn headers(smtp: &Smtp) -> Result<Vec<(HeaderName, String)>, MailerError> {
    let mut headers = Vec::new();
    for (name, values) in &smtp.headers {
        let parsed = HeaderName::new_from_ascii(name.clone())
            .map_err(|_| MailerError::Header(name.clone()))?;
        headers.extend(values.iter().map(|value| (parsed.clone(), value.clone())));
    }
    Ok(headers)
}
