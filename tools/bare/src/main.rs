//! The floor of the cold-start benchmark: `lambda_http`, the table's client configured by hand, and the calls of a
//! redirect with nothing of ours around them. A package of its own, so that it is built with the features of a function.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{Client, Config};
use lambda_http::http::Method;
use lambda_http::{Body, Error, Request, Response, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (client, table, link) = (&client()?, &variable("TABLE_NAME")?, &variable("BARE_LINK")?);
    if variable("BARE_WARM").is_ok() {
        let nothing = client.get_item().table_name(table).key("PK", AttributeValue::S("T##C#".to_owned()));
        nothing.key("SK", AttributeValue::S("CAMPAIGN".to_owned())).send().await?;
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

fn client() -> Result<Client, Error> {
    let credentials =
        Credentials::new(variable("AWS_ACCESS_KEY_ID")?, variable("AWS_SECRET_ACCESS_KEY")?, None, None, "environment");
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(variable("AWS_REGION")?))
        .credentials_provider(credentials)
        .endpoint_url(variable("AWS_ENDPOINT_URL_DYNAMODB")?);
    Ok(Client::from_conf(config.build()))
}

#[expect(clippy::disallowed_methods, reason = "it has nothing of ours, so no settings of ours")]
fn variable(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|error| format!("{name}: {error}").into())
}
