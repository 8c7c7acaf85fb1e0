//! Generated conversations: their length, and the events of their turns.

use crate::people::Person;
use crate::rng::pick;
use crate::vocabulary::{EMOJI, Language};
use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Value, json};
use shared::model::{Author, EventShape, time};

/// Approximate length of the longest text, in bytes.
const LONGEST: u32 = 12_000;

/// An event and its date.
type DatedEvent = (DateTime<Utc>, EventShape);

/// The number of turns of a user in a conversation: between 1 and 51, mostly few.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 51")]
pub(crate) fn turns(rng: &mut Rng) -> u64 {
    1 + (1.0 / (rng.f64() + 0.02)) as u64
}

/// A conversation of a user from an instant on, with the chatbot's answers if `bot`.
pub(crate) fn session(rng: &mut Rng, person: &Person, begin: DateTime<Utc>, turns: u64, bot: bool) -> Vec<DatedEvent> {
    let mut bot_rng = rng.fork(); // so that the users' turns do not depend on `bot`
    let exact = rng.bool(); // some integrations store whole seconds
    let mut at = begin;
    let mut events = Vec::new();
    for turn in 0..turns {
        if exact {
            at = time::from_seconds(at.timestamp()) + TimeDelta::microseconds(rng.i64(0..1_000_000));
        }
        let event = if turn == 0 { chat_open() } else { user_turn(rng, person.language) };
        let user = (turn == 0).then(|| person.snapshot());
        events.push((at, EventShape { user, ..complete(event, person, at) }));
        at += TimeDelta::seconds(rng.i64(0..5));
        if bot {
            let event = EventShape { author: Some(Author::Bot), ..bot_turn(&mut bot_rng, person.language) };
            events.push((at, complete(event, person, at)));
        }
        at += TimeDelta::seconds(rng.i64(0..60));
    }
    events
}

/// Adds user, date and scenario to an event.
fn complete(event: EventShape, person: &Person, at: DateTime<Utc>) -> EventShape {
    EventShape {
        user_id: Some(person.id.as_str().into()),
        date: Some(time::format(at)),
        scenario_id: Some(person.scenario.to_owned()),
        ..event
    }
}

fn event(kind: &str, text: String, data: Value, callback: &str) -> EventShape {
    EventShape {
        kind: Some(kind.to_owned()),
        text: Some(text),
        data: Some(data),
        callback_id: Some(callback.to_owned()),
        ..EventShape::default()
    }
}

fn chat_open() -> EventShape {
    event("chat_open", String::new(), json!({"value": ""}), "WELCOME")
}

/// A turn of the user after the first.
fn user_turn(rng: &mut Rng, language: &Language) -> EventShape {
    match rng.u32(0..100) {
        0..58 => event("text", sentences(rng, language), json!({"value": ""}), ""),
        58..84 => {
            let button = pick(rng, language.buttons);
            event("button_response", button.to_owned(), json!({"value": button}), "intent.app.choose")
        }
        84..91 => event("form_response", String::new(), form(rng, language), "intent.app.claim"),
        91..97 => event("longtext_response", long_text(rng, language), json!({"value": ""}), "intent.app.tell"),
        _ => event("trigger", String::new(), json!({"value": "timer"}), "intent.app.nudge"),
    }
}

/// A turn of the chatbot.
fn bot_turn(rng: &mut Rng, language: &Language) -> EventShape {
    let buttons: Vec<_> =
        language.buttons.iter().map(|text| json!({"text": text, "callback_id": "intent.app.choose"})).collect();
    let data = if rng.bool() { json!({"buttons": buttons}) } else { json!({"disable_text": false}) };
    EventShape { callback_id: None, ..event("text", sentences(rng, language), data, "") }
}

fn form(rng: &mut Rng, language: &Language) -> Value {
    let day = format!("2024-{:02}-{:02}", rng.u32(1..13), rng.u32(1..29));
    let cents = rng.u32(100..2_000_000);
    json!({"value": "", "form_values": {"what": pick(rng, language.phrases), "day": day,
        "amount": f64::from(cents) / 100.0, "witness": rng.bool(), "photos": ["a.jpg", "b.jpg"]}})
}

fn sentences(rng: &mut Rng, language: &Language) -> String {
    let mut text = pick(rng, language.phrases).to_owned();
    for _ in 0..rng.u32(0..3) {
        text = format!("{text} {}", pick(rng, language.phrases));
    }
    if rng.u32(0..4) == 0 {
        text = format!("{text} {}", pick(rng, &EMOJI));
    }
    text
}

/// A text of many lines: half of the texts are short, a few fill pages.
fn long_text(rng: &mut Rng, language: &Language) -> String {
    let length = LONGEST / rng.u32(1..80);
    let mut text = sentences(rng, language);
    while text.len() < length as usize {
        text.push_str(if rng.u32(0..5) == 0 { "\n\n" } else { " " });
        text.push_str(&sentences(rng, language));
    }
    text
}
