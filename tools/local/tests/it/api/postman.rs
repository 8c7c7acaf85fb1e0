//! The Postman collection: it is made from the OpenAPI document, and has every operation.

use crate::support::{operations, report_skipped, source};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

const COLLECTION: &str = "docs/postman/external-apis.postman_collection.json";
const SCRIPT: &str = "tools/clients/postman.py";
const DOCUMENT: &str = "functions/docs/assets/openapi.json";

fn collection() -> String {
    std::fs::read_to_string(source::root().join(COLLECTION)).expect("the collection")
}

#[test]
fn the_postman_collection_is_generated_from_the_openapi_document() {
    let Ok(made) = Command::new("python3").args([SCRIPT, DOCUMENT]).current_dir(source::root()).output() else {
        return report_skipped("the Postman collection is not compared: there is no python3");
    };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // Not `assert_eq!`: it would print both collections.
    let same = made.stdout == collection().as_bytes();
    assert!(same, "write it anew: python3 {SCRIPT} {DOCUMENT} >{COLLECTION}");
}

#[test]
fn the_postman_collection_has_every_operation() {
    let collection: Value = serde_json::from_str(&collection()).expect("JSON");
    let folders = collection["item"].as_array().expect("folders").iter();
    let items = folders.flat_map(|folder| folder["item"].as_array().expect("requests"));
    let names: BTreeSet<_> = items.map(|item| item["name"].as_str().expect("a name").to_owned()).collect();
    let summaries =
        operations().into_iter().map(|operation| operation.described["summary"].as_str().map(str::to_owned));
    let described: BTreeSet<_> = summaries.map(|summary| summary.expect("a summary")).collect();
    let differing: Vec<_> = names.symmetric_difference(&described).collect();
    assert!(differing.is_empty(), "{differing:?}: write it anew: python3 {SCRIPT} {DOCUMENT} >{COLLECTION}");
}
