//! Filters of a query over interactions. A day of a user passes if its snapshot contains every filter's value, in any case.

use crate::model::snapshot::Snapshot;

/// The filters of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters(Vec<(&'static str, String)>);

impl Filters {
    /// The names that can be filtered by (OpenDialog's system-registered filters).
    pub const NAMES: [&str; 9] = [
        "ip_address",
        "country",
        "browser_language",
        "os",
        "browser",
        "timezone",
        "email",
        "platform",
        "selected_scenario",
    ];

    /// Adds a filter; returns whether a filter of that name exists. An empty value filters nothing. If a name is given
    /// twice, the last value counts, as in Laravel.
    pub fn add(&mut self, name: &str, value: &str) -> bool {
        let Some(name) = Self::NAMES.into_iter().find(|known| *known == name) else { return false };
        self.0.retain(|(other, _)| *other != name);
        if !value.is_empty() {
            self.0.push((name, value.to_owned()));
        }
        true
    }

    /// Whether there are no filters.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a filter, as given.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }

    /// Whether a snapshot passes every filter.
    #[must_use]
    pub fn admit(&self, snapshot: &Snapshot) -> bool {
        self.0.iter().all(|(name, value)| field(snapshot, name).to_lowercase().contains(&value.to_lowercase()))
    }
}

fn field<'a>(snapshot: &'a Snapshot, name: &str) -> &'a str {
    match name {
        "ip_address" => &snapshot.ip_address,
        "country" => &snapshot.country,
        "browser_language" => &snapshot.browser_language,
        "os" => &snapshot.os,
        "browser" => &snapshot.browser,
        "timezone" => &snapshot.timezone,
        "email" => &snapshot.email,
        "platform" => &snapshot.platform,
        _ => snapshot.selected_scenario().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_anded_and_ignore_case() {
        let snapshot = Snapshot { country: "Österreich".into(), browser: "Firefox 118".into(), ..Snapshot::default() };
        let admits = |pairs: &[(&str, &str)]| {
            let mut filters = Filters::default();
            assert!(pairs.iter().all(|(name, value)| filters.add(name, value)));
            filters.admit(&snapshot)
        };
        assert!(admits(&[("country", "öster"), ("browser", "FIREFOX")]));
        assert!(!admits(&[("country", "öster"), ("browser", "chrome")]));
        assert!(!admits(&[("selected_scenario", "0x420")]));
        assert!(admits(&[("country", "nowhere"), ("country", "")]));
        assert!(!Filters::default().add("first_name", "Ann"));
    }
}
