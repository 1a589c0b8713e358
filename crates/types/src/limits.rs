//! The fixed limits that several crates share, with the relations between them asserted.

use std::time::Duration;

/// Longest e-mail address accepted, in bytes (the width of `auth.users.email`).
pub const EMAIL_BYTES_MAX: usize = 255;
/// Longest e-mail address of the account API, in bytes (RFC 5321, erratum 1690).
pub const ACCOUNT_EMAIL_BYTES_MAX: usize = 254;
/// Longest password accepted, in bytes: what bcrypt reads, so that a roll-back can verify it.
pub const PASSWORD_BYTES_MAX: usize = 72;
/// Longest new password of the account API, in characters; its bytes are limited as well.
pub const PASSWORD_CHARACTERS_MAX: usize = 128;
/// Longest full name of a profile, in characters.
pub const FULL_NAME_CHARACTERS_MAX: usize = 100;
/// Longest address of a profile's picture, in bytes.
pub const AVATAR_URL_BYTES_MAX: usize = 2_048;
/// Largest request body, in bytes.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Deepest nesting of a JSON body.
pub const JSON_DEPTH_MAX: usize = 64;
/// Most values in a JSON body, lists and objects included: each takes many times the two bytes in
/// memory that it may be written in.
pub const JSON_VALUES_MAX: usize = 50_000;
/// Most values in a JSON body of the authorization API, where the largest batch, of fifty checks
/// with a hundred tuples and their conditions each, has more than other bodies may.
pub const CHECKS_VALUES_MAX: usize = 100_000;
/// Most pairs of a query or of a form.
pub const FORM_PAIRS_MAX: usize = 1_000;
/// Most fields in a body of the account API, of which no request has more than ten.
pub const BODY_FIELDS_MAX: usize = 64;
/// Most faults of a body's fields that are told at once.
pub const FIELD_FAULTS_MAX: usize = 32;
/// Longest text in most columns of GoTrue's tables, in characters.
pub const TEXT_COLUMN_CHARACTERS_MAX: usize = 255;
/// Longest text that lists can be searched for, in characters.
pub const SEARCH_CHARACTERS_MAX: usize = 255;
/// Largest page that a list returns.
pub const PAGE_ITEMS_MAX: usize = 1_000;
/// Longest span that can be configured: a hundred years, which can still be added to any time.
pub const SETTING_SPAN_MAX: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
/// The deadline of an ordinary request.
pub const REQUEST_SPAN: Duration = Duration::from_secs(2);
/// Default deadline of a deletion, which takes along all that hangs on what goes, in one
/// transaction.
pub const DELETION_SPAN: Duration = Duration::from_secs(30);
/// The deadline of a check of a permission.
pub const CHECK_SPAN: Duration = Duration::from_millis(500);
/// The deadline of a list of objects or users.
pub const LIST_SPAN: Duration = Duration::from_secs(3);
/// Longest time a password may wait for a hashing slot.
pub const HASH_QUEUE_SPAN: Duration = Duration::from_secs(5);
/// By how much hashing threads give way to all others (`nice(2)`): a tenth of their weight.
pub const HASH_NICENESS: i32 = 10;
/// Passwords that may wait for a hashing slot.
pub const HASH_QUEUE_LENGTH_MAX: usize = 256;
/// How long an idle hashing thread keeps its memory.
pub const HASH_IDLE_SPAN: Duration = Duration::from_secs(10);
/// Longest password that is compared at all, in bytes. Imported hashes may be of passwords longer
/// than [`PASSWORD_BYTES_MAX`]; a megabyte is never hashed.
pub const PASSWORD_INPUT_BYTES_MAX: usize = 1024;
/// Longest password hash accepted, in bytes (the width of `auth.users.encrypted_password`).
pub const PASSWORD_HASH_BYTES_MAX: usize = 255;
/// Most memory of an Argon2 hash, in KiB: libsodium's "moderate" setting, 13 default hashes.
pub const ARGON2_MEMORY_KIB_MAX: u32 = 256 * 1024;
/// Most work of an Argon2 hash, memory in KiB times passes: 27 default hashes, up to a second
/// of a slow core, so that a hash that is accepted can be verified within [`REQUEST_SPAN`].
pub const ARGON2_WORK_MAX: u64 = 1 << 20;
/// Most passes and most lanes of an Argon2 hash, as GoTrue limits them.
pub const ARGON2_PASSES_MAX: u32 = 20;
/// See [`ARGON2_PASSES_MAX`].
pub const ARGON2_LANES_MAX: u32 = 16;
/// Highest cost of a bcrypt hash: 14 takes about a second, 15 may outlive [`REQUEST_SPAN`].
pub const BCRYPT_COST_MAX: u32 = 14;
/// Most work of an scrypt hash, `N * r * p`: 8 times what Firebase uses at most, and 128 MiB.
pub const SCRYPT_WORK_MAX: u64 = 1 << 20;
/// Most memory, in KiB, of hashes that may run side by side; of those that need more one runs at a
/// time, so that imported hashes cannot fill the machine's memory.
pub const HASH_MEMORY_SHARED_KIB_MAX: u32 = 64 * 1024;
/// Most metadata of a user, both kinds together as JSON, in bytes: access tokens carry them, and
/// one must stay below [`TOKEN_BYTES_MAX`].
pub const METADATA_BYTES_MAX: usize = 45_000;
/// Longest access token that is looked at, in bytes.
pub const TOKEN_BYTES_MAX: usize = 64 * 1024;
/// Shortest secret for HMAC signatures, in bytes (RFC 7518 section 3.2).
pub const JWT_SECRET_BYTES_MIN: usize = 32;

/// How long an answer about a legacy API key is remembered, and by that how often it is verified.
pub const API_KEY_SPAN: Duration = Duration::from_mins(5);
/// Legacy API keys that are remembered, of good and of bad ones each.
pub const API_KEYS_REMEMBERED_MAX: usize = 1_024;
/// Access tokens whose signature is remembered as good: those of 50,000 users who are busy at once,
/// in some 5 MB.
pub const SIGNATURES_REMEMBERED_MAX: usize = 50_000;
/// How long a sign-in that ends in a code may take; for a magic link, counted from its code.
pub const FLOW_SPAN: Duration = Duration::from_mins(5);
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

const _: () = assert!(PASSWORD_BYTES_MAX < EMAIL_BYTES_MAX);
const _: () = assert!(ACCOUNT_EMAIL_BYTES_MAX <= EMAIL_BYTES_MAX);
const _: () = assert!(PASSWORD_BYTES_MAX <= PASSWORD_CHARACTERS_MAX);
const _: () = assert!(BODY_BYTES_MAX >= 64 * 1024);
const _: () = assert!(PASSWORD_BYTES_MAX <= PASSWORD_INPUT_BYTES_MAX);
const _: () = assert!(FIELD_FAULTS_MAX <= BODY_FIELDS_MAX);
const _: () = assert!(METADATA_BYTES_MAX <= JSON_VALUES_MAX);
const _: () = assert!(HASH_MEMORY_SHARED_KIB_MAX <= ARGON2_MEMORY_KIB_MAX);
const _: () = assert!(TOKEN_BYTES_MAX < BODY_BYTES_MAX);
const _: () = assert!(CHECKS_VALUES_MAX >= JSON_VALUES_MAX);
