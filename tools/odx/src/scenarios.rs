//! `odx scenario`: where a tenant's webchat lives.

use crate::connect::Source;
use crate::output::Output;
use crate::tenants;
use anyhow::{Result, anyhow, bail};
use clap::Subcommand;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser as _};
use shared::model::{HandoffMode, Scenario, ScenarioId, TenantId};
use shared::store::{ScenarioError, Store};
use url::Url;

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "one is read from the command line")]
pub(crate) enum Command {
    /// Make a scenario, or change one: what is not named stays
    #[command(after_help = "\
Examples:
  odx scenario put --tenant acme 0x420 --name Support --alias support \\
      --page https://www.example.com/chat --app-key 4f2a --contact mailto:help@example.com
  odx scenario put --tenant acme 0x420 --page https://www.example.com/new-chat")]
    Put {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
        /// OpenDialog's id, for example 0x420
        id: ScenarioId,
        #[command(flatten)]
        fields: Fields,
    },
    /// List the scenarios of a tenant
    #[command(after_help = "Example:\n  odx scenario list --tenant acme")]
    List {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
    },
}

/// What is put; nothing else of an existing scenario changes.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Fields {
    /// What people call it; a new scenario needs one
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// A second name that requests may use
    #[arg(long)]
    alias: Option<ScenarioId>,
    /// The full page that shows the webchat; without one no links can be made
    #[arg(long, value_name = "URL")]
    page: Option<Url>,
    /// OpenDialog's app key for that page
    #[arg(long, value_name = "KEY")]
    app_key: Option<String>,
    /// How the page learns who opens it: by a handoff, or as well by `user_id=` in its URL (reveals the id)
    #[arg(long, value_parser = PossibleValuesParser::new(HandoffMode::ALL.map(HandoffMode::as_str)).try_map(|mode| mode.parse::<HandoffMode>()))]
    mode: Option<HandoffMode>,
    /// Where a person whose link no longer works can turn to: a web, mailto or tel link
    #[arg(long, value_name = "LINK")]
    contact: Option<Url>,
}

impl Fields {
    fn apply(self, id: ScenarioId, before: Option<Scenario>) -> Result<Scenario> {
        let named = before.as_ref().map(|before| before.name.clone());
        let name = self.name.or(named).ok_or_else(|| anyhow!("scenario `{id}` is new: give it a name with --name"))?;
        let (alias, page, app_key, mode, contact) = before
            .map(|before| (before.alias, before.page, before.app_key, before.mode, before.contact))
            .unwrap_or_default();
        let scenario = Scenario {
            id,
            name,
            alias: self.alias.or(alias),
            page: self.page.or(page),
            app_key: self.app_key.unwrap_or(app_key),
            mode: self.mode.unwrap_or(mode),
            contact: self.contact.or(contact),
        };
        scenario.check()?;
        Ok(scenario)
    }
}

pub(crate) async fn run(command: Command, source: &Source, output: Output) -> Result<()> {
    let store = source.open().await?.store;
    match command {
        Command::Put { tenant, id, fields } => {
            tenants::find(&store, &tenant).await?;
            let scenario = put(&store, &tenant, id, fields).await?;
            output.done(&scenario, &format!("put scenario `{}`", scenario.id))
        }
        Command::List { tenant } => {
            tenants::find(&store, &tenant).await?;
            let empty = format!(
                "tenant `{tenant}` has no scenarios: `odx scenario put --tenant {tenant} ID --name NAME` makes one"
            );
            let header = ["id", "alias", "name", "mode", "page", "contact"];
            output.list(&store.scenario_list(&tenant).await?, header, row, &empty)
        }
    }
}

async fn put(store: &Store, tenant: &TenantId, id: ScenarioId, fields: Fields) -> Result<Scenario> {
    let before = store.scenario_find(tenant, &id).await?;
    if let Some(other) = before.as_ref().filter(|found| found.id != id) {
        bail!("`{id}` is the alias of scenario `{0}`: name `{0}` to change it", other.id);
    }
    let scenario = fields.apply(id, before)?;
    if let Some(alias) = &scenario.alias {
        let taken = |other: &ScenarioId| {
            anyhow!(
                "`{alias}` already leads to scenario `{other}`: choose another alias, or give that one another first"
            )
        };
        let named = store.scenario_find(tenant, alias).await?;
        if let Some(other) = named.filter(|named| named.id != scenario.id) {
            return Err(taken(&other.id));
        }
    }
    match store.scenario_put(tenant, &scenario).await {
        Ok(()) => Ok(scenario),
        Err(ScenarioError::AliasTaken) => {
            bail!("another scenario took the alias just now: `odx scenario list --tenant {tenant}` shows which")
        }
        Err(ScenarioError::Store(error)) => Err(error.into()),
    }
}

fn row(scenario: &Scenario) -> [String; 6] {
    [
        scenario.id.to_string(),
        scenario.alias.as_ref().map(ToString::to_string).unwrap_or_default(),
        scenario.name.clone(),
        scenario.mode.as_str().to_owned(),
        scenario.page.as_ref().map(ToString::to_string).unwrap_or_default(),
        scenario.contact.as_ref().map(ToString::to_string).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_stays_and_a_new_one_needs_a_name() {
        let id: ScenarioId = "0x420".parse().unwrap();
        assert!(Fields::default().apply(id.clone(), None).is_err());
        let fields = Fields {
            name: Some("Support".into()),
            alias: Some("support".parse().unwrap()),
            page: Some("https://w.example/chat".parse().unwrap()),
            mode: Some(HandoffMode::Opendialog),
            ..Fields::default()
        };
        let before = fields.apply(id.clone(), None).unwrap();
        let key = Fields { app_key: Some("k".into()), ..Fields::default() };
        let after = key.apply(id.clone(), Some(before.clone())).unwrap();
        assert_eq!(after, Scenario { app_key: "k".into(), ..before.clone() });
        let bad = Fields { contact: Some("javascript:alert(1)".parse().unwrap()), ..Fields::default() };
        assert!(bad.apply(id, Some(before)).is_err());
    }
}
