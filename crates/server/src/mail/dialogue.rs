//! One dialogue with the mail server for each mail (RFC 5321), and what a refusal in it is about.

use super::{SendError, said};
use crate::config::{Smtp, SmtpSecurity};
use lettre::Address;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{
    ClientId, Extension, MailBodyParameter, MailParameter, ServerInfo,
};
use lettre::transport::smtp::response::Category;
use std::time::Duration;

/// Longest wait for one of the addresses that the mail server's name stands for.
const ADDRESS_SPAN: Duration = Duration::from_secs(10);
/// Longest time that one mail may take, from the first packet to the farewell.
pub(super) const SEND_SPAN: Duration = Duration::from_secs(
    Stage::Greeting.span().as_secs()
        + Stage::Login.span().as_secs()
        + Stage::Sender.span().as_secs()
        + Stage::Recipient.span().as_secs()
        + Stage::Data.span().as_secs()
        + Stage::Content.span().as_secs()
        + Stage::Farewell.span().as_secs(),
);

const TOO_SLOW: &str = "the mail server took too long";
const NO_TLS: &str = "the mail server offers no STARTTLS, and without TLS neither a password nor a \
     mail goes to it (smtp.security)";
const NO_UTF8: &str = "the mail server takes no addresses beyond ASCII (SMTPUTF8)";

/// How one mail server is spoken to.
#[derive(Debug)]
pub(super) struct Line {
    host: String,
    port: u16,
    /// Our name in EHLO.
    hello: ClientId,
    tls: Tls,
    login: Option<Credentials>,
}

/// A point of the dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Connecting, the greeting, EHLO and STARTTLS.
    Greeting,
    Login,
    Sender,
    Recipient,
    Data,
    /// The mail itself, and the answer to it.
    Content,
    Farewell,
}

impl Stage {
    /// Longest time for it.
    ///
    /// Up to the content everything may be cut: the mail has not left. The answer to the content
    /// must be waited for as long as RFC 5321 section 4.5.3.2.6 says: a server that is slow to
    /// give it has the mail all the same, and whoever does not wait sends it twice.
    const fn span(self) -> Duration {
        match self {
            Self::Greeting | Self::Login | Self::Sender | Self::Recipient | Self::Data => {
                Duration::from_secs(30)
            }
            Self::Content => Duration::from_mins(10),
            Self::Farewell => Duration::from_secs(5),
        }
    }

    /// A refusal can concern this mail. Earlier ones (a greeting of 554, a name in EHLO or a
    /// sender that is not liked) would meet every mail, and the operator may mend their cause.
    const fn is_about_the_mail(self) -> bool {
        matches!(self, Self::Recipient | Self::Data | Self::Content)
    }
}

impl Line {
    pub(super) fn new(smtp: &Smtp, hello: ClientId) -> Result<Self, smtp::Error> {
        let tls = || TlsParameters::new(smtp.host.clone());
        let login = (!smtp.user.is_empty()).then(|| {
            let password = smtp.password.as_ref();
            let password = password.map(|password| password.expose().clone());
            Credentials::new(smtp.user.clone(), password.unwrap_or_default())
        });
        Ok(Self {
            host: smtp.host.clone(),
            port: smtp.port,
            hello,
            tls: match smtp.security {
                SmtpSecurity::Implicit => Tls::Wrapper(tls()?),
                // Whoever stands between could strike STARTTLS from the offer and be told the
                // password. GoTrue's client refuses to log in then, too.
                SmtpSecurity::Opportunistic if login.is_none() || smtp.is_on_this_machine() => {
                    Tls::Opportunistic(tls()?)
                }
                // `Auto` is decided when the configuration is loaded; the strict reading is safe.
                SmtpSecurity::Starttls | SmtpSecurity::Auto | SmtpSecurity::Opportunistic => {
                    Tls::Required(tls()?)
                }
                SmtpSecurity::None => Tls::None,
            },
            login,
        })
    }

    /// Greets the mail server, logs in where that is configured, and leaves.
    pub(super) async fn greet(&self) -> Result<(), SendError> {
        let connection = self.connect().await?;
        farewell(connection).await;
        Ok(())
    }

    /// Hands one mail over; the connection is left to take leave of.
    pub(super) async fn deliver(
        &self,
        from: &Address,
        to: &Address,
        content: &[u8],
    ) -> Result<AsyncSmtpConnection, SendError> {
        let mut connection = self.connect().await?;
        let parameters = parameters(connection.server_info(), [from, to], content)?;
        let mail = Mail::new(Some(from.clone()), parameters);
        at(Stage::Sender, connection.command(mail)).await?;
        let recipient = Rcpt::new(to.clone(), Vec::new());
        at(Stage::Recipient, connection.command(recipient)).await?;
        at(Stage::Data, connection.command(Data)).await?;
        at(Stage::Content, connection.message(content)).await?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let mut connection = at(Stage::Greeting, self.open()).await?;
        // INVARIANT: nothing but the greeting has been said so far.
        if matches!(self.tls, Tls::Required(_)) && !connection.is_encrypted() {
            return Err(SendError::Transient(NO_TLS.to_owned()));
        }
        if let Some(login) = &self.login {
            at(Stage::Login, connection.auth(DEFAULT_MECHANISMS, login)).await?;
        }
        Ok(connection)
    }

    /// A connection, encrypted where that is wanted and offered.
    async fn open(&self) -> Result<AsyncSmtpConnection, smtp::Error> {
        let from_the_start = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            (self.host.as_str(), self.port),
            Some(ADDRESS_SPAN),
            &self.hello,
            from_the_start,
            None,
        )
        .await?;
        if let Tls::Opportunistic(parameters) | Tls::Required(parameters) = &self.tls
            && connection.can_starttls()
        {
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        Ok(connection)
    }
}

/// What the mail server must be told about a mail beforehand.
fn parameters(
    server: &ServerInfo,
    addresses: [&Address; 2],
    content: &[u8],
) -> Result<Vec<MailParameter>, SendError> {
    let mut parameters = Vec::new();
    let is_ascii = |address: &Address| address.to_string().is_ascii();
    if !addresses.into_iter().all(is_ascii) {
        if !server.supports_feature(Extension::SmtpUtfEight) {
            return Err(SendError::Transient(NO_UTF8.to_owned()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    // What we compose is ASCII, but for an address that is not.
    if !content.is_ascii() {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

/// One step of the dialogue.
async fn at<T>(
    stage: Stage,
    step: impl Future<Output = Result<T, smtp::Error>>,
) -> Result<T, SendError> {
    match within(stage.span(), step).await {
        Some(Ok(done)) => Ok(done),
        Some(Err(e)) if stage.is_about_the_mail() && is_for_good(&e) => {
            Err(SendError::Permanent(said(&e)))
        }
        Some(Err(e)) => Err(SendError::Transient(said(&e))),
        None => Err(SendError::Transient(TOO_SLOW.to_owned())),
    }
}

/// The mail would be refused tomorrow as well: `55x` and a malformed address (RFC 5321 section
/// 4.2.3). Others (a login is needed, commands are switched off) concern us.
fn is_for_good(error: &smtp::Error) -> bool {
    let permanent = error.status().filter(|_| error.is_permanent());
    permanent.is_some_and(|code| code.category == Category::MailSystem || u16::from(code) == 501)
}

/// Says QUIT. What it is answered, if anything, changes nothing.
pub(super) async fn farewell(mut connection: AsyncSmtpConnection) {
    within(Stage::Farewell.span(), connection.abort()).await;
}

/// The outcome of work that may take so long.
#[expect(
    clippy::disallowed_methods,
    reason = "mail leaves after its request was answered: nobody's deadline is there to cut it"
)]
async fn within<T>(span: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(span, work).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5321 section 4.5.3.2.6.
    #[test]
    fn only_the_answer_to_the_content_is_waited_for_ten_minutes() {
        assert!(Stage::Content.span() >= Duration::from_mins(10));
        for stage in [
            Stage::Greeting,
            Stage::Login,
            Stage::Sender,
            Stage::Recipient,
        ] {
            assert!(stage.span() <= Duration::from_secs(30), "{stage:?}");
        }
    }
}
