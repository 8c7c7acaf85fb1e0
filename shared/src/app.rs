//! The state of every router, and the one clock.

use crate::config::{Config, ConfigError};
use crate::store::{Store, TableError};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The state of every router: settings, table and clock.
#[derive(Clone, Debug)]
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// The table.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
}

impl App {
    /// The application of some settings. Sends nothing yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let store = Store::connect(&config);
        Self::with_store(config, store)
    }

    /// The application of this process's environment, after a check that the table belongs to it.
    ///
    /// # Errors
    /// Returns [`StartError`] if a setting is missing or wrong, or if the table belongs to another installation. A table
    /// that does not answer is no error: the first request finds out.
    pub async fn start() -> Result<Self, StartError> {
        let app = Self::new(Config::from_env()?);
        app.store.table_warm().await?;
        Ok(app)
    }

    /// The application of some settings with a table that is already connected.
    #[must_use]
    pub fn with_store(config: Config, store: Store) -> Self {
        Self { config: Arc::new(config), store, clock: Clock::default() }
    }
}

/// A process cannot start. The sentence names the problem and the remedy.
#[derive(thiserror::Error)]
pub enum StartError {
    /// A setting is missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The table does not exist or belongs to another installation.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// The sentence of `Display`: `main` prints its error with `Debug`, and this is what an operator reads in the log.
impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The system's clock. A test may put the clock of its own application forward.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The current time, in whole microseconds.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let ahead = TimeDelta::microseconds(self.ahead.load(Ordering::Relaxed));
        crate::model::time::whole_micros(Utc::now() + ahead)
    }

    /// Puts this clock and its clones forward.
    ///
    /// # Panics
    /// Panics if `by` exceeds 292,000 years.
    pub fn advance(&self, by: TimeDelta) {
        let micros = by.num_microseconds().expect("a step of less than 292,000 years");
        self.ahead.fetch_add(micros, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_reads_the_sentence_of_what_prevents_a_start() {
        let error = StartError::from(Config::read(|_| None).unwrap_err());
        assert_eq!(format!("{error:?}"), "TABLE_NAME must name the DynamoDB table");
    }
}
