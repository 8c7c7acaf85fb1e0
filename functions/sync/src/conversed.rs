//! Links that a user had opened before speaking count as conversed in.

use chrono::{DateTime, Utc};
use shared::app::App;
use shared::model::{TenantId, UserHash};
use shared::store::{LinkRecord, StoreError};

/// Links that are read at once.
const PAGE: usize = 100;

/// Counts the links of a user as conversed that were clicked or opened before one of the user's messages, and returns how
/// many. `said_at` are the times of the messages, in ascending order.
///
/// # Errors
/// Returns [`StoreError`] if the table does not answer. Some links may count then; a repeat changes nothing about them.
pub(crate) async fn mark(
    app: &App,
    tenant: &TenantId,
    user: &UserHash,
    said_at: &[DateTime<Utc>],
) -> Result<usize, StoreError> {
    let (mut marked, mut position) = (0, None);
    loop {
        let (links, next) = app.store.links_of_user(tenant, user, position, PAGE).await?;
        for LinkRecord { hash, link, activity } in &links {
            let reached_at = [activity.first_clicked_at, activity.first_opened_at].into_iter().flatten().min();
            let answered_at = reached_at.and_then(|reached_at| said_at.iter().find(|at| **at >= reached_at));
            if let Some(at) = answered_at.filter(|_| activity.conversed_at.is_none() && !link.test) {
                app.store.link_active((hash, link), at.date_naive(), true, *at).await?;
                marked += 1;
            }
        }
        position = next;
        if position.is_none() {
            return Ok(marked);
        }
    }
}
