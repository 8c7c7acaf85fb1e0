//! What a link occupies in the table.

use super::people::person;
use super::{MANY, assert_on_the_page, metered, price};

#[tokio::test]
async fn docs_deploy_md_has_the_measured_size_of_a_link_and_what_a_year_of_a_million_costs() {
    let (env, meter) = metered().await;
    let acme = env.create_tenant("acme").await;
    let _ = meter.take();
    let response = env.generate(&acme, (0..MANY).map(person).collect()).await;
    assert_eq!(response.status, 200, "{}", response.text());
    // With its share of the campaign's manifest and of its user's list.
    let bytes = meter.take().stored / f64::from(MANY);
    let dollars = bytes / 1e9 * 1e6 * price::STORED * 12.0;
    assert_on_the_page(&[format!("| a link that nobody has followed | {bytes:.0} | ${dollars:.2} |")]);
}
