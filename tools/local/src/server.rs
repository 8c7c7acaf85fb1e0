//! The server: every route on one port, until Ctrl-C or SIGTERM.

use crate::args::Args;
use crate::banner::Demo;
use crate::pages::Home;
use crate::{banner, pages, sync_timer};
use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::body::Body;
use axum::extract::Request as Incoming;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use http::{Request, Version, header};
use http_body_util::BodyExt as _;
use sandbox::data_dir::{DataDir, URL};
use sandbox::engine::{Engine, EngineOptions};
use sandbox::serving::serve;
use sandbox::{demo, routes};
use shared::app::App;
use shared::config;
use shared::crypto::ConsoleSignIn;
use shared::http::ApiError;
use shared::store::{Store, TableError};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use sync::Sync;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::MissedTickBehavior;
use tower::ServiceExt as _;
use url::Url;

const ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";
/// The interval of writing clicks. A killed server loses at most the clicks of one interval.
const WRITE_INTERVAL: Duration = Duration::from_millis(500);

/// Runs the server until Ctrl-C or SIGTERM.
///
/// # Errors
/// Returns an error that names the problem and its remedy: a data folder, port, endpoint or table that cannot be used.
pub async fn run(args: &Args) -> Result<()> {
    let folder = DataDir::open(&args.data)?;
    let listener = listen(args).await?;
    let base = base(listener.local_addr()?)?;
    let (engine, aws) = if let Some(endpoint) = &args.endpoint {
        (None, external_engine(endpoint))
    } else {
        folder.check_table_is_kept()?;
        let options = EngineOptions { host: args.engine_host, unflushed: args.unflushed };
        let engine = Engine::open_with(&folder.table(), options)?;
        if !args.engine_host.is_loopback() {
            eprintln!("{}", banner::exposed(args.engine_host, &engine.endpoint()));
        }
        let aws = engine.settings();
        (Some(engine), aws)
    };
    let config = folder.config(&aws.clone().into_iter().chain(sign_in(args)).collect())?;
    let mut app = App::new(config);
    app.store = app.store.with_link_cache();
    let store = app.store.clone();
    check_table(&app.store, &args.data).await?;
    // The operator's own credentials for a DynamoDB elsewhere are not written to a file.
    let written = aws.into_iter().filter(|(name, _)| engine.is_some() || name == ENDPOINT).collect();
    folder.write_engine(&written)?;
    folder.write(URL, base.as_str())?;
    if !args.empty {
        demo::prepare(&app, &folder, &base).await?;
    }
    let home = Home {
        base: base.as_str().trim_end_matches('/').to_owned(),
        token_path: folder.file("token").display().to_string(),
        table: app.config.table.clone(),
        engine: args.endpoint.clone().unwrap_or_else(|| format!("embedded, in {}", folder.table().display())),
    };
    let syncing = if args.sync { Some(Sync::new(app.clone()).context("sync cannot start")?) } else { None };
    let routes = routes().merge(pages::routes(&home)).layer(middleware::from_fn(one_host));
    let service = shared::http::service(routes, app.clone());
    let link = if args.empty { None } else { Some(link_for_ann(&service, &folder, &base).await?) };
    let stopped = stopped()?; // before the server prints that it is ready, because a script may then send a signal
    let demo =
        link.map(|link| Ok::<_, anyhow::Error>(Demo { link, console: sign_in_link(&app, &base)? })).transpose()?;
    println!("{}", banner::text(&home, demo.as_ref()));
    let writing = tokio::spawn(write_clicks(store.clone()));
    let syncing = syncing.map(|sync| tokio::spawn(sync_timer::run(sync)));
    serve(listener, service, stopped).await;
    if let Some(syncing) = syncing {
        syncing.abort();
    }
    writing.abort();
    store.clicks_write().await.context("the last clicks could not be stored")?;
    drop(engine);
    println!("Stopped. Everything is kept in {}.", args.data.display());
    Ok(())
}

/// The settings of a DynamoDB elsewhere: its address, and the credentials and the region of this process's environment.
fn external_engine(endpoint: &str) -> BTreeMap<String, String> {
    let names = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    let given = names.into_iter().filter_map(|name| Some((name.to_owned(), config::variable(name)?)));
    given.chain([(ENDPOINT.to_owned(), endpoint.to_owned())]).collect()
}

/// The settings of the provider that people sign in to the console with.
fn sign_in(args: &Args) -> impl Iterator<Item = (String, String)> {
    let settings = [
        ("OIDC_ISSUER", args.oidc_issuer.clone()),
        ("OIDC_CLIENT_ID", args.oidc_client_id.clone()),
        ("OIDC_CLIENT_SECRET", config::variable("OIDC_CLIENT_SECRET").filter(|_| args.oidc_issuer.is_some())),
    ];
    settings.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)))
}

async fn listen(args: &Args) -> Result<TcpListener> {
    let address = SocketAddr::new(args.host, args.port);
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            bail!(
                "port {} is in use: stop the program that uses it, or choose another with --port (0 takes any)",
                args.port
            )
        }
        Err(error) => {
            Err(error).with_context(|| format!("cannot listen on {address}: choose another with --host and --port"))
        }
    }
}

/// Refuses a request of HTTP/1.1 without one `Host` (RFC 9112 section 3.2). API Gateway does so itself.
async fn one_host(request: Incoming, next: Next) -> Response {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() == Version::HTTP_11) {
        return ApiError::BadRequest("A request has exactly one Host header.").into_response();
    }
    next.run(request).await
}

/// The address that a browser on this machine opens.
fn base(address: SocketAddr) -> Result<Url> {
    let host = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    Ok(Url::parse(&format!("http://{}/", SocketAddr::new(host, address.port())))?)
}

async fn check_table(store: &Store, data: &Path) -> Result<()> {
    store.table_create().await.map_err(|error| {
        let advice = match error {
            TableError::Version { .. }
            | TableError::DataKey { .. }
            | TableError::Foreign(_)
            | TableError::Unreadable(_) => {
                format!("choose another data folder than {} with --data DIR", data.display())
            }
            TableError::Missing(_) | TableError::Store(_) => "is the endpoint correct and reachable?".to_owned(),
        };
        anyhow::Error::new(error).context(format!("the table cannot be used: {advice}"))
    })
}

/// Generates a link to try, by a request to the API.
async fn link_for_ann(service: &Router, folder: &DataDir, base: &Url) -> Result<String> {
    let token = std::fs::read_to_string(folder.file("token")).context("cannot read the demo token")?;
    let body = r#"{"scenario_id":"customer_support","dataset":[{"user_id":"ann","attributes":{"first_name":"Ann","city":"Vienna"}}]}"#;
    let request = Request::post("/public/api/generate-webchat-deep-link")
        .header(header::HOST, base.authority())
        .header(header::AUTHORIZATION, format!("Bearer {}", token.trim()))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body))?;
    let response = service.clone().oneshot(request).await?;
    let body = response.into_body().collect().await?.to_bytes();
    let links: serde_json::Value = serde_json::from_slice(&body)?;
    let url = links.pointer("/0/url").and_then(serde_json::Value::as_str);
    url.map(str::to_owned).with_context(|| {
        format!(
            "the demo token no longer works: {}; remove {} and start again",
            links["detail"],
            folder.file("token").display()
        )
    })
}

/// A link that signs the admin of the demo in to the console.
fn sign_in_link(app: &App, base: &Url) -> Result<Url> {
    let link = ConsoleSignIn::new(demo::TENANT.parse()?, demo::ACCOUNT.parse()?, app.clock.now());
    Ok(base.join(&link.path(&app.config.signer))?)
}

/// Stores the buffered clicks in every interval.
async fn write_clicks(store: Store) {
    let mut timer = tokio::time::interval(WRITE_INTERVAL);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        if let Err(error) = store.clicks_write().await {
            tracing::warn!(%error, "clicks could not be stored and will be retried");
        }
    }
}

/// Waits for Ctrl-C or SIGTERM. Signals are caught from the call on, not from the first poll.
fn stopped() -> Result<impl Future<Output = ()>> {
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}
