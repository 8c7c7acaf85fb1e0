//! `odx console`: a link that signs in to the console of a local server.

use crate::environment::odx_alone;
use crate::links_environment::LinksEnvironment;
use reqwest::redirect::Policy;

#[tokio::test]
async fn a_link_signs_an_account_in_once() {
    let links = LinksEnvironment::new().await;
    let url = links.environment.odx("console --tenant acme --account ann").await.succeeds();
    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let first = client.get(url.trim()).send().await.unwrap();
    assert_eq!((first.status().as_u16(), &first.headers()["location"]), (303, &"/console".parse().unwrap()));
    assert_eq!(client.get(url.trim()).send().await.unwrap().status(), 410);
}

#[tokio::test]
async fn as_json_a_link_has_its_lifetime() {
    let links = LinksEnvironment::new().await;
    let printed = links.environment.odx("console --tenant acme --account ann --json").await.json();
    assert_eq!(printed["expires_in"], 600);
}

#[tokio::test]
async fn an_unknown_account_is_named() {
    let links = LinksEnvironment::new().await;
    links.environment.odx("console --tenant acme --account nobody").await.fails(&["nobody"]);
}

#[tokio::test]
async fn a_link_needs_the_folder_of_a_local_server() {
    odx_alone("console").await.fails(&["odx console --local .local"]);
}
