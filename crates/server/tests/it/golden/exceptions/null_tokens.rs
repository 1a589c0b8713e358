//! What ours answers about the user whose row was written by hand with NULL token columns.

/// The user as read from the database, signed in at `$last`.
macro_rules! user {
    ($last:literal, $updated:literal, $identities:literal) => {
        concat!(
            r#"{"id":"77777777-7777-4777-8777-777777777777","aud":"authenticated","#,
            r#""role":"authenticated","email":"null@example.com","email_confirmed_at":"<time:901>","#,
            r#""phone":"","confirmed_at":"<time:901>","last_sign_in_at":"<time:"#,
            $last,
            r#">","app_metadata":{},"user_metadata":{},"identities":"#,
            $identities,
            r#","created_at":"<time:901>","updated_at":"<time:"#,
            $updated,
            r#">","is_anonymous":false}"#
        )
    };
}

/// The answer of a password sign-in that gives tokens and session of the number `$n`.
macro_rules! login {
    ($n:literal, $last:literal, $updated:literal) => {
        concat!(
            r#"{"status":200,"headers":{"content-type":"application/json","#,
            r#""sb-auth-refresh-token-prefix":"<first 5 of <token12:"#,
            $n,
            r#">>","sb-auth-session-id":"<uuid:"#,
            $n,
            r#">","sb-auth-user-id":"77777777-7777-4777-8777-777777777777","vary":"Origin"},"#,
            r#""body":{"access_token":"<jwt:"#,
            $n,
            r#">","token_type":"bearer","expires_in":3600,"expires_at":"<epoch>","#,
            r#""refresh_token":"<token12:"#,
            $n,
            r#">","user":"#,
            user!($last, $updated, "[]"),
            r#","weak_password":null}}"#
        )
    };
}

/// What is inside the access token of the session of the number `$n`.
macro_rules! claims {
    ($n:literal) => {
        concat!(
            r#"{"<jwt:"#,
            $n,
            r#">":{"header":{"alg":"HS256","typ":"JWT"},"claims":{"iss":"http://auth.example.test","#,
            r#""sub":"77777777-7777-4777-8777-777777777777","aud":"authenticated","exp":"<epoch>","#,
            r#""iat":"<epoch>","email":"null@example.com","phone":"","app_metadata":{},"#,
            r#""user_metadata":{},"role":"authenticated","aal":"aal1","#,
            r#""amr":[{"method":"password","timestamp":"<epoch>"}],"session_id":"<uuid:"#,
            $n,
            r#">","is_anonymous":false}}}"#
        )
    };
}

pub(super) const LOGIN_OLD: &str = login!(911, 911, 912);
pub(super) const CLAIMS_OLD: &str = claims!(911);
pub(super) const LOGIN_2024: &str = login!(921, 921, 922);
pub(super) const CLAIMS_2024: &str = claims!(921);

/// The list of all four users; the other three are compared elsewhere.
pub(super) const LIST: &str = concat!(
    r#"{"status":200,"headers":{"content-type":"application/json","#,
    r#""link":"</admin/users?page=1>; rel=\"last\"","vary":"Origin","x-total-count":"4"},"#,
    r#""body":{"users":["#,
    user!(921, 922, "null"),
    r#","<any>","<any>","<any>"],"aud":"authenticated"}}"#
);
