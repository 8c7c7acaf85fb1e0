//! Generated users and their snapshots.

use crate::rng::{mix, pick};
use crate::vocabulary::{LANGUAGES, Language};
use fastrand::Rng;
use serde_json::{Map, Value};
use shared::model::Snapshot;

const FIRST_NAMES: [&str; 16] = [
    "Ann",
    "Ben",
    "Zoë",
    "Søren",
    "Łucja",
    "José",
    "Mária",
    "İpek",
    "Đorđe",
    "أمل",
    "さくら",
    "Priya",
    "Chloé",
    "Jürgen",
    "Nuño",
    "Óscar",
];
const LAST_NAMES: [&str; 12] = [
    "Gruber",
    "O’Neill",
    "Núñez",
    "Müller-Lüdenscheidt",
    "de la Cruz",
    "Şahin",
    "Wójcik",
    "الخطيب",
    "田中",
    "Sharma",
    "Ångström",
    "Smith",
];
const BROWSERS: [&str; 5] = ["Chrome 118", "Firefox 119", "Safari 17", "Edge 118", "Samsung Internet 23"];
const SYSTEMS: [&str; 5] = ["Windows 11", "Android 14", "iOS 17", "macOS 14", "Linux"];
/// The ids of the scenarios.
const SCENARIOS: [&str; 3] = ["0x420", "0x421", "0x9c1"];

/// A generated user.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) language: &'static Language,
    pub(crate) scenario: &'static str,
    number: u64,
    seed: u64,
}

impl Person {
    /// The user of a number. The same number gives the same user.
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        let own = mix(seed, !number);
        let mut rng = Rng::with_seed(own);
        let id = match rng.u32(0..100) {
            0..55 => format!(
                "{:08x}-{:04x}-4{:03x}-a{:03x}-{number:012x}",
                rng.u32(..),
                rng.u16(..),
                rng.u16(0..4096),
                rng.u16(0..4096)
            ),
            55..80 => format!("crm-{:07}", number * 37 + 11),
            80..94 => format!("{}.{number}@example.com", pick(&mut rng, &["ann", "ben", "j.smith", "info", "zoe"])),
            // An id may be any Unicode, for example with the `#` that separates the parts of keys.
            94..97 => format!("{}#{number}", pick(&mut rng, &FIRST_NAMES)),
            97..99 => format!("branch/{}/{number}", pick(&mut rng, &LAST_NAMES)),
            _ => format!("👩‍💻 {} {number}", pick(&mut rng, &LAST_NAMES)),
        };
        let language = &LANGUAGES[rng.usize(0..LANGUAGES.len())];
        Self { id, language, scenario: pick(&mut rng, &SCENARIOS), number, seed: own }
    }

    /// The chatbot's data about the user.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut rng = Rng::with_seed(mix(self.seed, 1));
        let known = rng.u32(0..10) < 7; // the others are anonymous visitors
        let text = |text: &str| if known { text.to_owned() } else { String::new() };
        let mut custom = Map::from_iter([("selected_scenario".to_owned(), Value::from(self.scenario))]);
        if rng.u32(0..10) < 3 {
            custom.insert("policy_number".to_owned(), format!("P-{:05}", rng.u32(0..100_000)).into());
            custom.insert("claims".to_owned(), rng.u32(0..5).into());
        }
        Snapshot {
            first_name: text(pick(&mut rng, &FIRST_NAMES)),
            last_name: text(pick(&mut rng, &LAST_NAMES)),
            email: text(&format!("customer-{}@example.com", self.number)),
            external_id: text(&format!("{:09}", self.number)),
            ip_address: format!("203.0.113.{}", rng.u8(1..)),
            country: self.language.country.to_owned(),
            browser_language: self.language.code.to_owned(),
            os: pick(&mut rng, &SYSTEMS).to_owned(),
            browser: pick(&mut rng, &BROWSERS).to_owned(),
            timezone: self.language.timezone.to_owned(),
            platform: String::new(),
            custom,
        }
    }
}
