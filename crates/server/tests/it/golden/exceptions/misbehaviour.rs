//! Where the recorded server misbehaves and ours does not.

use super::{Exception, null_tokens, refused, refused_2024};

const RAW_ERROR: &str = "a raw database error names tables, keys and values; ours is the API's own";
const CLIENT_ERROR: &str = "a mistake of the client is no failure of the server";
const NULL_TOKENS: &str = "rows made by hand have NULL token columns; their people can sign in";

const GENERATED_HASH: &str = "the recorded hash is over the current address and verifies nothing";

const RESPONSE: &str = "/response";

const ALREADY_REGISTERED: Option<&str> =
    refused!(422, "user_already_exists", "User already registered");

/// The exceptions.
pub(super) const LIST: &[Exception] = &[
    Exception {
        file: "error_shapes",
        entry: "mail_limit_recover_unknown",
        reason: "an exhausted mail budget that refuses known addresses only tells who exists",
        ours: &[(
            RESPONSE,
            refused!(
                429,
                "over_email_send_rate_limit",
                "email rate limit exceeded"
            ),
        )],
    },
    Exception {
        file: "admin_users",
        entry: "create_duplicate_id",
        reason: RAW_ERROR,
        ours: &[(
            RESPONSE,
            refused!(
                422,
                "user_already_exists",
                "A user with this ID has already been registered"
            ),
        )],
    },
    Exception {
        file: "admin_users",
        entry: "update_email_taken",
        reason: RAW_ERROR,
        ours: &[(
            RESPONSE,
            refused!(
                422,
                "email_exists",
                "A user with this email address has already been registered"
            ),
        )],
    },
    Exception {
        file: "admin_users",
        entry: "update_phone_taken",
        reason: RAW_ERROR,
        ours: &[(
            RESPONSE,
            refused!(
                422,
                "phone_exists",
                "Phone number already registered by another user"
            ),
        )],
    },
    Exception {
        file: "admin_users",
        entry: "update_password_hash",
        reason: "the hash is stored, as documented; the recorded server takes it and forgets it",
        ours: &[("/response/body/updated_at", Some(r#""<time:901>""#))],
    },
    Exception {
        file: "admin_users",
        entry: "list_per_page_zero",
        reason: CLIENT_ERROR,
        ours: &[(
            RESPONSE,
            refused!(
                400,
                "validation_failed",
                "Bad Pagination Parameters: per_page must be at least 1"
            ),
        )],
    },
    Exception {
        file: "error_shapes",
        entry: "nul_in_metadata_old",
        reason: CLIENT_ERROR,
        ours: &[(
            RESPONSE,
            refused!(
                400,
                "validation_failed",
                "Text must not contain the NUL character"
            ),
        )],
    },
    Exception {
        file: "error_shapes",
        entry: "nul_in_metadata_2024",
        reason: CLIENT_ERROR,
        ours: &[(
            RESPONSE,
            refused_2024!(
                400,
                "validation_failed",
                "Text must not contain the NUL character"
            ),
        )],
    },
    Exception {
        file: "password_login",
        entry: "import_unknown_hash",
        reason: CLIENT_ERROR,
        ours: &[(
            RESPONSE,
            refused!(
                400,
                "validation_failed",
                "Password hash has an unsupported format"
            ),
        )],
    },
    Exception {
        file: "health_settings",
        entry: "prefix_not_served",
        reason: "clients ask under the prefix, which a gateway takes away before the real server",
        ours: &[(
            RESPONSE,
            Some(concat!(
                r#"{"status":200,"headers":{"content-type":"application/json","vary":"Origin"},"#,
                r#""body":{"version":"v2.196.0","name":"GoTrue","#,
                r#""description":"GoTrue is a user registration and authentication API"}}"#
            )),
        )],
    },
    Exception {
        file: "signup",
        entry: "pkce_bad_method",
        reason: "GET /authorize answers the same mistake with 400, and ours does so everywhere",
        ours: &[(
            RESPONSE,
            refused!(400, "validation_failed", "Invalid code_challenge_method"),
        )],
    },
    Exception {
        file: "error_shapes",
        entry: "null_token_columns_login_old",
        reason: NULL_TOKENS,
        ours: &[
            (RESPONSE, Some(null_tokens::LOGIN_OLD)),
            ("/decoded", Some(null_tokens::CLAIMS_OLD)),
        ],
    },
    Exception {
        file: "error_shapes",
        entry: "null_token_columns_login_2024",
        reason: NULL_TOKENS,
        ours: &[
            (RESPONSE, Some(null_tokens::LOGIN_2024)),
            ("/decoded", Some(null_tokens::CLAIMS_2024)),
        ],
    },
    Exception {
        file: "error_shapes",
        entry: "null_token_columns_admin_list_old",
        reason: NULL_TOKENS,
        ours: &[(RESPONSE, Some(null_tokens::LIST))],
    },
    Exception {
        file: "error_shapes",
        entry: "null_token_columns_admin_list_2024",
        reason: NULL_TOKENS,
        ours: &[(RESPONSE, Some(null_tokens::LIST))],
    },
    Exception {
        file: "invite_generate_link",
        entry: "link_email_change_new",
        reason: GENERATED_HASH,
        ours: &[("/response/body/hashed_token", Some(r#""<hex56:14>""#))],
    },
    Exception {
        file: "invite_generate_link",
        entry: "verify_email_change_new_returned_hash_fails",
        reason: "so does a hash that is spent, which takes its place: ours would not fail",
        ours: &[("/request/body/token_hash", Some(r#""<hex56:13>""#))],
    },
    Exception {
        file: "invite_generate_link",
        entry: "verify_email_change_new_by_code",
        reason: "the returned hash is as good as the code",
        ours: &[(
            "/request/body",
            Some(r#"{"type":"email_change","token_hash":"<hex56:14>"}"#),
        )],
    },
    Exception {
        file: "reuse_and_races",
        entry: "parallel_signup_same_email",
        reason: "one of them registers; the others are told so, whenever they come",
        ours: &[
            ("/responses/1", ALREADY_REGISTERED),
            ("/responses/2", ALREADY_REGISTERED),
            ("/responses/3", ALREADY_REGISTERED),
        ],
    },
];
