//! The funnel of a campaign, from the pages of the API.

use crate::api::Api;
use crate::page_error::PageError;
use crate::query::{segment, with_query};
use crate::time::last_days;
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A funnel, or a page of one.
#[derive(Debug, Deserialize)]
pub(crate) struct Funnel {
    #[serde(flatten)]
    pub(crate) total: Counts,
    pub(crate) by_day: Vec<Day>,
    meta: FunnelMeta,
}

#[derive(Debug, Deserialize)]
struct FunnelMeta {
    next_cursor: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) struct Counts {
    pub(crate) made: u64,
    pub(crate) clicked: u64,
    pub(crate) opened: u64,
    pub(crate) conversed: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Day {
    pub(crate) day: NaiveDate,
    #[serde(flatten)]
    pub(crate) counts: Counts,
}

impl Funnel {
    /// The funnel of a campaign, summed over at most `pages` of its pages.
    ///
    /// # Errors
    /// Returns [`PageError`] if the API refuses a request.
    pub(crate) async fn read(api: &Api, campaign: &str, pages: usize) -> Result<Self, PageError> {
        let path = format!("/public/api/campaigns/{}/funnel", segment(campaign).ok_or(PageError::NotFound)?);
        let mut sum: Self = api.get(&path).await?;
        for _ in 1..pages {
            let Some(cursor) = &sum.meta.next_cursor else { break };
            let page = api.get(&with_query(&path, &[("cursor", cursor)])).await?;
            sum.add(page);
        }
        Ok(sum)
    }

    /// Whether every page was read.
    pub(crate) fn is_whole(&self) -> bool {
        self.meta.next_cursor.is_none()
    }

    /// Adds the page that follows.
    fn add(&mut self, page: Self) {
        self.total.add(&page.total);
        for day in page.by_day {
            match self.by_day.binary_search_by_key(&day.day, |day| day.day) {
                Ok(found) => self.by_day[found].counts.add(&day.counts),
                Err(place) => self.by_day.insert(place, day),
            }
        }
        self.meta = page.meta;
    }
}

/// The last days of several funnels together, a day without links too.
pub(crate) fn last_days_of(funnels: &[Funnel], today: NaiveDate, days: u64) -> Vec<Day> {
    let first = last_days(today, days - 1);
    let mut counts: BTreeMap<_, _> =
        first.iter_days().take_while(|day| *day <= today).map(|day| (day, Counts::default())).collect();
    for day in funnels.iter().flat_map(|funnel| &funnel.by_day) {
        if let Some(sum) = counts.get_mut(&day.day) {
            sum.add(&day.counts);
        }
    }
    counts.into_iter().map(|(day, counts)| Day { day, counts }).collect()
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.made += other.made;
        self.clicked += other.clicked;
        self.opened += other.opened;
        self.conversed += other.conversed;
    }
}
