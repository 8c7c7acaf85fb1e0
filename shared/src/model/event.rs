//! Events: interactions on their way in, with the user they belong to.

use super::{Author, Data, Interaction, Invalid, Snapshot, UserId, parse_date};
use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// The most bytes that one event may have as JSON (a DynamoDB item has at most 400 KB).
const MAX_BYTES: usize = 350 * 1024;
const MAX_ID: usize = 128;
/// How far ahead of the clock an event may be dated.
pub const MAX_CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

/// An interaction with its user, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Who it belongs to.
    pub user_id: UserId,
    /// What was said.
    pub interaction: Interaction,
    /// What was known of the user then.
    pub snapshot: Option<Snapshot>,
}

/// An event as JSON: one line of our NDJSON, one element of an array of events.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct EventShape {
    /// Unique for the user, author and microsecond; derived from the content when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The chatbot user.
    pub user_id: Option<Value>,
    /// `us` (the user, default) or `them` (the chatbot).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Author>,
    /// The kind of interaction.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// When it was said.
    pub date: Option<String>,
    /// What was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What else came with it: an object, or null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// OpenDialog's callback; it joins the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_id: Option<String>,
    /// The scenario it happened in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario_id: Option<String>,
    /// What was known of the user then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Snapshot>,
}

impl EventShape {
    /// Checks the event; `ids` makes an id where there is none.
    ///
    /// # Errors
    /// Field and sentence of everything that is wrong.
    pub fn check(self, now: DateTime<Utc>, ids: &mut EventIds) -> Result<Event, Vec<(&'static str, Invalid)>> {
        let mut wrong = Vec::new();
        let mut note = |field, rule: &'static str| wrong.push((field, Invalid::new(rule)));
        let too_large = serde_json::to_vec(&self).is_ok_and(|json| json.len() > MAX_BYTES);
        if too_large {
            note("event", "An event must not have more than 350 KB");
        }
        let user_id = match self.user_id {
            Some(Value::String(id)) => id.parse::<UserId>().ok(),
            _ => None,
        };
        if user_id.is_none() {
            note("user_id", "User id must be a string of 1 to 384 characters");
        }
        let date = self.date.as_deref().and_then(|date| parse_date(date).ok()).map(|(date, _)| date);
        match date {
            None => note("date", "The date is not a valid date"),
            Some(date) if date.timestamp() < 0 => note("date", "The date must not be before 1970"),
            Some(date) if date > now + MAX_CLOCK_SKEW => {
                note("date", "The date must be at most five minutes ahead");
            }
            Some(_) => {}
        }
        if self.kind.as_ref().is_none_or(|kind| kind.is_empty() || kind.chars().count() > 128) {
            note("type", "The type must be a string of 1 to 128 characters");
        }
        if self.id.as_ref().is_some_and(|id| id.is_empty() || id.len() > MAX_ID) {
            note("id", "The id must be a string of 1 to 128 bytes");
        }
        let mut object = match self.data {
            None | Some(Value::Null) => None,
            Some(Value::Object(given)) => Some(given),
            Some(Value::Array(items)) if items.is_empty() => Some(serde_json::Map::new()),
            Some(_) => {
                note("data", "The data must be an object");
                None
            }
        };
        if let Some(callback) = self.callback_id {
            object.get_or_insert_default().insert("callback_id".into(), callback.into());
        }
        let author = self.author.unwrap_or_default();
        // One that is refused keeps its place too, so that the others' ids stay when it is mended and sent again.
        let place = match (&user_id, date, &self.id) {
            (Some(user), Some(date), None) => ids.place(user, date, author),
            _ => 0,
        };
        let (Some(user_id), Some(date), Some(kind), true) = (user_id, date, self.kind, wrong.is_empty()) else {
            return Err(wrong);
        };
        let mut interaction = Interaction {
            date,
            id: String::new(),
            author,
            kind,
            text: self.text.unwrap_or_default(),
            data: object.as_ref().map(Data::of),
            scenario_id: self.scenario_id,
        };
        interaction.id = self.id.unwrap_or_else(|| derived_id(place, &interaction));
        Ok(Event { user_id, interaction, snapshot: self.user })
    }
}

/// Makes ids for the events of one request or file that have none.
///
/// An id is the event's place among those of the same user, second and author, then who said it, then a hash of the
/// content: `00010-9f86d081884c7d65`. Two honest "yes" in a second stay two, the order of the source is kept, the same
/// source read again gives the same ids, and an export with the chatbot's turns gives the user's turns the same ids as
/// one without them.
#[derive(Debug, Default)]
pub struct EventIds(HashMap<[u8; 16], u32>);

impl EventIds {
    /// The next place of a user's second.
    fn place(&mut self, user: &UserId, date: DateTime<Utc>, author: Author) -> u32 {
        let second = date.timestamp().to_string();
        let next = self.0.entry(hash(&[user.as_str(), &second, digit(author)])).or_default();
        *next += 1;
        *next - 1
    }
}

fn digit(author: Author) -> &'static str {
    match author {
        Author::User => "0",
        Author::Bot => "1",
    }
}

fn derived_id(place: u32, interaction: &Interaction) -> String {
    let data = interaction.data.as_ref().map(Data::as_str).unwrap_or_default();
    let content = hash(&[&interaction.kind, &interaction.text, data]);
    let content = u64::from_be_bytes(content[..8].try_into().unwrap_or_default());
    format!("{place:04}{}-{content:016x}", digit(interaction.author))
}

fn hash(parts: &[&str]) -> [u8; 16] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let mut short = [0; 16];
    short.copy_from_slice(&context.finish().as_ref()[..16]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: &str, ids: &mut EventIds) -> Result<Event, Vec<&'static str>> {
        let now = super::super::time::from_seconds(1_700_000_000);
        let shape: EventShape = serde_json::from_str(json).unwrap();
        shape.check(now, ids).map_err(|wrong| wrong.into_iter().map(|(field, _)| field).collect())
    }

    #[test]
    fn two_honest_yes_in_a_second_stay_two_and_reading_again_gives_the_same_ids() {
        let yes = r#"{"user_id":"ann","type":"text","date":"2022-09-21 08:19:33","text":"yes"}"#;
        let bot = r#"{"user_id":"ann","type":"text","date":"2022-09-21 08:19:33","text":"?","author":"them"}"#;
        let read = |lines: &[&str]| {
            let mut ids = EventIds::default();
            lines.iter().map(|line| event(line, &mut ids).unwrap().interaction.id).collect::<Vec<_>>()
        };
        let with_bot = read(&[yes, bot, yes]);
        assert_eq!(with_bot, read(&[yes, bot, yes]));
        assert!(with_bot.is_sorted() && with_bot[0] != with_bot[2]);
        assert_eq!([with_bot[0].clone(), with_bot[2].clone()], *read(&[yes, yes]));
        let mut ids = EventIds::default();
        assert_eq!(event(&yes.replace("text\"", "\""), &mut ids), Err(vec!["type"]));
        assert_eq!(event(yes, &mut ids).unwrap().interaction.id, with_bot[2], "what is refused keeps its place");
    }

    #[test]
    fn everything_wrong_with_an_event_is_named_at_once() {
        let json = r#"{"user_id":7,"type":"","date":"soon","data":[1],"id":""}"#;
        assert_eq!(event(json, &mut EventIds::default()), Err(vec!["user_id", "date", "type", "id", "data"]));
        let ahead = r#"{"user_id":"ann","type":"text","date":"2030-01-01"}"#;
        assert_eq!(event(ahead, &mut EventIds::default()), Err(vec!["date"]));
        let large =
            format!(r#"{{"user_id":"ann","type":"text","date":"2022-09-21","text":"{}"}}"#, "x".repeat(MAX_BYTES));
        assert_eq!(event(&large, &mut EventIds::default()), Err(vec!["event"]));
    }

    #[test]
    fn an_empty_php_array_is_an_empty_object() {
        let json = r#"{"user_id":"ann","type":"text","date":"2022-09-21","data":[]}"#;
        assert_eq!(
            event(json, &mut EventIds::default()).unwrap().interaction.data,
            Some(Data::of(&serde_json::Map::new()))
        );
    }
}
