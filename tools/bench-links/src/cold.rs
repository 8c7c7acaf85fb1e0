//! Redirects of links that no process has at hand, beside a bare handler that makes the same read and the same write.

use crate::load;
use crate::report::{Report, median};
use crate::site::{BULK, Site};
use anyhow::{Context as _, Result};
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use shared::store::Client;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;

/// Links that each round visits, each once.
const VISITED: usize = 1000;

pub(crate) async fn measure(site: &Site, rounds: usize, many: usize, report: &mut Report) -> Result<()> {
    let client = Client::from_conf(shared::store::client_config(&site.app.config.aws));
    let bare = Router::new().route("/{link}", get(bare)).with_state((client, site.app.config.table.clone()));
    let (ours, bare) = (serve(site.service.clone()).await?, serve(bare).await?);
    let mut codes = site.links(VISITED).await?;
    let few = compare(site, ours, bare, &codes, rounds).await?;
    report.at_least("redirect of a cold link, 1,000 links in the table", "a second", few.0, few.1, 0.7);
    let requests = many.div_ceil(BULK);
    codes.clear();
    for _ in 0..requests {
        // Some of every request, so that those visited lie all over the table.
        let made = site.links(BULK).await?;
        codes.extend(made.into_iter().step_by(BULK * requests / VISITED.max(requests)));
    }
    codes.truncate(VISITED);
    let lots = compare(site, ours, bare, &codes, rounds).await?;
    let what = format!("redirect of a cold link, {} links in the table", requests * BULK);
    report.at_least(&what, "a second", lots.0, lots.1, 0.7);
    report.note("the second ratio over the first", "", (lots.0 / lots.1) / (few.0 / few.1));
    Ok(())
}

/// Visits a second of ours and of the floor, in turns.
async fn compare(
    site: &Site,
    ours: SocketAddr,
    bare: SocketAddr,
    codes: &[shared::model::Code],
    rounds: usize,
) -> Result<(f64, f64)> {
    let paths: Vec<_> = codes.iter().map(|code| format!("/{}", code.reveal())).collect();
    let hashes: Vec<_> = codes.iter().map(|code| format!("/{}", site.hash(code).as_str())).collect();
    let (mut fast, mut floor) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let (a, b) = (load::visit(ours, &paths, VISITED).await?, load::visit(bare, &hashes, VISITED).await?);
        if round > 0 {
            fast.push(a.rate);
            floor.push(b.rate);
        }
    }
    Ok((median(fast), median(floor)))
}

async fn serve(service: Router) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}

type Answer = (StatusCode, [(header::HeaderName, HeaderValue); 1]);

/// Reads a link, counts a click, leads on.
async fn bare(State((client, table)): State<(Client, String)>, Path(link): Path<String>) -> Result<Answer, StatusCode> {
    follow(&client, &table, &link).await.map_err(|error| {
        eprintln!("the floor: {error:#}");
        StatusCode::INTERNAL_SERVER_ERROR
    })
}

async fn follow(client: &Client, table: &str, link: &str) -> Result<Answer> {
    let pk = AttributeValue::S(format!("L#{link}"));
    let read = client
        .query()
        .table_name(table)
        .key_condition_expression("PK = :pk")
        .expression_attribute_values(":pk", pk.clone())
        .consistent_read(true);
    let items = read.send().await?.items.unwrap_or_default();
    let target = items.iter().find_map(|item| item.get("target")?.as_s().ok()).context("there is no such link")?;
    let count = client
        .update_item()
        .table_name(table)
        .key("PK", pk)
        .key("SK", AttributeValue::S("STATE".to_owned()))
        .update_expression("SET first_clicked_at = if_not_exists(first_clicked_at, :now) ADD clicks :one")
        .expression_attribute_values(":now", AttributeValue::N("1700000000000000".to_owned()))
        .expression_attribute_values(":one", AttributeValue::N("1".to_owned()));
    count.send().await?;
    Ok((StatusCode::FOUND, [(header::LOCATION, HeaderValue::from_str(target)?)]))
}
