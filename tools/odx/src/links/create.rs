//! `odx links create`: a file of people becomes the same file with their links.

use super::people::{self, ADDED};
use super::sheet::Sheet;
use crate::api::{Address, Api};
use crate::connect::Source;
use crate::output::Output;
use anyhow::{Context as _, Result, bail, ensure};
use aws_lc_rs::digest;
use csv::{QuoteStyle, WriterBuilder};
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::{Method, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use shared::crypto::base64url;
use shared::model::CampaignId;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

const PATH: &str = "/public/api/generate-webchat-deep-link";
/// A body takes 4 MB, its answer 6 MB.
const BYTES: usize = 3_000_000;

/// Make links for the people in a file
///
/// Each row is a person, each column an attribute; a column `user_id` names the chatbot user, else one is made up. Commas,
/// semicolons or tabs, UTF-8, UTF-16 or Windows-1252, as spreadsheets save it. All rows are checked first. The same table
/// is written with the columns `url` and `link_id` added. Whoever has a url can open it: the file is for its owner only.
///
/// After a cut run the same command again, within seven days: it goes on and makes no second set of links. A file that was
/// changed, or another option, makes other links.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx links create --csv people.csv --scenario customer_support --campaign spring
  odx --local .local links create --csv people.csv --scenario customer_support --expires-in 30d")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    /// The file
    #[arg(long, value_name = "FILE")]
    csv: PathBuf,
    /// The scenario, by id or alias
    #[arg(long, value_name = "ID")]
    scenario: String,
    /// The campaign that the links join; if not given, one named after the file's content
    #[arg(long, value_name = "NAME")]
    campaign: Option<CampaignId>,
    /// When the links stop working; a date, or a date and time
    #[arg(long, value_name = "DATE", conflicts_with = "expires_in")]
    expires_at: Option<String>,
    /// Or how long they work, for example 30d or 12h
    #[arg(long, value_name = "TIME")]
    expires_in: Option<humantime::Duration>,
    /// How often each link may be used
    #[arg(long, value_name = "NUMBER")]
    max_uses: Option<u64>,
    /// Links to try things out: not counted, never used up
    #[arg(long)]
    test: bool,
    /// Where the table goes; if not given, beside the file, ending in .links.csv
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What was made, as it is printed.
#[derive(Serialize)]
struct Made {
    links: usize,
    campaign: CampaignId,
    file: PathBuf,
}

/// A link of an answer.
#[derive(Deserialize)]
struct Link {
    url: String,
    link_id: String,
}

/// What all requests of a file have in common.
struct Order {
    members: Map<String, Value>,
    /// Names the file and the options.
    name: String,
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let api = args.address.open(source)?;
    let file = || format!("`{}`", args.csv.display());
    let bytes = fs::read(&args.csv).with_context(file)?;
    let sheet = Sheet::read(&bytes).with_context(file)?;
    let people = people::people(&sheet).with_context(file)?;
    let (order, campaign) = order(&args, &bytes)?;
    let out = args.out.clone().unwrap_or_else(|| args.csv.with_extension("links.csv"));
    let links = make(&api, &order, people).await?;
    write(&out, &sheet, &links).with_context(|| format!("`{}` cannot be written", out.display()))?;
    let made = links.iter().flatten().count();
    let message = format!("{made} links of campaign `{campaign}` are in `{}`", out.display());
    output.data(&Made { links: made, campaign, file: out }, || message)
}

fn order(args: &Args, bytes: &[u8]) -> Result<(Order, CampaignId)> {
    let hash = |bytes: &[u8]| base64url(digest::digest(&digest::SHA256, bytes).as_ref());
    let file = hash(bytes);
    let campaign = match &args.campaign {
        Some(campaign) => campaign.clone(),
        None => format!("csv-{}", &file[..12]).parse()?,
    };
    let mut members = Map::from_iter([
        ("scenario_id".to_owned(), json!(args.scenario)),
        ("campaign".to_owned(), json!(campaign.as_str())),
    ]);
    let mut member = |name: &str, value: Option<Value>| value.and_then(|value| members.insert(name.to_owned(), value));
    member("expires_at", args.expires_at.as_ref().map(|at| json!(at)));
    member("expires_in", args.expires_in.map(|time| json!(time.as_secs())));
    member("max_uses", args.max_uses.map(|uses| json!(uses)));
    member("test", args.test.then_some(json!(true)));
    let name = hash(format!("{file} {}", Value::Object(members.clone())).as_bytes());
    Ok((Order { members, name }, campaign))
}

/// The link of every person, request by request.
async fn make(api: &Api, order: &Order, people: Vec<Option<Value>>) -> Result<Vec<Option<Link>>> {
    let total = people.iter().flatten().count();
    let bar = ProgressBar::new(total.try_into()?);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} links, {eta} left")?);
    let api = api.clone().beside(&bar);
    let most = most(&api).await?;
    let mut links = Vec::with_capacity(people.len());
    let mut people = people.into_iter().peekable();
    while people.peek().is_some() {
        let (first, mut dataset, mut size) = (links.len(), Vec::new(), 0);
        let mut places = Vec::new();
        while let Some(person) = people.next_if(|_| dataset.len() < most && size < BYTES) {
            places.push(person.is_some());
            size += person.as_ref().map_or(0, |person| person.to_string().len());
            dataset.extend(person);
        }
        let made = if dataset.is_empty() {
            Vec::new()
        } else {
            request(&api, order, first, dataset).await.with_context(|| {
                format!(
                    "{} of {total} links are made; run the same command again to go on, no second set is made",
                    bar.position()
                )
            })?
        };
        bar.inc(made.len().try_into()?);
        let mut made = made.into_iter();
        links.extend(places.into_iter().map(|is_person| if is_person { made.next() } else { None }));
    }
    bar.finish_and_clear();
    Ok(links)
}

/// People that one request may have.
async fn most(api: &Api) -> Result<usize> {
    let token: Value = api.send(api.request(Method::GET, "/api/token", &[])).await?.served()?.json()?;
    let most = token.pointer("/limits/users_per_request").and_then(Value::as_u64);
    let most = most
        .with_context(|| format!("`{}` does not say how many users a request may have: is it the API?", api.url()))?;
    Ok(usize::try_from(most)?)
}

async fn request(api: &Api, order: &Order, first: usize, dataset: Vec<Value>) -> Result<Vec<Link>> {
    let key = format!("csv-{}-{first}-{}", order.name, dataset.len());
    let number = dataset.len();
    let mut body = order.members.clone();
    body.insert("dataset".to_owned(), dataset.into());
    let post = api.request(Method::POST, PATH, &[]).header("idempotency-key", key);
    let post = post.header(header::CONTENT_TYPE, "application/json").body(Value::Object(body).to_string());
    let made: Vec<Link> = match api.send(post).await?.served() {
        Err(problem) if problem.is_about("scenario_id") => bail!("{problem}\n`odx scenario list` shows the scenarios"),
        answer => answer?.json()?,
    };
    ensure!(made.len() == number, "the API made {} links for {number} people", made.len());
    Ok(made)
}

/// Writes the table with its links, whole or not at all.
fn write(out: &Path, sheet: &Sheet, links: &[Option<Link>]) -> Result<()> {
    let mut table = WriterBuilder::new()
        .delimiter(sheet.delimiter)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(if sheet.marked { "\u{feff}".as_bytes().to_vec() } else { Vec::new() });
    table.write_record(sheet.header.iter().chain(ADDED))?;
    for (row, link) in sheet.rows.iter().zip(links) {
        let added = link.as_ref().map_or(["", ""], |link| [&link.url, &link.link_id]);
        table.write_record(row.cells.iter().chain(added))?;
    }
    let table = table.into_inner().map_err(|error| error.into_error())?;
    let partial = out.with_extension("partial");
    OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&partial)?.write_all(&table)?;
    Ok(fs::rename(partial, out)?)
}
