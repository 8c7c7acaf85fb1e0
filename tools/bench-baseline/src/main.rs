//! The floor of the cold-start benchmark: `lambda_http`, the table's client configured by hand, and as many calls as a
//! redirect makes (a Query of the link, and the count) with nothing of ours around them. A package of its own, so that it is built with the features of a function.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{Client, Config};
use lambda_http::http::Method;
use lambda_http::{Body, Error, Request, Response, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, table, link, init] = arguments.as_slice() else {
        return Err("it takes an endpoint, a table, the partition of a link, and `warm` or `cold`".into());
    };
    let client = &client(endpoint);
    if init == "warm" {
        let meta = client.get_item().table_name(table).key("PK", AttributeValue::S("META".to_owned()));
        meta.key("SK", AttributeValue::S("META".to_owned())).consistent_read(true).send().await?;
    }
    lambda_http::run(service_fn(move |request| follow(client, table, link, request))).await
}

/// Reads the link; a GET also counts the click, as a redirect does.
async fn follow(client: &Client, table: &str, link: &str, request: Request) -> Result<Response<Body>, Error> {
    let read = client
        .query()
        .table_name(table)
        .key_condition_expression("PK = :pk")
        .expression_attribute_values(":pk", AttributeValue::S(link.to_owned()))
        .consistent_read(true);
    let items = read.send().await?.items.unwrap_or_default();
    if request.method() == Method::GET {
        let count = client
            .update_item()
            .table_name(table)
            .key("PK", AttributeValue::S(link.to_owned()))
            .key("SK", AttributeValue::S("STATE".to_owned()))
            .update_expression("SET first_clicked_at = if_not_exists(first_clicked_at, :now) ADD clicks :one")
            .expression_attribute_values(":now", AttributeValue::N("1730213248000000".to_owned()))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()));
        count.send().await?;
    }
    let status = if items.is_empty() { 404 } else { 302 };
    Ok(Response::builder().status(status).header("location", "https://example.com/").body(Body::Empty)?)
}

fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "bare"))
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}
