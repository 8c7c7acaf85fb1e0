//! The state of every router, and the one clock.

use crate::config::Config;
use crate::store::Store;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Settings, table and clock.
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
    /// The application of the settings. Nothing is sent yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let store = Store::connect(&config);
        Self::with_store(config, store)
    }

    /// The application of this process's environment, over a table that was found to be its own.
    ///
    /// # Errors
    /// What is wrong and what to do, as text: `main` shows an error as `Debug` does, which of a text is the sentence.
    pub async fn start() -> Result<Self, String> {
        let app = Self::new(Config::from_env().map_err(|error| error.to_string())?);
        app.store.table_warm().await.map_err(|error| error.to_string())?;
        Ok(app)
    }

    /// The application over a table that was connected elsewhere.
    #[must_use]
    pub fn with_store(config: Config, store: Store) -> Self {
        Self { config: Arc::new(config), store, clock: Clock::default() }
    }
}

/// The system's clock, which a test may put forward for its own application.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The present instant, in whole microseconds.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one door to the clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let ahead = TimeDelta::microseconds(self.ahead.load(Ordering::Relaxed));
        crate::model::time::whole_micros(Utc::now() + ahead)
    }

    /// Puts this clock and its clones forward.
    pub fn advance(&self, by: TimeDelta) {
        self.ahead.fetch_add(by.num_microseconds().unwrap_or_default(), Ordering::Relaxed);
    }
}
