//! `odx scenario`: the scenarios of a tenant, each with its webchat page.

use crate::api::Address;
use crate::context::Source;
use crate::output::Output;
use crate::tenants;
use anyhow::{Context as _, Result, anyhow, bail};
use clap::Subcommand;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser as _};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use shared::model::{HandoffMode, Scenario, ScenarioId, TenantId};
use shared::store::{ScenarioError, Store};
use url::Url;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create or change a scenario; fields that are not named keep their values
    #[command(after_help = "\
Examples:
  odx scenario put --tenant acme 0x420 --name Support --alias support \\
      --page https://www.example.com/chat --app-key 4f2a --contact mailto:help@example.com
  odx scenario put --tenant acme 0x420 --page https://www.example.com/new-chat")]
    Put {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
        /// The scenario's id in OpenDialog, for example 0x420
        id: ScenarioId,
        #[command(flatten)]
        fields: Fields,
    },
    /// List the scenarios of a tenant
    ///
    /// With a token, the scenarios come from the API, with the fields that links need. With --tenant they are read from
    /// the table, with all fields.
    #[command(after_help = "\
Examples:
  odx scenario list --url https://api.example.com       with the token in ODX_TOKEN
  odx scenario list --tenant acme --json")]
    List {
        #[command(flatten)]
        address: Address,
        /// Read the table of the installation, not the API
        #[arg(long, conflicts_with_all = ["url", "token"])]
        tenant: Option<TenantId>,
    },
}

/// The options that set fields. A field of an existing scenario without an option keeps its value.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Fields {
    /// Name for people; required for a new scenario
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// A second id that requests may use
    #[arg(long)]
    alias: Option<ScenarioId>,
    /// The full page that shows the webchat; links need one
    #[arg(long, value_name = "URL")]
    page: Option<Url>,
    /// The app key of that page in OpenDialog
    #[arg(long, value_name = "KEY")]
    app_key: Option<String>,
    /// How the page identifies the user: by a handoff alone, or also by `user_id=` in its URL, which reveals the id
    #[arg(long, value_parser = PossibleValuesParser::new(HandoffMode::ALL.map(HandoffMode::as_str)).try_map(|mode| mode.parse::<HandoffMode>()))]
    mode: Option<HandoffMode>,
    /// In mode `opendialog`: whether the page includes preload.js, so that its links carry a handoff as well
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    preload: Option<bool>,
    /// Contact for users whose link no longer works: a web, mailto or tel link
    #[arg(long, value_name = "LINK")]
    contact: Option<Url>,
}

impl Fields {
    fn apply(self, id: ScenarioId, before: Option<Scenario>) -> Result<Scenario> {
        let named = before.as_ref().map(|before| before.name.clone());
        let name = self
            .name
            .or(named)
            .ok_or_else(|| anyhow!("scenario `{id}` is new and needs a name: give it a name with --name"))?;
        let (alias, page, app_key, mode, preload, contact) = before
            .map(|before| (before.alias, before.page, before.app_key, before.mode, before.preload, before.contact))
            .unwrap_or_default();
        let scenario = Scenario {
            id,
            name,
            alias: self.alias.or(alias),
            page: self.page.or(page),
            app_key: self.app_key.unwrap_or(app_key),
            mode: self.mode.unwrap_or(mode),
            preload: self.preload.unwrap_or(preload),
            contact: self.contact.or(contact),
        };
        scenario.check()?;
        Ok(scenario)
    }
}

pub(crate) async fn run(command: Command, source: &Source, output: Output) -> Result<()> {
    match command {
        Command::Put { tenant, id, fields } => {
            let store = source.open().await?.store;
            tenants::find(&store, &tenant).await?;
            let scenario = put(&store, &tenant, id, fields).await?;
            output.done(&scenario, &format!("put scenario `{}`", scenario.id))
        }
        Command::List { address, tenant: None } => {
            let api = address.open(source).context("use --tenant ID to read the scenarios from the table")?;
            let response = api.send(api.request(Method::GET, "/public/api/scenarios", &[])).await?.success()?;
            let list: ScenarioList = response.json()?;
            let empty = "the tenant of the token has no scenarios: its operator creates them with `odx scenario put`";
            let row = |scenario: &ListedScenario| {
                let ListedScenario { id, alias, name } = scenario.clone();
                [id, alias.unwrap_or_default(), name]
            };
            output.list(&list.data, ["id", "alias", "name"], row, empty)
        }
        Command::List { tenant: Some(tenant), .. } => {
            let store = source.open().await?.store;
            tenants::find(&store, &tenant).await?;
            let empty = format!(
                "tenant `{tenant}` has no scenarios: `odx scenario put --tenant {tenant} ID --name NAME` creates one"
            );
            let header = ["id", "alias", "name", "mode", "preload", "page", "contact"];
            output.list(&store.scenario_list(&tenant).await?, header, row, &empty)
        }
    }
}

/// The scenarios in the form of the API's response.
#[derive(Deserialize)]
struct ScenarioList {
    data: Vec<ListedScenario>,
}

#[derive(Clone, Deserialize, Serialize)]
struct ListedScenario {
    id: String,
    alias: Option<String>,
    name: String,
}

async fn put(store: &Store, tenant: &TenantId, id: ScenarioId, fields: Fields) -> Result<Scenario> {
    let before = store.scenario_find(tenant, &id).await?;
    if let Some(other) = before.as_ref().filter(|found| found.id != id) {
        bail!("`{id}` is the alias of scenario `{0}`: use `{0}` to change it", other.id);
    }
    let scenario = fields.apply(id, before)?;
    if let Some(alias) = &scenario.alias {
        let named = store.scenario_find(tenant, alias).await?;
        if let Some(Scenario { id: other, .. }) = named.filter(|named| named.id != scenario.id) {
            bail!(
                "`{alias}` is taken by scenario `{other}`: choose another alias, or first give that scenario another"
            );
        }
    }
    match store.scenario_put(tenant, &scenario).await {
        Ok(()) => Ok(scenario),
        Err(ScenarioError::AliasTaken) => {
            bail!("another scenario took the alias in the meantime: `odx scenario list --tenant {tenant}` shows which")
        }
        Err(ScenarioError::Store(error)) => Err(error.into()),
    }
}

fn row(scenario: &Scenario) -> [String; 7] {
    [
        scenario.id.to_string(),
        scenario.alias.as_ref().map(ToString::to_string).unwrap_or_default(),
        scenario.name.clone(),
        scenario.mode.as_str().to_owned(),
        scenario.preload.to_string(),
        scenario.page.as_ref().map(ToString::to_string).unwrap_or_default(),
        scenario.contact.as_ref().map(ToString::to_string).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> ScenarioId {
        "0x420".parse().unwrap()
    }

    fn existing() -> Scenario {
        let fields = Fields {
            name: Some("Support".into()),
            alias: Some("support".parse().unwrap()),
            page: Some("https://w.example/chat".parse().unwrap()),
            mode: Some(HandoffMode::Opendialog),
            preload: Some(true),
            ..Fields::default()
        };
        fields.apply(id(), None).unwrap()
    }

    #[test]
    fn a_new_scenario_needs_a_name() {
        assert!(Fields::default().apply(id(), None).is_err());
    }

    #[test]
    fn a_field_without_an_option_keeps_its_value() {
        let fields = Fields { app_key: Some("k".into()), ..Fields::default() };
        let after = fields.apply(id(), Some(existing())).unwrap();
        assert_eq!(after, Scenario { app_key: "k".into(), ..existing() });
    }

    #[test]
    fn a_contact_that_is_a_script_is_refused() {
        let fields = Fields { contact: Some("javascript:alert(1)".parse().unwrap()), ..Fields::default() };
        assert!(fields.apply(id(), Some(existing())).is_err());
    }
}
