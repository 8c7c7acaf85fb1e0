//! `odx links create`: copies a file of recipients and adds their links.

use crate::api::Address;
use crate::context::Source;
use crate::links::preview;
use crate::links::qr::{ImageFormat, QrFolder};
use crate::links::request::LinkRequest;
use crate::output::Output;
use crate::output_file::OutputFile;
use anyhow::{Context as _, Result, anyhow};
use encoding_rs::Encoding;
use recipients::{Link, Recipients, USER_ID, linked_table};
use serde::Serialize;
use serde_json::{Map, Value, json};
use shared::crypto::{base64url, sha256};
use shared::model::CampaignId;
use spreadsheet::{Spreadsheet, parse_encoding};
use std::fs;
use std::path::PathBuf;

/// Create links for the recipients in a file
///
/// Each row is a recipient and each column an attribute. The column `user_id` (`userId`, `User ID`) names the chatbot
/// user; without it, the API makes up a user id. The file is CSV with commas, semicolons, tabs or `|`, in UTF-8, UTF-16 or
/// Windows-1252, as spreadsheets save it. All rows are checked before the first request; blank rows are skipped. The
/// output is the same table with the added columns `url` and `link_id`, and with the user ids that the API made up.
/// Anybody with a url can open it, so only you can read the file.
///
/// If the command is interrupted, run it again within seven days: it continues and creates no link twice. A changed file
/// or another option creates other links.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx links create --csv people.csv --scenario customer_support --preview 3
  odx links create --csv people.csv --scenario customer_support --campaign spring
  odx links create --csv people.csv --scenario customer_support --qr codes --qr-format png   for letters
  odx --local .local links create --csv people.csv --scenario customer_support --expires-in 30d")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    /// The file of recipients
    #[arg(long, value_name = "FILE")]
    csv: PathBuf,
    /// The encoding of the file, for example windows-1250 [default: told by its bytes]
    #[arg(long, value_name = "NAME", value_parser = parse_encoding)]
    encoding: Option<&'static Encoding>,
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
    /// The output file, or `-` for standard output [default: the name of the file with the ending .links.csv]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Draw a QR code for each link into this folder, named by row: 001.svg. The table gets their names in a column `qr`
    #[arg(long, value_name = "DIR")]
    qr: Option<PathBuf>,
    /// The format of the QR codes
    #[arg(long, value_enum, default_value_t = ImageFormat::Svg, requires = "qr")]
    qr_format: ImageFormat,
    /// Print what the links of the first rows would tell the webchat, and create none
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["out", "qr"])]
    preview: Option<usize>,
}

/// The result as the command prints it.
#[derive(Serialize)]
struct Summary {
    links: usize,
    blank_rows: usize,
    campaign: CampaignId,
    file: PathBuf,
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let file = || format!("`{}`", args.csv.display());
    let bytes = fs::read(&args.csv).with_context(file)?;
    let sheet = Spreadsheet::read(&bytes, args.encoding).with_context(file)?;
    let recipients = Recipients::read(&sheet).map_err(|problems| anyhow!(problems.to_string())).with_context(file)?;
    let blank_rows = warn(&sheet, &recipients);
    if let Some(count) = args.preview {
        return preview::print(&recipients, count, output);
    }
    let api = args.address.open(source)?;
    let qr = args.qr.clone().map(|folder| QrFolder::create(folder, args.qr_format, sheet.rows.len())).transpose()?;
    let (request, campaign) = request(&args, &bytes)?;
    let out = args.out.clone().unwrap_or_else(|| args.csv.with_extension("links.csv"));
    let links = request.create_all(&api, recipients.rows.clone()).await?;
    let target = OutputFile::of(&out);
    let image = qr.as_ref().map(|qr| |row| qr.name(row));
    let image = image.as_ref().map(|image| image as &dyn Fn(usize) -> String);
    let table = linked_table(&sheet, &recipients, &links, image)?;
    let written = target.write(&table).and_then(|()| qr.as_ref().map_or(Ok(()), |qr| draw(qr, &links)));
    written.with_context(|| {
        format!("`{}` cannot be written: the links exist; run the same command again to write them", out.display())
    })?;
    let created = links.iter().flatten().count();
    let message = format!("{created} links of campaign `{campaign}` are in `{}`", out.display());
    if let OutputFile::Stdout = target {
        eprintln!("{message}"); // standard output has the table itself
        return Ok(());
    }
    output.data(&Summary { links: created, blank_rows, campaign, file: out }, || message)
}

/// Reports what the table has and the user may not expect. Returns the number of blank rows.
fn warn(sheet: &Spreadsheet, recipients: &Recipients) -> usize {
    if let Some(encoding) = sheet.guessed {
        eprintln!("the file is not UTF-8 and was read as {encoding}: if names look wrong, use --encoding");
    }
    if !recipients.unused_ids.is_empty() {
        let names = recipients.unused_ids.join("`, `");
        eprintln!(
            "no column is named `{USER_ID}`, so the API makes up a user id for each row: rename the column `{names}` if \
             it names the chatbot user"
        );
    }
    let blank_rows = recipients.rows.iter().filter(|row| row.is_none()).count();
    if blank_rows > 0 {
        eprintln!("skipped {blank_rows} blank rows");
    }
    blank_rows
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
    let encoding = args.encoding.map_or("", Encoding::name);
    let name = hash(format!("{file} {encoding} {}", Value::Object(members.clone())).as_bytes());
    Ok((LinkRequest { members, name }, campaign))
}

/// Draws the QR codes of all links.
fn draw(qr: &QrFolder, links: &[Option<Link>]) -> Result<()> {
    let mut linked = (1..).zip(links).filter_map(|(row, link)| Some((row, link.as_ref()?)));
    linked.try_for_each(|(row, link)| qr.draw(row, &link.url))
}
