//! Mails from templates: Go's template language as far as mails use it, escaped by context.

mod built_in;
mod escape;
mod evaluate;
mod format;
mod function;
mod html;
mod lex;
mod link;
mod parse;
mod plain_text;
mod render;
mod tree;
mod value;

use crate::settings::{MailKind, MailTemplate, MailTemplates};
use serde_json::{Map, Value, json};
use types::limits::{MAIL_PART_BYTES_MAX, MAIL_SUBJECT_BYTES_MAX, TEMPLATE_BYTES_MAX};

pub use link::{confirmation_url, page_url};

/// A template, parsed once. Rendering it is bounded in time and size.
///
/// The language is that of Go's `text/template`: fields, variables, pipelines, `if`, `with`,
/// `range`, trim markers, comments and the built-in functions (`and or not eq ne lt le gt ge len
/// index print printf println html urlquery js`). Named templates, `break` and `continue` are
/// refused. A field that is missing prints nothing.
#[derive(Debug, Clone)]
pub struct Template {
    nodes: Vec<tree::Node>,
}

/// What is wrong with a template, or why it could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct TemplateError {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// The reason, in one line.
    pub message: String,
}

/// What a mail is about: the variables of its templates (`{{ .SiteURL }}` and so on).
#[derive(Debug, Clone, Default)]
pub struct MailContext {
    /// `SiteURL`: the application.
    pub site_url: String,
    /// `ConfirmationURL`: see [`confirmation_url`].
    pub confirmation_url: String,
    /// `Token`: the code.
    pub token: String,
    /// `TokenHash`: what the link carries.
    pub token_hash: String,
    /// `NewEmail`: the address that is to be confirmed, in mails about a change.
    pub new_email: String,
    /// `Email`: the user's address.
    pub email: String,
    /// `SendingTo`: the recipient, in mails about a change.
    pub sending_to: String,
    /// `RedirectTo`: where the link leads in the end.
    pub redirect_to: String,
    /// `Data`: the user's own metadata.
    pub data: Map<String, Value>,
}

/// A mail, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// One line without control characters.
    pub subject: String,
    /// The HTML body.
    pub html: String,
    /// The plain text alternative.
    pub text: String,
    /// Why the operator's template could not be rendered; the built-in one was used then.
    pub fault: Option<TemplateError>,
}

/// All templates of one configuration.
#[derive(Debug, Clone)]
pub struct Templates {
    invite: Compiled,
    confirmation: Compiled,
    recovery: Compiled,
    magic_link: Compiled,
    email_change: Compiled,
    reauthentication: Compiled,
}

/// The templates of one kind of mail.
#[derive(Debug, Clone)]
struct Compiled {
    configured: Parts,
    built_in: Parts,
}

#[derive(Debug, Clone)]
struct Parts {
    subject: Template,
    html: Template,
    /// None: made from the HTML.
    text: Option<Template>,
}

impl Template {
    /// Parses a template whose output is HTML. Every value is escaped for the place it stands in:
    /// text, a quoted or unquoted attribute, a URL (whose scheme must be `http`, `https` or
    /// `mailto`), a style. Values in scripts and as names of tags or attributes are refused.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut template = Self::parse_plain(text)?;
        html::place(&mut template.nodes)?;
        Ok(template)
    }

    /// Parses a template whose output is plain text, in which values stand as they are.
    pub fn parse_plain(text: &str) -> Result<Self, TemplateError> {
        if text.len() > TEMPLATE_BYTES_MAX {
            return Err(Position::default().fault("the template is too long"));
        }
        let nodes = parse::parse(text)?;
        Ok(Self { nodes })
    }

    fn render(&self, root: &Value) -> Result<String, TemplateError> {
        render::render(&self.nodes, root, MAIL_PART_BYTES_MAX)
    }
}

impl Templates {
    /// Parses all templates; an empty setting means the built-in text.
    pub fn new(settings: &MailTemplates) -> Result<Self, (MailKind, TemplateError)> {
        let compiled = |kind| Compiled::new(kind, settings.of(kind)).map_err(|error| (kind, error));
        Ok(Self {
            invite: compiled(MailKind::Invite)?,
            confirmation: compiled(MailKind::Confirmation)?,
            recovery: compiled(MailKind::Recovery)?,
            magic_link: compiled(MailKind::MagicLink)?,
            email_change: compiled(MailKind::EmailChange)?,
            reauthentication: compiled(MailKind::Reauthentication)?,
        })
    }

    /// The mail of one kind. Where the operator's template cannot be rendered (its user's metadata
    /// has another form, or it grows too long) the built-in one stands in, because a mail that is
    /// plain is better than none.
    pub fn render(&self, kind: MailKind, context: &MailContext) -> RenderedMail {
        let compiled = self.of(kind);
        let root = context.root();
        let (mail, fault) = match compiled.configured.render(&root) {
            Ok(mail) => (mail, None),
            Err(fault) => (
                compiled.built_in.render(&root).unwrap_or_default(),
                Some(fault),
            ),
        };
        let (subject, html, text) = mail;
        RenderedMail {
            subject,
            html,
            text,
            fault,
        }
    }

    const fn of(&self, kind: MailKind) -> &Compiled {
        match kind {
            MailKind::Invite => &self.invite,
            MailKind::Confirmation => &self.confirmation,
            MailKind::Recovery => &self.recovery,
            MailKind::MagicLink => &self.magic_link,
            MailKind::EmailChange => &self.email_change,
            MailKind::Reauthentication => &self.reauthentication,
        }
    }
}

impl Compiled {
    fn new(kind: MailKind, configured: &MailTemplate) -> Result<Self, TemplateError> {
        let (subject, html) = built_in::texts(kind);
        let built_in = Parts::new(subject, html, "")?;
        let or = |text: &str, default: &str| {
            let chosen = if text.is_empty() { default } else { text };
            chosen.to_owned()
        };
        let configured = Parts::new(
            &or(&configured.subject, subject),
            &or(&configured.html, html),
            &configured.text,
        )?;
        Ok(Self {
            configured,
            built_in,
        })
    }
}

impl Parts {
    fn new(subject: &str, html: &str, text: &str) -> Result<Self, TemplateError> {
        let text = (!text.is_empty()).then(|| Template::parse_plain(text));
        Ok(Self {
            subject: Template::parse_plain(subject)?,
            html: Template::parse(html)?,
            text: text.transpose()?,
        })
    }

    /// Subject, HTML and text.
    fn render(&self, root: &Value) -> Result<(String, String, String), TemplateError> {
        let part = |template: &Template| template.render(root);
        let subject = one_line(&part(&self.subject)?);
        let html = part(&self.html)?;
        let text = match &self.text {
            Some(text) => part(text)?,
            None => plain_text::from_html(&html),
        };
        Ok((subject, html, text))
    }
}

impl MailContext {
    /// The dot at the start of a template.
    fn root(&self) -> Value {
        json!({
            "SiteURL": self.site_url,
            "ConfirmationURL": self.confirmation_url,
            "Token": self.token,
            "TokenHash": self.token_hash,
            "NewEmail": self.new_email,
            "Email": self.email,
            "SendingTo": self.sending_to,
            "RedirectTo": self.redirect_to,
            "Data": self.data,
        })
    }
}

/// A place in a template's text; both numbers count from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    line: usize,
    column: usize,
}

impl Position {
    const START: Self = Self { line: 1, column: 1 };

    /// The place behind `text`, which begins here.
    fn after(self, text: &str) -> Self {
        text.chars().fold(self, |at, c| match c {
            '\n' => Self {
                line: at.line + 1,
                column: 1,
            },
            _ => Self {
                column: at.column + 1,
                ..at
            },
        })
    }

    fn fault(self, message: impl Into<String>) -> TemplateError {
        TemplateError {
            line: self.line,
            column: self.column,
            message: message.into(),
        }
    }
}

impl Default for Position {
    fn default() -> Self {
        Self::START
    }
}

/// `text` as the value of a header: one line, no control characters, not too long.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    for word in words.filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line.truncate(line.floor_char_boundary(MAIL_SUBJECT_BYTES_MAX));
    line
}

#[cfg(test)]
mod tests;
