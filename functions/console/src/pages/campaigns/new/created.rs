//! The page with new links, the only one that has their URLs.

use crate::layout::Section;
use crate::page_error::PageError;
use crate::pages::campaigns::new::people::People;
use crate::pages::campaigns::new::qr::{CODES, FORMAT};
use crate::session::SignedIn;
use crate::texts::EN;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{PreEscaped, html};
use recipients::{Link, linked_table};
use shared::model::CampaignId;

/// The page with the table and the QR codes of new links.
///
/// # Errors
/// Returns [`PageError::Failed`] if the table cannot be written.
pub(super) fn created(
    person: &SignedIn,
    campaign: &CampaignId,
    people: &People,
    links: &[Option<Link>],
) -> Result<Response, PageError> {
    let rows = links.len();
    let image = |row: usize| FORMAT.name(row, rows);
    let table = linked_table(&people.sheet, &people.recipients, links, Some(&image)).map_err(PageError::unexpected)?;
    // Blank rows have blank lines, so that a line has the number of its row.
    let urls: Vec<_> = links.iter().map(|link| link.as_ref().map_or("", |link| &link.url)).collect();
    let parts: Vec<_> =
        (0..rows.div_ceil(CODES)).map(|part| (part * CODES + 1, rows.min((part + 1) * CODES))).collect();
    let csrf = person.frame().csrf_field();
    let content = html! {
        h1 { (EN.campaign) " " (campaign) }
        section.notice role="status" data-once {
            h2 { (EN.links_made) " " (links.iter().flatten().count()) }
            p { strong { (EN.urls_only_here) } }
            p {
                a.button data-download download={ (campaign) ".links.csv" } href={ "data:text/csv;base64," (PreEscaped(STANDARD.encode(&table))) } {
                    (EN.download_links)
                }
            }
            form method="post" action="/console/new-campaign/qr" {
                (csrf)
                input type="hidden" name="campaign" value=(campaign);
                input type="hidden" name="urls" value=(urls.join(" "));
                p { (EN.qr_advice) }
                @for (number, (first, last)) in parts.iter().enumerate() {
                    button type="submit" name="part" value=(number) { (EN.qr_codes) " " (first) "–" (last) }
                    " "
                }
            }
        }
        p { a href={ "/console/campaigns/" (campaign) } { (EN.to_campaign) } }
    };
    Ok(person.frame().page(Section::Campaigns, EN.new_campaign, &content))
}
