//! `odx user show`: what is kept about a user, in short.

use crate::api::Address;
use crate::context::Source;
use crate::output::Output;
use crate::users::records::Records;
use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::{Map, Value};
use shared::model::UserId;

/// Show in short what is kept about a user: attributes, number and time of messages, links, erasure
///
/// `odx user export` writes all of it. The token needs the scope users:read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx user show ann
  odx user show ann --json | jq .attributes")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    /// The user id
    #[arg(value_name = "USER_ID")]
    user: UserId,
}

/// A user as the command prints it.
#[derive(Debug, Default, Serialize)]
struct Person {
    user_id: String,
    /// The attributes that the webchat has now.
    attributes: Map<String, Value>,
    by_the_user: usize,
    by_the_chatbot: usize,
    first_message: Option<String>,
    last_message: Option<String>,
    links: Vec<Link>,
    erasure: Option<Value>,
    complete_until: String,
}

#[derive(Debug, Serialize)]
struct Link {
    #[serde(rename = "link_id")]
    id: Value,
    campaign: Value,
    created_at: Value,
    expires_at: Value,
    revoked_at: Value,
    clicks: Value,
    uses: Value,
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let api = args.address.open(source)?;
    let records = Records::read(&api, &args.user).await?;
    let mut person =
        Person { user_id: args.user.as_str().to_owned(), complete_until: records.complete_until, ..Person::default() };
    for line in records.lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        // Serde's own error may quote what is kept about the user.
        person.add(serde_json::from_slice(line).ok().context("a record is no JSON object: report this bug")?);
    }
    if records.count == 0 {
        eprintln!("nothing is kept about this user");
    }
    output.data(&person, || person.text())
}

impl Person {
    fn add(&mut self, mut record: Map<String, Value>) {
        let mut take = |name: &str| record.remove(name).unwrap_or_default();
        match take("record").as_str() {
            Some("attribute") => {
                let name = take("name").as_str().unwrap_or_default().to_owned();
                self.attributes.insert(name, take("value"));
            }
            Some("interaction") => {
                let count = if take("author") == "them" { &mut self.by_the_chatbot } else { &mut self.by_the_user };
                *count += 1;
                // Texts of one format sort as the instants do.
                let date = take("date").as_str().map(str::to_owned);
                self.first_message = self.first_message.take().into_iter().chain(date.clone()).min();
                self.last_message = self.last_message.take().max(date);
            }
            Some("link") => {
                let [id, campaign, created_at] = ["link_id", "campaign", "created_at"].map(&mut take);
                let [expires_at, revoked_at, clicks, uses] =
                    ["expires_at", "revoked_at", "clicks", "uses"].map(&mut take);
                self.links.push(Link { id, campaign, created_at, expires_at, revoked_at, clicks, uses });
            }
            Some("erasure") => self.erasure = Some(Value::Object(record)),
            _ => {}
        }
    }

    fn text(&self) -> String {
        let mut lines = vec![self.user_id.clone()];
        let mut line = |name: &str, value: &str| lines.push(format!("  {name}: {value}"));
        for (name, value) in &self.attributes {
            line(name, &shown(value));
        }
        let messages = format!("{} by the user, {} by the chatbot", self.by_the_user, self.by_the_chatbot);
        line("messages", &messages);
        if let (Some(first), Some(last)) = (&self.first_message, &self.last_message) {
            line("from, to", &format!("{first}, {last}"));
        }
        for link in &self.links {
            let Link { id, campaign, created_at, clicks, uses, .. } = link;
            let [id, campaign, made, clicks, uses] = [id, campaign, created_at, clicks, uses].map(shown);
            let revoked = if link.revoked_at.is_null() { "" } else { ", revoked" };
            line("link", &format!("{id} of campaign {campaign}, made {made}, clicks {clicks}, uses {uses}{revoked}"));
        }
        if let Some(erasure) = &self.erasure {
            let [begun, completed] = ["begun_at", "completed_at"].map(|name| shown(&erasure[name]));
            line("erased", &format!("begun {begun}, complete {completed}"));
        }
        lines.join("\n")
    }
}

/// A value as a person reads it: text without quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
