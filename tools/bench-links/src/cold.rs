//! Redirects of links that no process has cached, next to a handler that makes the same read and the same write.

use crate::environment::{BULK, BenchEnvironment};
use crate::load;
use anyhow::{Context as _, Result};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use bench_harness::{Measurement, Report, medians};
use http::{HeaderValue, StatusCode, header};
use shared::store::Client;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;

/// Number of links that each round visits, each once.
const VISITED: usize = 1000;

pub(crate) async fn measure(
    environment: &BenchEnvironment,
    rounds: u16,
    many: usize,
    report: &mut Report,
) -> Result<()> {
    let client = Client::from_conf(shared::store::client_config(&environment.app().config.aws));
    let floor = Router::new().route("/{link}", get(floor)).with_state((client, environment.app().config.table.clone()));
    let (ours, floor) = (serve(environment.service.clone()).await?, serve(floor).await?);
    let mut codes = environment.links(VISITED).await?;
    let few = compare(environment, ours, floor, &codes, rounds).await?;
    let name = "redirect of a cold link, 1,000 links in the table, links/s";
    report.add(Measurement::new(name, few[0]).with_floor(few[1]).at_least(0.7));
    let requests = many.div_ceil(BULK);
    codes.clear();
    for _ in 0..requests {
        // Some links of every request, so that the visited ones are spread over the table.
        let links = environment.links(BULK).await?;
        codes.extend(links.into_iter().step_by(BULK * requests / VISITED.max(requests)));
    }
    codes.truncate(VISITED);
    let lots = compare(environment, ours, floor, &codes, rounds).await?;
    let name = format!("redirect of a cold link, {} links in the table, links/s", requests * BULK);
    report.add(Measurement::new(name, lots[0]).with_floor(lots[1]).at_least(0.7));
    report.add(Measurement::new("the second ratio over the first", (lots[0] / lots[1]) / (few[0] / few[1])));
    Ok(())
}

/// The visits per second of the product and of the floor, measured in turns.
async fn compare(
    environment: &BenchEnvironment,
    ours: SocketAddr,
    floor: SocketAddr,
    codes: &[shared::model::Code],
    rounds: u16,
) -> Result<[f64; 2]> {
    let paths: Vec<_> = codes.iter().map(|code| format!("/{}", code.reveal())).collect();
    let hashes: Vec<_> = codes.iter().map(|code| format!("/{}", environment.hash(code).as_str())).collect();
    medians(rounds, async |_| {
        let ours = load::visit(ours, &paths, VISITED).await?.rate;
        Ok([ours, load::visit(floor, &hashes, VISITED).await?.rate])
    })
    .await
}

async fn serve(service: Router) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}

type Redirect = (StatusCode, [(header::HeaderName, HeaderValue); 1]);

/// Reads a link, counts a click and redirects.
async fn floor(
    State((client, table)): State<(Client, String)>,
    Path(link): Path<String>,
) -> Result<Redirect, StatusCode> {
    follow(&client, &table, &link).await.map_err(|error| {
        eprintln!("the floor: {error:#}");
        StatusCode::INTERNAL_SERVER_ERROR
    })
}

async fn follow(client: &Client, table: &str, link: &str) -> Result<Redirect> {
    let pk = AttributeValue::S(format!("L#{link}"));
    let key = |pk: AttributeValue, sk: &str| {
        HashMap::from([("PK".to_owned(), pk), ("SK".to_owned(), AttributeValue::S(sk.to_owned()))])
    };
    // The link, its activity, and its campaign's bucket, which is empty here and for most links of a deployment.
    let revoked = key(AttributeValue::S("R#none".to_owned()), "REVOKED");
    let keys = vec![key(pk.clone(), "LINK"), key(pk.clone(), "ACTIVITY"), revoked];
    let keys = KeysAndAttributes::builder().set_keys(Some(keys)).build()?;
    let response = client.batch_get_item().request_items(table, keys).send().await?;
    let items: Vec<_> = response.responses.unwrap_or_default().into_values().flatten().collect();
    let target = items.iter().find_map(|item| item.get("target")?.as_s().ok()).context("the link does not exist")?;
    let count = client
        .update_item()
        .table_name(table)
        .key("PK", pk)
        .key("SK", AttributeValue::S("ACTIVITY".to_owned()))
        .update_expression("SET first_clicked_at = if_not_exists(first_clicked_at, :now) ADD clicks :one")
        .expression_attribute_values(":now", AttributeValue::N("1700000000000000".to_owned()))
        .expression_attribute_values(":one", AttributeValue::N("1".to_owned()));
    count.send().await?;
    Ok((StatusCode::FOUND, [(header::LOCATION, HeaderValue::from_str(target)?)]))
}
