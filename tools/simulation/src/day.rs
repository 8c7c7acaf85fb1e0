//! The requests of a mailing's day, by second.

use crate::args::Args;
use crate::table::{markdown, number};
use fastrand::Rng;
use std::collections::BTreeMap;

const SECONDS: usize = 86_400;
/// The links are made from 9:00, and the mails leave from 10:00.
const MADE_AT: f64 = 9.0 * 3600.0;
const SENT_AT: f64 = 10.0 * 3600.0;
/// Spread of the logarithm of the time from delivery to the click: a tenth of the people take four times the median.
const SPREAD: f64 = 1.1;
/// People who follow their link twice: they come back to the mail.
const TWICE: f64 = 0.15;
/// Mail gateways that run a page's scripts, of those that fetch it.
const SCANNED_WITH_SCRIPTS: f64 = 0.1;

/// A kind of request, or of an item that a request makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A link that is made. 1,000 are one request.
    Link,
    Redirect,
    Preload,
    Exchange,
    /// The first message of a user's day.
    First,
    /// Each further one.
    Further,
}

impl Kind {
    const ALL: [(Self, &str); 6] = [
        (Self::Link, "links made"),
        (Self::Redirect, "redirects"),
        (Self::Preload, "`preload.js`"),
        (Self::Exchange, "exchanges"),
        (Self::First, "first messages of a user's day"),
        (Self::Further, "further messages"),
    ];
}

/// The number of each kind in each second.
pub(crate) struct Day(BTreeMap<Kind, Vec<u32>>);

impl Day {
    /// Draws a day. The same arguments draw the same day.
    pub(crate) fn simulate(args: &Args) -> Self {
        let mut day = Self(Kind::ALL.map(|(kind, _)| (kind, vec![0; SECONDS])).into());
        let mut rng = Rng::with_seed(7);
        for second in 0..args.links / args.made.max(1) {
            day.add(Kind::Link, MADE_AT + f64::from(second), args.made);
        }
        for _ in 0..args.links {
            let sent = SENT_AT + rng.f64() * f64::from(args.minutes) * 60.0;
            if rng.f64() < args.scanned / 100.0 {
                // Gateways look within seconds of delivery.
                let scripts = rng.f64() < SCANNED_WITH_SCRIPTS;
                day.visit(sent + rng.f64() * 20.0, scripts);
            }
            if rng.f64() < args.opened / 100.0 {
                let clicked = sent + delay(args.median * 60.0, &mut rng);
                day.visit(clicked, true);
                if rng.f64() < TWICE {
                    day.visit(clicked + 20.0 + rng.f64() * 580.0, true);
                }
                if rng.f64() < args.talking / 100.0 {
                    day.talk(clicked + 8.0 + rng.f64() * 32.0, args.messages, &mut rng);
                }
            }
        }
        day
    }

    /// A visit of the webchat page. Without scripts it is a redirect only.
    fn visit(&mut self, at: f64, scripts: bool) {
        self.add(Kind::Redirect, at, 1);
        if scripts {
            self.add(Kind::Preload, at + 0.6, 1);
            self.add(Kind::Exchange, at + 0.9, 1);
        }
    }

    fn talk(&mut self, mut at: f64, messages: u32, rng: &mut Rng) {
        for number in 0..messages {
            self.add(if number == 0 { Kind::First } else { Kind::Further }, at, 1);
            at += 10.0 + rng.f64() * 50.0;
        }
    }

    fn add(&mut self, kind: Kind, second: f64, count: u32) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a second of one day")]
        let second = (second as usize).min(SECONDS - 1);
        if let Some(seconds) = self.0.get_mut(&kind) {
            seconds[second] += count;
        }
    }

    /// The number of a kind in the day.
    pub(crate) fn total(&self, kind: Kind) -> f64 {
        self.0[&kind].iter().map(|&count| f64::from(count)).sum()
    }

    /// The largest weighted sum of kinds, a second, over ten seconds.
    pub(crate) fn peak(&self, weights: &[(Kind, f64)]) -> f64 {
        self.largest(10, weights)
    }

    fn largest(&self, window: usize, weights: &[(Kind, f64)]) -> f64 {
        let second = |second: usize| -> f64 {
            weights.iter().map(|(kind, weight)| f64::from(self.0[kind][second]) * weight).sum()
        };
        let seconds: Vec<f64> = (0..SECONDS).map(second).collect();
        let sums = seconds.chunks(window).map(|window| window.iter().sum::<f64>());
        let lasts = (1..=window).fold(0.0, |length, _| length + 1.0);
        sums.fold(0.0, f64::max) / lasts
    }

    /// The requests of the day.
    pub(crate) fn table(&self) -> String {
        let row = |(kind, name): (Kind, &str)| {
            let peak = |window| number(self.largest(window, &[(kind, 1.0)]));
            vec![name.to_owned(), number(self.total(kind)), peak(1), peak(10), peak(60)]
        };
        let rows: Vec<_> = Kind::ALL.into_iter().map(row).collect();
        let columns = ["what", "a day", "largest second", "ten seconds, a second", "minute, a second"];
        markdown("The requests of the day", &columns, &rows)
    }
}

/// A time from delivery to the click, at most an hour: log-normal, drawn by Box and Muller's method.
fn delay(median: f64, rng: &mut Rng) -> f64 {
    loop {
        let normal = (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos();
        let delay = median * (SPREAD * normal).exp();
        if delay <= 3600.0 {
            return delay;
        }
    }
}
