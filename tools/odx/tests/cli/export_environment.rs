//! A tenant with interactions, and its API behind a proxy with small pages.

use crate::environment::TestEnvironment;
use crate::proxy::{Proxy, Reaction};
use std::path::PathBuf;

/// 600 interactions of 30 users on three days of January 2025.
pub(crate) const GENERATE: &str = "generate --users 30 --days 3 --interactions 600";

/// The tenant `acme` with the interactions of [`GENERATE`].
pub(crate) struct ExportEnvironment {
    pub(crate) environment: TestEnvironment,
    pub(crate) proxy: Proxy,
    pub(crate) token: String,
}

impl ExportEnvironment {
    pub(crate) async fn new() -> Self {
        let environment = TestEnvironment::with_acme().await;
        environment.odx(&format!("{GENERATE} --load --tenant acme")).await.succeeds();
        let (url, token) = environment.serve().await;
        let proxy = Proxy::start(&url, |_| Reaction::Pass).await;
        Self { environment, proxy, token }
    }

    /// The path of a file in the data folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.environment.file(name)
    }

    /// The command that exports all interactions.
    pub(crate) fn command(&self, options: &str) -> String {
        let Self { proxy, token, .. } = self;
        format!("export --url {} --token {token} --from 2025-01-01 --to 2025-01-03 {options}", proxy.url)
            .trim()
            .to_owned()
    }

    /// The command that exports all interactions to a file.
    pub(crate) fn to_file(&self, name: &str, options: &str) -> String {
        self.command(&format!("--out {} {options}", self.file(name).display()))
    }
}
