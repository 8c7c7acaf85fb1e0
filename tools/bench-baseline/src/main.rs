//! The baseline of the cold-start benchmark: `lambda_http`, the DynamoDB client configured by hand, and the requests that
//! a redirect makes, without this product's code.
//!
//! A redirect makes a BatchGetItem of three keys and, for a GET, an `UpdateItem` that counts the click. The baseline is a
//! package of its own, so that cargo builds it with the same features as a function.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use aws_sdk_dynamodb::{Client, Config};
use lambda_http::http::Method;
use lambda_http::{Body, Error, Request, Response, service_fn};
use std::collections::HashMap;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, id, secret, table, link, init] = arguments.as_slice() else {
        return Err(
            "the arguments are an endpoint, its key and secret, a table, the partition of a link, and `warm` or `cold`"
                .into(),
        );
    };
    let client = &client(endpoint, id, secret);
    if init == "warm" {
        let meta = client.get_item().table_name(table).set_key(Some(key("META", "META")));
        meta.consistent_read(true).send().await?;
    }
    lambda_http::run(service_fn(move |request| follow(client, table, link, request))).await
}

/// Reads the link, and counts the click of a GET.
async fn follow(client: &Client, table: &str, link: &str, request: Request) -> Result<Response<Body>, Error> {
    // The link, its activity, and its campaign's bucket, which is empty here and for most links of a deployment.
    let keys = vec![key(link, "LINK"), key(link, "ACTIVITY"), key("R#none", "REVOKED")];
    let keys = KeysAndAttributes::builder().set_keys(Some(keys)).build()?;
    let response = client.batch_get_item().request_items(table, keys).send().await?;
    let found = response.responses.is_some_and(|tables| tables.values().any(|items| !items.is_empty()));
    if request.method() == Method::GET {
        let count = client
            .update_item()
            .table_name(table)
            .set_key(Some(key(link, "ACTIVITY")))
            .update_expression("SET first_clicked_at = if_not_exists(first_clicked_at, :now) ADD clicks :one")
            .expression_attribute_values(":now", AttributeValue::N("1730213248000000".to_owned()))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()));
        count.send().await?;
    }
    let status = if found { 302 } else { 404 };
    Ok(Response::builder().status(status).header("location", "https://example.com/").body(Body::Empty)?)
}

fn key(pk: &str, sk: &str) -> HashMap<String, AttributeValue> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    HashMap::from([("PK".to_owned(), text(pk)), ("SK".to_owned(), text(sk))])
}

fn client(endpoint: &str, id: &str, secret: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(id, secret, None, None, "baseline"))
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}
