//! The minute in which requests of a token are counted.

use super::{TestEnvironment, TestTenant};
use chrono::Timelike as _;

impl TestEnvironment {
    /// Moves the clock to the beginning of a minute and sends a request with the token: the first request of a minute makes
    /// more requests to the table than the others, which a test measures.
    pub(crate) async fn begin_minute(&self, tenant: &TestTenant) {
        self.advance_clock(61 - i64::from(self.app.clock.now().second()));
        assert_eq!(self.get("/api/token", &tenant.token).await.status, 200);
    }
}
