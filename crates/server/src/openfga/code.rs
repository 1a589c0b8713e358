//! The codes of OpenFGA's errors: their names, numbers and statuses.

use axum::http::StatusCode;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal $name:literal;)*) => {
        /// Why a request failed, as clients tell it apart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Every code, in the order of the numbers.
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in the body.
            pub(super) const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The number in OpenFGA's protocol, whose range gives the status.
            pub(super) const fn number(self) -> u16 {
                match self {
                    $(Self::$variant => $number,)*
                }
            }
        }
    };
}

codes! {
    BearerTokenMissing = 1010 "bearer_token_missing";
    Unauthenticated = 1500 "unauthenticated";
    ValidationError = 2000 "validation_error";
    ModelNotFound = 2001 "authorization_model_not_found";
    TooComplex = 2002 "authorization_model_resolution_too_complex";
    InvalidWriteInput = 2003 "invalid_write_input";
    DuplicateTuples = 2004 "cannot_allow_duplicate_tuples_in_one_request";
    InvalidContinuationToken = 2007 "invalid_continuation_token";
    InvalidExpandInput = 2010 "invalid_expand_input";
    WriteFailed = 2017 "write_failed_due_to_invalid_input";
    LatestModelNotFound = 2020 "latest_authorization_model_not_found";
    TypeNotFound = 2021 "type_not_found";
    RelationNotFound = 2022 "relation_not_found";
    InvalidTuple = 2027 "invalid_tuple";
    StoreIdInvalidLength = 2030 "store_id_invalid_length";
    AssertionsTooManyItems = 2033 "assertions_too_many_items";
    IdTooLong = 2034 "id_too_long";
    ModelIdTooLong = 2036 "authorization_model_id_too_long";
    TupleKeyNotSpecified = 2037 "tuple_key_value_not_specified";
    TupleKeysTooManyOrTooFew = 2038 "tuple_keys_too_many_or_too_few_items";
    PageSizeInvalid = 2039 "page_size_invalid";
    DifferenceBaseMissing = 2041 "difference_base_missing_value";
    SubtractBaseMissing = 2042 "subtract_base_missing_value";
    ObjectTooLong = 2043 "object_too_long";
    RelationTooLong = 2044 "relation_too_long";
    TypeDefinitionsTooFew = 2045 "type_definitions_too_few_items";
    TypeInvalidLength = 2046 "type_invalid_length";
    TypeInvalidPattern = 2047 "type_invalid_pattern";
    RelationsTooLong = 2049 "relations_too_long";
    RelationsInvalidPattern = 2050 "relations_invalid_pattern";
    TypeTokenMismatch = 2052 "query_string_type_continuation_token_mismatch";
    ExceededEntityLimit = 2053 "exceeded_entity_limit";
    InvalidModel = 2056 "invalid_authorization_model";
    InvalidStartTime = 2059 "invalid_start_time";
    InternalError = 4000 "internal_error";
    DeadlineExceeded = 4004 "deadline_exceeded";
    UndefinedEndpoint = 5000 "undefined_endpoint";
    StoreIdNotFound = 5002 "store_id_not_found";
    Unimplemented = 5004 "unimplemented";
}

impl Code {
    /// The status of the code's range: whoever is not authenticated is told so, even where
    /// forbidden would be the better word.
    pub(super) const fn status(self) -> StatusCode {
        match self.number() {
            1000..2000 => StatusCode::UNAUTHORIZED,
            2000..3500 => StatusCode::BAD_REQUEST,
            3500..4000 => StatusCode::UNPROCESSABLE_ENTITY,
            5000.. => StatusCode::NOT_FOUND,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The code of a field that breaks a rule, by the field's name and how the reason begins.
    /// What is not in OpenFGA's table is a `validation_error`.
    ///
    /// Of that table, some rows are met by no request: 2030, 2034, 2036, 2046 and 2049 are for
    /// lengths of fields that a pattern is asked of first, and 2038 is for a count that no rule
    /// limits. They stand here so that the table is whole. Of OpenFGA's other codes these are not
    /// there at all, since nothing brings them about: 1600 (whoever has a good key may do all),
    /// 2018 (a model without assertions has an empty list of them), 2057 (a schema version of
    /// another name is 2000 or 2056), 2058 (whoever hung up is told nothing) and 3500 (nothing is
    /// throttled).
    pub(super) fn of_violation(field: &str, reason: &str) -> Self {
        let is = |start: &str| reason.starts_with(start);
        let is_too_long = is("value length must be at most");
        let is_no_match = is("value does not match regex pattern");
        match field {
            "Assertions" if is("value must contain no more than") => Self::AssertionsTooManyItems,
            "AuthorizationModelId" if is_too_long => Self::ModelIdTooLong,
            "Base" if is("value is required") => Self::DifferenceBaseMissing,
            "Id" if is_too_long => Self::IdTooLong,
            "Object" if is_too_long => Self::ObjectTooLong,
            "PageSize" if is("value must be inside range") => Self::PageSizeInvalid,
            "Relation" if is_too_long => Self::RelationTooLong,
            "Subtract" if is("value is required") => Self::SubtractBaseMissing,
            "StoreId" if is("value length must be") => Self::StoreIdInvalidLength,
            "TupleKey" if is("value is required") => Self::TupleKeyNotSpecified,
            "TupleKeys" if is("value must contain between") => Self::TupleKeysTooManyOrTooFew,
            "Type" if is("value length must be at") => Self::TypeInvalidLength,
            "Type" if is_no_match => Self::TypeInvalidPattern,
            "TypeDefinitions" if is("value must contain at least") => Self::TypeDefinitionsTooFew,
            _ if field.starts_with("Relations[") && is_too_long => Self::RelationsTooLong,
            _ if field.starts_with("Relations[") && is_no_match => Self::RelationsInvalidPattern,
            _ => Self::ValidationError,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_and_their_range_gives_the_status() {
        assert!(Code::ALL.is_sorted_by_key(|code| code.number()));
        for code in Code::ALL {
            let status = match code.number() / 1000 {
                1 => 401,
                2 => 400,
                4 => 500,
                5 => 404,
                other => panic!("{other}"),
            };
            assert_eq!(code.status(), status, "{}", code.name());
        }
    }

    #[test]
    fn a_broken_rule_has_the_code_of_its_field_and_reason() {
        for (field, reason, code) in [
            ("PageSize", "value must be inside range [1, 100]", 2039),
            ("PageSize", "value is required", 2000),
            ("Object", "value does not match regex pattern \"x\"", 2000),
            ("Object", "value length must be at most 256 bytes", 2043),
            ("Relation", "value length must be at most 50 bytes", 2044),
            ("Relation", "value does not match regex pattern \"x\"", 2000),
            ("TupleKey", "value is required", 2037),
            ("TupleKeys", "value must contain at least 1 item(s)", 2000),
            (
                "TupleKeys",
                "value must contain between 1 and 2 items",
                2038,
            ),
            ("Type", "value does not match regex pattern \"x\"", 2047),
            ("Type", "value length must be at least 1 bytes", 2046),
            (
                "TypeDefinitions",
                "value must contain at least 1 item(s)",
                2045,
            ),
            (
                "Relations[a b]",
                "value does not match regex pattern \"x\"",
                2050,
            ),
            (
                "Relations[aa]",
                "value length must be at most 50 runes",
                2049,
            ),
            (
                "Assertions",
                "value must contain no more than 100 item(s)",
                2033,
            ),
            (
                "AuthorizationModelId",
                "value length must be at most 26 runes",
                2036,
            ),
            (
                "AuthorizationModelId",
                "value does not match regex pattern \"x\"",
                2000,
            ),
            ("Id", "value length must be at most 26 runes", 2034),
            ("StoreId", "value length must be 26 runes", 2030),
            ("StoreId", "value does not match regex pattern \"x\"", 2000),
            ("Base", "value is required", 2041),
            ("Subtract", "value is required", 2042),
            ("Name", "value does not match regex pattern \"x\"", 2000),
        ] {
            let found = Code::of_violation(field, reason);
            assert_eq!(found.number(), code, "{field}: {reason}");
        }
    }
}
