//! Sessions: how long people talk, and how what they say is given.

use crate::people::{Person, pick};
use crate::words::{EMOJI, Language};
use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Value, json};
use shared::model::{Author, EventShape, time};

/// The longest text has so many bytes, about.
const LONGEST: u32 = 12_000;

/// What was said, and when.
type StoredInteraction = (DateTime<Utc>, EventShape);

/// How many things a user says in a session: most say little, some talk on.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 2 and 52")]
pub(crate) fn turns(rng: &mut Rng) -> u64 {
    1 + (1.0 / (rng.f64() + 0.02)) as u64
}

/// A session of a user from an instant on; the chatbot answers each turn, if it is listened to.
pub(crate) fn session(
    rng: &mut Rng,
    person: &Person,
    begin: DateTime<Utc>,
    turns: u64,
    bot: bool,
) -> Vec<StoredInteraction> {
    let mut bots = rng.fork(); // whether the chatbot is listened to changes nothing of what users say
    let exact = rng.bool(); // some integrations keep whole seconds
    let mut at = begin;
    let mut said = Vec::new();
    for turn in 0..turns {
        if exact {
            at = time::from_seconds(at.timestamp()) + TimeDelta::microseconds(rng.i64(0..1_000_000));
        }
        let event = if turn == 0 { opened() } else { answer(rng, person.language) };
        let user = (turn == 0).then(|| person.snapshot());
        said.push((at, EventShape { user, ..whole(event, person, at) }));
        at += TimeDelta::seconds(rng.i64(0..5));
        if bot {
            let event = EventShape { author: Some(Author::Bot), ..asked(&mut bots, person.language) };
            said.push((at, whole(event, person, at)));
        }
        at += TimeDelta::seconds(rng.i64(0..60));
    }
    said
}

/// What all events of a user have.
fn whole(event: EventShape, person: &Person, at: DateTime<Utc>) -> EventShape {
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

fn opened() -> EventShape {
    event("chat_open", String::new(), json!({"value": ""}), "WELCOME")
}

/// What a user does next.
fn answer(rng: &mut Rng, language: &Language) -> EventShape {
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

/// What the chatbot says.
fn asked(rng: &mut Rng, language: &Language) -> EventShape {
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

/// A text of many lines; half of them are short, a few fill pages.
fn long_text(rng: &mut Rng, language: &Language) -> String {
    let length = LONGEST / rng.u32(1..80);
    let mut text = sentences(rng, language);
    while text.len() < length as usize {
        text.push_str(if rng.u32(0..5) == 0 { "\n\n" } else { " " });
        text.push_str(&sentences(rng, language));
    }
    text
}
