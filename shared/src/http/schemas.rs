//! The OpenAPI schemas of domain values that are written as one of a few words.

use crate::model::{Author, LinkStatus, Role, Scope, TokenKind};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Describes a type by its values, as serde writes them.
macro_rules! words {
    ($($Type:ident: $description:literal, $values:expr;)+) => {$(
        impl PartialSchema for $Type {
            fn schema() -> RefOr<Schema> {
                words($description, &$values)
            }
        }

        impl ToSchema for $Type {
            fn name() -> Cow<'static, str> {
                stringify!($Type).into()
            }
        }
    )+};
}

words! {
    Author: "`us` is the user, `them` the chatbot.", [Author::User, Author::Bot];
    LinkStatus: "Whether a link works, and if not, why not.",
        [LinkStatus::Live, LinkStatus::Revoked, LinkStatus::Expired, LinkStatus::UsedUp];
    Role: "The role of an account, which bounds the scopes of its tokens.", Role::ALL;
    Scope: "What a token may do.", Scope::ALL;
    TokenKind: "What a token is for: `api` for a program, `console` for the session of a person.", TokenKind::ALL;
}

fn words(description: &str, values: &[impl Serialize]) -> RefOr<Schema> {
    let words = values.iter().map(|value| serde_json::to_value(value).expect("a word serializes"));
    let schema = ObjectBuilder::new().schema_type(Type::String).description(Some(description));
    RefOr::T(schema.enum_values(Some(words)).build().into())
}
