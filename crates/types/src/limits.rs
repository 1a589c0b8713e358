//! Every fixed limit of the product, with the relations between them asserted.

use std::time::Duration;

/// Longest e-mail address accepted, in bytes (the width of `auth.users.email`).
pub const EMAIL_BYTES_MAX: usize = 255;
/// Longest password accepted, in bytes: what bcrypt reads, so that a roll-back can verify it.
pub const PASSWORD_BYTES_MAX: usize = 72;
/// Largest request body, in bytes.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Deepest nesting of a JSON body.
pub const JSON_DEPTH_MAX: usize = 64;
/// Largest page that a list returns.
pub const PAGE_ITEMS_MAX: usize = 1_000;
/// The deadline of an ordinary request.
pub const REQUEST_SPAN: Duration = Duration::from_secs(2);
/// The deadline of a request that calls a provider, a hook or a breached-password service, and of
/// every request where GoTrue's defaults apply.
pub const REMOTE_REQUEST_SPAN: Duration = Duration::from_secs(10);
/// Longest time a password may wait for a hashing slot.
pub const HASH_QUEUE_SPAN: Duration = Duration::from_secs(5);
/// Passwords that may wait for a hashing slot.
pub const HASH_QUEUE_LENGTH_MAX: usize = 256;
/// Longest redirect target that is considered, in bytes.
pub const REDIRECT_URL_BYTES_MAX: usize = 8 * 1024;
/// Longest pattern of allowed redirect targets, in bytes.
pub const REDIRECT_PATTERN_BYTES_MAX: usize = 1024;
/// Longest mail template, in bytes.
pub const TEMPLATE_BYTES_MAX: usize = 256 * 1024;
/// Deepest nesting of blocks and parentheses in a mail template.
pub const TEMPLATE_DEPTH_MAX: usize = 100;
/// Most nodes that one rendering of a mail template may visit.
pub const TEMPLATE_STEPS_MAX: usize = 100_000;
/// Largest rendered part of a mail, in bytes.
pub const MAIL_PART_BYTES_MAX: usize = 1 << 20;
/// Longest subject of a mail, in bytes.
pub const MAIL_SUBJECT_BYTES_MAX: usize = 900;

const _: () = assert!(REQUEST_SPAN.as_millis() <= REMOTE_REQUEST_SPAN.as_millis());
const _: () = assert!(PASSWORD_BYTES_MAX < EMAIL_BYTES_MAX);
const _: () = assert!(BODY_BYTES_MAX >= 64 * 1024);
const _: () = assert!(TEMPLATE_BYTES_MAX <= MAIL_PART_BYTES_MAX);
