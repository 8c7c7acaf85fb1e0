//! The rights of each function: exactly the operations that its code can call, and only on the table.

use crate::support::source::{Source, rust};
use crate::support::template::{Right, Template};
use regex::Regex;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The SDK's calls, by the name of the right that each needs. A transaction needs the rights of its parts.
const CALLS: [(&str, &str); 12] = [
    (r"\.get_item\(\)", "GetItem"),
    (r"\.put_item\(\)", "PutItem"),
    (r"\.update_item\(\)", "UpdateItem"),
    (r"\.delete_item\(\)", "DeleteItem"),
    (r"\.query\(\)", "Query"),
    (r"\.batch_get_item\(\)", "BatchGetItem"),
    (r"\.batch_write_item\(\)", "BatchWriteItem"),
    (r"\bPut::builder\(\)", "PutItem"),
    (r"\bUpdate::builder\(\)", "UpdateItem"),
    (r"\bDelete::builder\(\)", "DeleteItem"),
    (r"\bConditionCheck::builder\(\)", "ConditionCheckItem"),
    (r"\.(?:describe|create|delete|update)_t\w+\(\)", "of an operator"),
];

fn names(pattern: &str, text: &str) -> BTreeSet<String> {
    let pattern = Regex::new(pattern).expect("a pattern");
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// The text without its tests.
fn product(source: &Source) -> String {
    source.text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

/// The rights that each method of the store needs, directly or through other methods.
fn store_methods() -> BTreeMap<String, BTreeSet<&'static str>> {
    let begin = Regex::new(r"(?m)^\s*(?:pub(?:\([\w :]+\))? )?(?:async )?fn (\w+)").expect("a pattern");
    let mut bodies = BTreeMap::new();
    for text in rust("shared/src/store").iter().map(product) {
        let places: Vec<_> =
            begin.captures_iter(&text).map(|found| (found.get(0).expect("it").start(), found[1].to_owned())).collect();
        for (number, (start, name)) in places.iter().enumerate() {
            let end = places.get(number + 1).map_or(text.len(), |(next, _)| *next);
            bodies.entry(name.clone()).or_insert_with(String::new).push_str(&text[*start..end]);
        }
    }
    let calls = CALLS.map(|(call, right)| (Regex::new(call).expect("a pattern"), right));
    let called =
        |body: &String| calls.iter().filter(|(call, _)| call.is_match(body)).map(|(_, right)| *right).collect();
    let mut rights: BTreeMap<String, BTreeSet<&str>> =
        bodies.iter().map(|(name, body)| (name.clone(), called(body))).collect();
    let others: Vec<_> = bodies.iter().map(|(name, body)| (name, names(r"self\s*\.(\w+)\(", body))).collect();
    loop {
        let before = rights.clone();
        for (name, others) in &others {
            let more: Vec<_> = others.iter().filter_map(|other| before.get(other)).flatten().copied().collect();
            rights.get_mut(*name).expect("it").extend(more);
        }
        if rights == before {
            return rights;
        }
    }
}

#[test]
fn every_function_has_exactly_the_rights_that_its_code_needs() {
    let (template, methods) = (Template::read(), store_methods());
    assert!(methods.len() > 30, "{methods:?}");
    assert_eq!(methods["link_get"], BTreeSet::from(["BatchGetItem"]));
    // Code around the handlers that calls the table: the start, and the extractors.
    let around = ["shared/src/app.rs", "shared/src/http/"];
    let around =
        rust("shared/src").into_iter().filter(|source| around.iter().any(|path| source.path.starts_with(path)));
    let around: Vec<_> = around.map(|source| product(&source)).filter(|text| text.contains(".store")).collect();
    // What console needs is what its pages call of other functions; the tour shows that it has no other rights.
    for (function, _) in template.functions().into_iter().filter(|(function, _)| function != "console") {
        let mut code: String = rust(&format!("functions/{function}/src")).iter().map(product).collect();
        for text in &around {
            if names(r"pub struct (\w+)", text).iter().any(|name| code.contains(name)) {
                code.push_str(text);
            }
        }
        let reached = names(r"store\s*\.(\w+)\(", &code);
        let needed: BTreeSet<_> = reached
            .iter()
            .filter_map(|method| methods.get(method))
            .flatten()
            .map(|right| format!("dynamodb:{right}"))
            .collect();
        let granted = template
            .rights(&function)
            .into_iter()
            .filter(|right| !right.keys.is_empty())
            .flat_map(|right| right.actions);
        assert_eq!(granted.collect::<BTreeSet<_>>(), needed, "{function}: {reached:?}");
    }
}

#[test]
fn every_right_is_for_the_table_or_the_key_of_the_settings() {
    const TABLE: &str = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}";
    let table = json!({"Fn::Sub": TABLE});
    let template = Template::read();
    for (function, _) in template.functions() {
        for Right { sid, actions, resource, keys } in template.rights(&function) {
            let settings = actions == ["kms:Decrypt"] && resource == json!({"Fn::GetAtt": "EnvironmentKey.Arn"});
            let of_the_table = actions.iter().all(|action| action.starts_with("dynamodb:")) && resource == table;
            assert!(settings || of_the_table, "{function}: {sid}: {actions:?} on {resource}");
            assert!(settings || !keys.is_empty(), "{function}: {sid}: no partitions");
        }
    }
}

#[test]
fn redirect_reads_links_and_revocations_and_writes_only_activities() {
    let rights = Template::read().rights("redirect");
    let (read, written): (Vec<_>, Vec<_>) =
        rights.iter().partition(|right| right.actions.iter().all(|action| action.ends_with("GetItem")));
    let keys = |rights: &[&Right]| rights.iter().flat_map(|right| right.keys.clone()).collect::<BTreeSet<_>>();
    assert_eq!(keys(&read), ["A#*", "L#*", "META", "R#*"].map(String::from).into());
    assert_eq!(keys(&written), ["A#*"].map(String::from).into());
}
