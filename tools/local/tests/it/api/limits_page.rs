//! The tables of docs/limits.md: each limit is provoked, and the answer has the status and the code of its row.

use crate::api::limits_provoked::Provoked;
use crate::support::source::root;
use rstest::rstest;

/// A row of a table that has a status and a code.
struct Row {
    limit: String,
    value: usize,
    status: u16,
    code: String,
}

fn rows() -> Vec<Row> {
    let page = std::fs::read_to_string(root().join("docs/limits.md")).expect("the page");
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.ends_with("` |")).map(cells);
    let rows = rows.map(|row| {
        let [limit, value, status, code] = <[String; 4]>::try_from(row).expect("four cells");
        let code = code.trim_matches('`').to_owned();
        Row { limit, value: value.parse().expect("a number"), status: status.parse().expect("a status"), code }
    });
    rows.collect()
}

async fn check(of_time: bool, limit: Option<&str>) {
    let rows = rows().into_iter().filter(|row| row.limit.starts_with("seconds") == of_time);
    for Row { limit, value, status, code } in rows.filter(|row| limit.is_none_or(|limit| limit == row.limit)) {
        let response = Provoked::new().await.provoke(&limit, value).await;
        let problem = response.json();
        assert_eq!(response.status, status, "{limit}: {problem}");
        let found = problem["code"].as_str().unwrap_or("field_invalid"); // verdicts on events have errors by field
        assert_eq!(found, code, "{limit}: {problem}");
    }
}

#[tokio::test]
async fn every_limit_of_the_page_has_the_status_and_the_code_of_its_row() {
    assert_eq!(rows().len(), 25);
    check(false, None).await;
}

#[rstest]
#[tokio::test]
async fn every_time_limit_of_the_page_has_the_status_and_the_code_of_its_row(
    #[values("seconds until a body has arrived", "seconds of a request")] limit: &str,
) {
    assert_eq!(rows().iter().filter(|row| row.limit.starts_with("seconds")).count(), 2);
    check(true, Some(limit)).await;
}
