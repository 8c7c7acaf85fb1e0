//! The consumption and the cost of a million of each operation, and of a link for a year, compared with docs/deploy.md.

mod people;
mod reading;
mod storage;

use crate::support::{TestEnvironment, source};
use sandbox::capacity::{Consumed, Meter};
use shared::config;
use shared::crypto::base64url;

/// List prices in US dollars, us-east-1, January 2025. docs/deploy.md names their sources.
mod price {
    pub(super) const WRITES: f64 = 0.625; // a million write request units
    pub(super) const READS: f64 = 0.125; // a million read request units
    pub(super) const CALLS: f64 = 0.20; // a million calls of functions
    pub(super) const GB_SECOND: f64 = 0.000_013_333_4; // on arm64
    pub(super) const GATEWAY: f64 = 1.00; // a million requests to an HTTP API
    pub(super) const STORED: f64 = 0.25 + 0.20; // a GB for a month, and its point-in-time recovery
}

/// Links of a request, and interactions of a query.
const MANY: u32 = 1000;

/// A call of a function: its memory in MB, and the assumed time in ms.
type Call = (f64, f64);
const PRELOAD: Call = (256.0, 3.0);
const REDIRECT: Call = (256.0, 10.0);
const WEBCHAT: Call = (256.0, 20.0);
const BULK: Call = (1024.0, 1000.0);
const READ: Call = (1024.0, 200.0);

/// A million operations: the consumption of one, and the calls of functions for one.
struct Million {
    what: &'static str,
    of_one: Consumed,
    /// Numbers of calls, which are requests to the gateway.
    calls: Vec<(f64, Call)>,
}

impl Million {
    fn row(&self) -> String {
        let Self { what, of_one, calls } = self;
        let table = of_one.read * price::READS + of_one.write * price::WRITES;
        let requests: f64 = calls.iter().map(|(number, _)| number).sum();
        let run = |(number, (memory, millis)): &(f64, Call)| number * memory / 1024.0 * millis * 1000.0;
        let lambda = requests * price::CALLS + calls.iter().map(run).sum::<f64>() * price::GB_SECOND;
        let gateway = requests * price::GATEWAY;
        format!(
            "| {what} | {:.2} | {:.2} | {requests} | ${table:.2} | ${lambda:.2} | ${gateway:.2} | ${:.2} |",
            of_one.read,
            of_one.write,
            table + lambda + gateway
        )
    }
}

fn row(what: &'static str, of_one: Consumed, calls: &[(f64, Call)]) -> String {
    Million { what, of_one, calls: calls.to_vec() }.row()
}

/// The part of each of `of` operations.
fn part(whole: Consumed, of: u32) -> Consumed {
    let of = f64::from(of);
    Consumed { requests: whole.requests / of, read: whole.read / of, write: whole.write / of, ..whole }
}

fn sum(all: &[Consumed]) -> Consumed {
    all.iter().fold(Consumed::default(), |sum, one| Consumed {
        requests: sum.requests + one.requests,
        read: sum.read + one.read,
        write: sum.write + one.write,
        puts: sum.puts + one.puts,
        bytes: sum.bytes + one.bytes,
        stored: sum.stored + one.stored,
    })
}

/// Fails if docs/deploy.md does not have these lines. The page has the units of the embedded engine, and another engine may
/// count differently.
fn assert_on_the_page(lines: &[String]) {
    println!("{}", lines.join("\n"));
    let page = std::fs::read_to_string(source::root().join("docs/deploy.md")).expect("the page");
    if config::variable("TEST_DYNAMODB_ENDPOINT").is_none() {
        let missing: Vec<_> = lines.iter().filter(|line| !page.contains(*line)).collect();
        assert_eq!(missing, Vec::<&String>::new(), "lines that docs/deploy.md does not have");
    }
}

/// An environment whose requests to the table are metered. The data key decides which users share a shard, and so how the
/// units of the last page of each are rounded up.
async fn metered() -> (TestEnvironment, Meter) {
    let meter = Meter::new();
    let env = TestEnvironment::with(&[("DATA_KEY", &base64url(&[7; 32]))], |client| meter.plug(client)).await;
    (env, meter)
}
