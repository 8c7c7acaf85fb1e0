//! The chatbot's data about a user at the time of an interaction: OpenDialog's `chatbot_user_data`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The data about a user, as OpenDialog's webchat sends it and its exports contain it. Unset fields are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// Given name.
    #[serde(deserialize_with = "text")]
    pub first_name: String,
    /// Family name.
    #[serde(deserialize_with = "text")]
    pub last_name: String,
    /// Mail address.
    #[serde(deserialize_with = "text")]
    pub email: String,
    /// The integrator's own id of the user.
    #[serde(deserialize_with = "text")]
    pub external_id: String,
    /// Network address.
    #[serde(deserialize_with = "text", alias = "ipAddress")]
    pub ip_address: String,
    /// Country.
    #[serde(deserialize_with = "text")]
    pub country: String,
    /// Language of the browser.
    #[serde(deserialize_with = "text", alias = "browserLanguage")]
    pub browser_language: String,
    /// Operating system.
    #[serde(deserialize_with = "text")]
    pub os: String,
    /// Browser.
    #[serde(deserialize_with = "text")]
    pub browser: String,
    /// Time zone.
    #[serde(deserialize_with = "text")]
    pub timezone: String,
    /// The platform of the webchat. Filters read it; responses omit it.
    #[serde(deserialize_with = "text", skip_serializing_if = "String::is_empty")]
    pub platform: String,
    /// Everything else, including `selected_scenario`.
    #[serde(deserialize_with = "object")]
    pub custom: Map<String, Value>,
}

impl Snapshot {
    /// The scenario that the user talked to, if known.
    #[must_use]
    pub fn selected_scenario(&self) -> Option<&str> {
        self.custom.get("selected_scenario").and_then(Value::as_str)
    }

    /// The names of the fields, besides those of `custom`, which are `custom.` and their name.
    pub const FIELDS: [&'static str; 11] = [
        "first_name",
        "last_name",
        "email",
        "external_id",
        "ip_address",
        "country",
        "browser_language",
        "os",
        "browser",
        "timezone",
        "platform",
    ];

    /// Whether a text is the name of a field: one of [`FIELDS`](Self::FIELDS), or `custom.` and any name.
    #[must_use]
    pub fn is_field(name: &str) -> bool {
        Self::FIELDS.contains(&name) || name.strip_prefix("custom.").is_some_and(|custom| !custom.is_empty())
    }

    /// The text of a field; empty if it is not set. What is not text in `custom` is JSON.
    ///
    /// ```
    /// use shared::model::Snapshot;
    ///
    /// let snapshot: Snapshot = serde_json::from_str(r#"{"email": "ann@example.com", "custom": {"plan": "gold"}}"#).unwrap();
    /// assert_eq!(snapshot.field("email"), "ann@example.com");
    /// assert_eq!(snapshot.field("custom.plan"), "gold");
    /// assert_eq!(snapshot.field("country"), "");
    /// ```
    #[must_use]
    pub fn field(&self, name: &str) -> String {
        match name {
            "first_name" => self.first_name.clone(),
            "last_name" => self.last_name.clone(),
            "email" => self.email.clone(),
            "external_id" => self.external_id.clone(),
            "ip_address" => self.ip_address.clone(),
            "country" => self.country.clone(),
            "browser_language" => self.browser_language.clone(),
            "os" => self.os.clone(),
            "browser" => self.browser.clone(),
            "timezone" => self.timezone.clone(),
            "platform" => self.platform.clone(),
            _ => match name.strip_prefix("custom.").and_then(|custom| self.custom.get(custom)) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            },
        }
    }

    /// Given and family name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

fn text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Value::deserialize(from).map(lenient_text)
}

/// The text of a JSON value. OpenDialog's exports and widgets may have null, a number or a boolean instead of text.
#[must_use]
pub fn lenient_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// Reads an object. PHP writes an empty one as `[]`.
fn object<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Map<String, Value>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Object(object) => object,
        _ => Map::new(),
    })
}
