//! Properties of the generated tenants.

use super::*;
use shared::model::{Author, Event, EventIds};
use std::collections::{BTreeMap, BTreeSet};

fn plan() -> Plan {
    let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
    Plan { users: 200, interactions: 8_000, first, days: 31, bot: false, seed: 1 }
}

fn events(plan: &Plan) -> Vec<Event> {
    let now = time::start_of(NaiveDate::from_ymd_opt(2026, 1, 1).unwrap());
    let mut ids = EventIds::new(shared::crypto::sha256);
    plan.days().flat_map(|day| plan.day(day)).map(|event| event.check(now, &mut ids).expect("an event")).collect()
}

fn bytes(plan: &Plan) -> Vec<u8> {
    let lines = plan.days().flat_map(|day| plan.day(day)).map(|event| serde_json::to_string(&event).unwrap() + "\n");
    lines.collect::<String>().into_bytes()
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_every_machine_and_another_seed_others() {
    let hash = |plan: &Plan| hex::encode(shared::crypto::sha256(&bytes(plan)));
    assert_eq!(hash(&plan()), "bf622e6ff122d2315f5df2ea08ed4029ab2be6138e624902bdf3230b104034a3");
    assert_ne!(hash(&plan()), hash(&Plan { seed: 2, ..plan() }));
}

#[test]
fn a_plan_gives_its_number_of_events_each_on_its_day_in_the_order_of_time() {
    for interactions in [0, 1, 30, 8_000] {
        let plan = Plan { interactions, ..plan() };
        assert_eq!(events(&plan).len() as u64, interactions);
    }
    for day in plan().days() {
        let events = plan().day(day);
        assert!(events.iter().all(|event| event.date.as_ref().is_some_and(|date| date.starts_with(&day.to_string()))));
        assert!(events.is_sorted_by_key(|event| event.date.clone()));
    }
}

#[test]
fn the_chatbots_turns_are_added_and_change_no_other_event() {
    let (own, bot): (Vec<_>, Vec<_>) =
        events(&Plan { bot: true, ..plan() }).into_iter().partition(|event| event.interaction.author == Author::User);
    assert!(own == events(&plan()) && bot.len() == own.len());
}

#[test]
fn a_few_users_write_most_events_and_most_users_few() {
    let mut by_user: BTreeMap<_, usize> = BTreeMap::new();
    for event in events(&plan()) {
        *by_user.entry(event.user_id).or_default() += 1;
    }
    let mut counts: Vec<_> = by_user.into_values().collect();
    counts.sort_unstable();
    let top: usize = counts.iter().rev().take(20).sum();
    assert!(counts.len() > 150 && top > 8_000 / 3 && counts[counts.len() / 2] < 40, "{counts:?}");
}

#[test]
fn users_and_events_are_of_every_kind() {
    let events = events(&plan());
    let kinds: BTreeSet<_> = events.iter().map(|event| event.interaction.kind.as_str()).collect();
    assert_eq!(kinds.len(), 6, "{kinds:?}");
    let languages = events.iter().filter_map(|event| Some(event.snapshot.as_ref()?.browser_language.as_str()));
    assert_eq!(languages.collect::<BTreeSet<_>>().len(), 8);
    assert!(events.iter().any(|event| event.user_id.as_str().contains('#')));
    assert!(events.iter().any(|event| event.interaction.text.contains("👨‍👩‍👧")));
    assert!(events.iter().any(|event| event.interaction.text.len() > 5_000));
    let firsts = events.iter().filter(|event| event.interaction.kind == "chat_open");
    assert!(firsts.clone().count() > 500 && firsts.clone().all(|event| event.snapshot.is_some()));
}
