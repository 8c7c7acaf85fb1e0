//! `odx links funnel`: how many links of a campaign reached each step.

use crate::links_environment::LinksEnvironment;
use serde_json::Value;

/// An environment with four links in the campaign `spring`, two of which were opened.
async fn with_funnel() -> LinksEnvironment {
    let links = LinksEnvironment::new().await;
    links.create("user_id\nann\nben\ncem\ndan\n", "--campaign spring").await.succeeds();
    for line in links.written().lines().skip(1).take(2) {
        links.open(line.split(',').nth(1).unwrap()).await;
    }
    links
}

#[tokio::test]
async fn a_funnel_counts_links_by_step_and_day() {
    let links = with_funnel().await;
    let funnel = links.environment.odx("links funnel spring --json").await.json();
    let counts = |of: &Value| ["made", "clicked", "opened", "conversed"].map(|step| of[step].as_u64().unwrap());
    assert_eq!(counts(&funnel), [4, 2, 2, 0]);
    assert_eq!(counts(&funnel["by_day"][0]), [4, 2, 2, 0]);
}

#[tokio::test]
async fn a_funnel_is_printed_as_columns() {
    let links = with_funnel().await;
    let printed = links.environment.odx("links funnel spring").await.succeeds();
    let day = links.environment.odx("links funnel spring --json").await.json()["by_day"][0]["day"].clone();
    insta::assert_snapshot!(printed.replace(day.as_str().unwrap(), "2025-01-01"), @r"
               links  of made
    made       4      100.0 %
    clicked    2      50.0 %
    opened     2      50.0 %
    conversed  0      0.0 %

    day         made  clicked  opened  conversed
    2025-01-01  4     2        2       0
    ");
}

#[tokio::test]
async fn a_funnel_is_drawn_as_svg() {
    let links = with_funnel().await;
    let funnel = links.environment.odx("links funnel spring --json").await.json();
    let file = links.environment.file("funnel.svg");
    links.environment.odx(&format!("links funnel spring --plot {}", file.display())).await.succeeds();
    let drawn = std::fs::read_to_string(file).unwrap();
    for text in ["<svg", "Campaign spring", "50.0 %", funnel["by_day"][0]["day"].as_str().unwrap()] {
        assert!(drawn.contains(text), "{text} is not in {drawn}");
    }
}

#[tokio::test]
async fn a_funnel_is_drawn_as_png() {
    let links = with_funnel().await;
    let file = links.environment.file("funnel.PNG");
    links.environment.odx(&format!("links funnel spring --plot {}", file.display())).await.succeeds();
    assert!(std::fs::read(file).unwrap().starts_with(b"\x89PNG\r\n\x1a\n"));
}
