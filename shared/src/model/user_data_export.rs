//! The parser of OpenDialog's `user-data-export` JSON.

use crate::model::attributes::{AttributeValue, Attributes, Scalar};
use crate::model::event::EventShape;
use crate::model::interaction::Author;
use crate::model::invalid::Invalid;
use crate::model::number::{ALTERED, altered_numbers};
use crate::model::snapshot::Snapshot;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A response of OpenDialog's `GET /public/api/user-data-export?exportType=json`.
#[derive(Debug)]
pub struct UserDataExport {
    /// The users, in the order of the file.
    pub users: Vec<ExportedUser>,
    /// The position of this page among the others; `None` if a file has none.
    pub pagination: Option<Pagination>,
}

/// OpenDialog's `meta.pagination`, as far as a reader needs it to know that it has read everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// The number of the last page.
    pub last_page: u64,
    /// The number of users on all pages.
    pub total: u64,
}

/// A user of an export.
#[derive(Debug)]
pub struct ExportedUser {
    /// The user's id.
    pub user_id: String,
    /// The user's attributes that have scalar values.
    pub attributes: Attributes,
    /// The interactions of both authors, not yet checked, each with the user's snapshot.
    pub events: Vec<Result<EventShape, Invalid>>,
}

#[derive(Deserialize)]
struct File {
    data: Vec<BTreeMap<String, UserShape>>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
struct Meta {
    pagination: Option<Pagination>,
}

#[derive(Deserialize)]
struct UserShape {
    #[serde(default)]
    chatbot_user_data: Snapshot,
    #[serde(default)]
    user_attributes: Vec<AttributeShape>,
    #[serde(default)]
    interactions: Vec<InteractionShape>,
}

#[derive(Deserialize)]
struct AttributeShape {
    name: String,
    #[serde(default)]
    value: ValueShape,
}

#[derive(Default, Deserialize)]
struct ValueShape {
    scalar_value: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct InteractionShape {
    #[serde(default)]
    author: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    date: Option<String>,
    #[serde(default)]
    text: Option<String>,
    data: Option<Box<RawValue>>,
    request: Option<Box<RawValue>>,
    response: Option<Box<RawValue>>,
}

impl UserDataExport {
    /// Parses an export.
    ///
    /// # Errors
    /// Returns [`Invalid`] with line and column if the text is not JSON of this shape.
    pub fn parse(json: &[u8]) -> Result<Self, Invalid> {
        let file: File = serde_json::from_slice(json).map_err(|error| {
            // The message of serde_json may quote the content, which is personal data.
            let (line, column) = (error.line(), error.column());
            Invalid::new(format!(
                "is not an OpenDialog user-data-export: it stops making sense at line {line} column {column}"
            ))
        })?;
        let users = file.data.into_iter().flatten().map(|(user_id, user)| user.into_user(user_id)).collect();
        Ok(Self { users, pagination: file.meta.pagination })
    }
}

impl UserShape {
    fn into_user(self, user_id: String) -> ExportedUser {
        let attributes = self.user_attributes.into_iter().filter_map(|attribute| {
            let value = attribute
                .value
                .scalar_value
                .map_or(Value::Null, |text| value(&text).unwrap_or_else(|_| text.get().into()));
            let scalar: Scalar = value.try_into().ok()?;
            Some((attribute.name, AttributeValue::One(scalar)))
        });
        let event = |interaction: InteractionShape| {
            Ok(EventShape {
                user_id: Some(user_id.clone().into()),
                author: Some(if interaction.author == "them" { Author::Bot } else { Author::User }),
                kind: interaction.kind,
                date: interaction.date,
                text: interaction.text,
                data: interaction.data.as_deref().map(value).transpose()?,
                request: interaction.request.as_deref().map(value).transpose()?,
                response: interaction.response.as_deref().map(value).transpose()?,
                user: Some(self.chatbot_user_data.clone()),
                ..EventShape::default()
            })
        };
        ExportedUser {
            attributes: Attributes::of(attributes),
            events: self.interactions.into_iter().map(event).collect(),
            user_id,
        }
    }
}

/// The value of a JSON text.
///
/// # Errors
/// Returns [`Invalid`] if it has a number whose digits cannot be kept.
fn value(text: &RawValue) -> Result<Value, Invalid> {
    let value = serde_json::from_str(text.get()).ok();
    value.filter(|_| altered_numbers(text.get().as_bytes(), 1).is_empty()).ok_or(Invalid::new(ALTERED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_too_many_digits_is_refused_in_data_and_kept_as_text_in_an_attribute() {
        let json = br#"{"data":[{"ann":{
            "user_attributes":[{"name":"order","value":{"scalar_value":12345678901234567890123}}],
            "interactions":[{"author":"us","data":{"n":12345678901234567890123}}, {"author":"us","data":{"n":1}}]}}]}"#;
        let user = UserDataExport::parse(json).unwrap().users.remove(0);
        assert_eq!(user.events.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true]);
        assert!(user.attributes.iter().eq([("order", &Value::from("12345678901234567890123"))]));
    }

    #[test]
    fn an_opendialog_export_is_parsed_with_the_interactions_of_both_authors() {
        let json = br#"{"data":[{"ann":{"chatbot_user_data":{"first_name":"Ann","email":null,"custom":[]},
            "user_attributes":[{"name":"age","type":"attribute.core.int","value":{"scalar_value":41}},
                               {"name":"tags","type":"attribute.core.array","value":{"scalar_value":[1]}}],
            "interactions":[{"author":"us","type":"text","date":"2022-09-21T08:19:33.000000Z","text":"hello","data":[]},
                            {"author":"them","type":"text","date":"2022-09-21T08:19:34.000000Z","text":"hi","data":null}]}}],
            "meta":{"pagination":{"total":1,"lastPage":1,"currentPage":1}}}"#;
        let mut export = UserDataExport::parse(json).unwrap();
        assert_eq!(export.pagination, Some(Pagination { last_page: 1, total: 1 }));
        let user = export.users.remove(0);
        assert_eq!(user.user_id, "ann");
        assert_eq!(user.attributes.len(), 1);
        assert_eq!(
            user.events.iter().map(|event| event.as_ref().unwrap().author).collect::<Vec<_>>(),
            [Some(Author::User), Some(Author::Bot)]
        );
        assert_eq!(user.events[0].as_ref().unwrap().user.as_ref().unwrap().first_name, "Ann");
        assert!(UserDataExport::parse(b"{}").unwrap_err().to_string().contains("line 1"));
    }
}
