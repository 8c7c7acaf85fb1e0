//! `odx links create`: copies a file of recipients and adds their links.

use crate::api::Address;
use crate::context::Source;
use crate::links::recipients::{self, ADDED_COLUMNS};
use crate::links::request::{Link, LinkRequest};
use crate::links::spreadsheet::Spreadsheet;
use crate::output::Output;
use anyhow::{Context as _, Result};
use csv::{QuoteStyle, WriterBuilder};
use serde::Serialize;
use serde_json::{Map, Value, json};
use shared::crypto::{base64url, sha256};
use shared::model::CampaignId;
use std::fs;
use std::path::{Path, PathBuf};

/// Create links for the recipients in a file
///
/// Each row is a recipient and each column an attribute. The column `user_id` names the chatbot user; without it, the
/// API creates a user id. The file is CSV with commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252, as
/// spreadsheets save it. All rows are checked before the first request. The output is the same table with the added
/// columns `url` and `link_id`. Anybody with a url can open it, so only you can read the file.
///
/// If the command is interrupted, run it again within seven days: it continues and creates no link twice. A changed file
/// or another option creates other links.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx links create --csv people.csv --scenario customer_support --campaign spring
  odx --local .local links create --csv people.csv --scenario customer_support --expires-in 30d")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    /// The file of recipients
    #[arg(long, value_name = "FILE")]
    csv: PathBuf,
    /// The scenario, by id or alias
    #[arg(long, value_name = "ID")]
    scenario: String,
    /// The campaign of the links [default: a name derived from the content of the file]
    #[arg(long, value_name = "NAME")]
    campaign: Option<CampaignId>,
    /// When the links expire: a date, or a date and time
    #[arg(long, value_name = "DATE", conflicts_with = "expires_in")]
    expires_at: Option<String>,
    /// Lifetime of the links, for example 30d or 12h
    #[arg(long, value_name = "TIME")]
    expires_in: Option<humantime::Duration>,
    /// How many times each link can be used
    #[arg(long, value_name = "NUMBER")]
    max_uses: Option<u64>,
    /// Create test links, which are not counted and have no limit of uses
    #[arg(long)]
    test: bool,
    /// The output file [default: the name of the file with the ending .links.csv]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The result as the command prints it.
#[derive(Serialize)]
struct Summary {
    links: usize,
    campaign: CampaignId,
    file: PathBuf,
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let api = args.address.open(source)?;
    let file = || format!("`{}`", args.csv.display());
    let bytes = fs::read(&args.csv).with_context(file)?;
    let sheet = Spreadsheet::read(&bytes).with_context(file)?;
    let recipients = recipients::read(&sheet).with_context(file)?;
    let (request, campaign) = request(&args, &bytes)?;
    let out = args.out.clone().unwrap_or_else(|| args.csv.with_extension("links.csv"));
    let links = request.create_all(&api, recipients).await?;
    write(&out, &sheet, &links).with_context(|| {
        format!("`{}` cannot be written: the links exist; run the same command again to write them", out.display())
    })?;
    let created = links.iter().flatten().count();
    let message = format!("{created} links of campaign `{campaign}` are in `{}`", out.display());
    output.data(&Summary { links: created, campaign, file: out }, || message)
}

/// The members that all requests of a file have in common. Their name is a hash of file and options: the same command
/// sends the same idempotency keys.
fn request(args: &Args, bytes: &[u8]) -> Result<(LinkRequest, CampaignId)> {
    let hash = |bytes: &[u8]| base64url(&sha256(bytes));
    let file = hash(bytes);
    let campaign = match &args.campaign {
        Some(campaign) => campaign.clone(),
        None => format!("csv-{}", &file[..12]).parse()?,
    };
    let mut members = Map::from_iter([
        ("scenario_id".to_owned(), json!(args.scenario)),
        ("campaign".to_owned(), json!(campaign.as_str())),
    ]);
    let mut insert = |name: &str, value: Option<Value>| value.and_then(|value| members.insert(name.to_owned(), value));
    insert("expires_at", args.expires_at.as_ref().map(|at| json!(at)));
    insert("expires_in", args.expires_in.map(|time| json!(time.as_secs())));
    insert("max_uses", args.max_uses.map(|uses| json!(uses)));
    insert("test", args.test.then_some(json!(true)));
    let name = hash(format!("{file} {}", Value::Object(members.clone())).as_bytes());
    Ok((LinkRequest { members, name }, campaign))
}

/// Writes the table with its links.
fn write(out: &Path, sheet: &Spreadsheet, links: &[Option<Link>]) -> Result<()> {
    let mut table = WriterBuilder::new()
        .delimiter(sheet.delimiter)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(if sheet.byte_order_mark { "\u{feff}".as_bytes().to_vec() } else { Vec::new() });
    table.write_record(sheet.header.iter().chain(ADDED_COLUMNS))?;
    for (row, link) in sheet.rows.iter().zip(links) {
        let added = link.as_ref().map_or(["", ""], |link| [&link.url, &link.link_id]);
        table.write_record(row.cells.iter().chain(added))?;
    }
    let table = table.into_inner().map_err(|error| error.into_error())?;
    Ok(files::write_atomic(out, &table, files::PRIVATE)?)
}
