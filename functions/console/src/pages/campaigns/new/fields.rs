//! The form of a new campaign.

use crate::page_error::PageError;
use crate::pages::campaigns::new::terms::Terms;
use crate::scenario_list::ScenarioList;
use crate::session::SignedIn;
use crate::texts::EN;
use maud::{Markup, html};

/// The form, with what was chosen before.
///
/// # Errors
/// Returns [`PageError`] if the API refuses the list of scenarios.
pub(super) async fn fields(person: &SignedIn, terms: &Terms) -> Result<Markup, PageError> {
    let scenarios: ScenarioList = person.api.get(ScenarioList::PATH).await?;
    if scenarios.data.is_empty() {
        return Ok(html! { p { (EN.no_scenarios) } });
    }
    Ok(html! {
        form.stack method="post" action="/console/new-campaign/check" enctype="multipart/form-data" {
            (person.frame().csrf_field())
            label {
                (EN.scenario)
                select name="scenario" {
                    @for scenario in &scenarios.data {
                        option value=(scenario.id) selected[scenario.id == terms.scenario] { (scenario.name) " (" (scenario.id) ")" }
                    }
                }
            }
            label { (EN.file) input type="file" name="file" required accept=".csv,.txt,.tsv,text/csv"; }
            p { (EN.file_advice) }
            label {
                (EN.campaign_name)
                input name="campaign" maxlength="64" pattern="[A-Za-z0-9._\\-]+" value=(terms.campaign) autocomplete="off";
            }
            label { (EN.ends_optional) input type="date" name="expires_at" value=(terms.expires_at); }
            label { (EN.max_uses) input type="number" name="max_uses" min="1" max="1000000" value=(terms.max_uses); }
            button type="submit" { (EN.check_file) }
        }
    })
}
