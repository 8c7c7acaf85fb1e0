//! The codes of errors: each in the source and in docs/errors.md, with the status that the page names.

use crate::support::source::{root, rust};
use crate::support::{TestEnvironment, operations_requiring};
use regex::Regex;
use std::collections::BTreeSet;

/// The codes of docs/errors.md: the headings in code quotes.
fn documented() -> BTreeSet<String> {
    let page = std::fs::read_to_string(root().join("docs/errors.md")).expect("the page");
    let heading = Regex::new(r"(?m)^## `(\w+)`$").expect("a pattern");
    heading.captures_iter(&page).map(|found| found[1].to_owned()).collect()
}

#[test]
fn docs_errors_md_has_exactly_the_codes_of_the_source() {
    let kinds = Regex::new(r#"=> "(\w+)""#).expect("a pattern");
    let specific = Regex::new(r#"with_code\(\s*"(\w+)""#).expect("a pattern");
    let mut codes = BTreeSet::new();
    for source in ["shared/src", "functions"].into_iter().flat_map(rust) {
        if source.path == "shared/src/http/error_code.rs" {
            codes.extend(kinds.captures_iter(&source.text).map(|found| found[1].to_owned()));
        }
        codes.extend(specific.captures_iter(&source.text).map(|found| found[1].to_owned()));
    }
    assert!(codes.len() > 20, "{codes:?}");
    assert_eq!(documented(), codes);
}

#[tokio::test]
async fn every_operation_without_credentials_answers_the_code_token_missing() {
    let env = TestEnvironment::new().await;
    for operation in operations_requiring("token") {
        let problem = operation.send(&env, &[]).await.json();
        assert_eq!(problem["code"], "token_missing", "{}", operation.name());
    }
}
