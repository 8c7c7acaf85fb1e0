//! The rights of each function: exactly the operations that its code can send, on exactly the partitions it works on.

use crate::support::source::{Source, rust};
use crate::support::template::{Right, Template};
use crate::support::{GENERATE, LEGACY, PAGE_ORIGIN, PUBLIC, Tenancy, Wire, World};
use regex::Regex;
use serde_json::{Value, json};
use shared::store::StoreError;
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
fn product(source: Source) -> String {
    source.text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

/// What each method of the store asks for, by itself or through others.
fn store_methods() -> BTreeMap<String, BTreeSet<&'static str>> {
    let begin = Regex::new(r"(?m)^\s*(?:pub(?:\(\w+\))? )?(?:async )?fn (\w+)").expect("a pattern");
    let mut bodies = BTreeMap::new();
    for text in rust("shared/src/store").into_iter().map(product) {
        let places: Vec<_> = begin.captures_iter(&text).map(|found| (found.get(0).expect("it").start(), found[1].to_owned())).collect();
        for (number, (start, name)) in places.iter().enumerate() {
            let end = places.get(number + 1).map_or(text.len(), |(next, _)| *next);
            bodies.entry(name.clone()).or_insert_with(String::new).push_str(&text[*start..end]);
        }
    }
    let called = |body: &str| CALLS.iter().filter(|(call, _)| Regex::new(call).expect("a pattern").is_match(body)).map(|(_, right)| *right).collect();
    let mut rights: BTreeMap<String, BTreeSet<&str>> = bodies.iter().map(|(name, body)| (name.clone(), called(body))).collect();
    for _ in 0..bodies.len() {
        for (name, body) in &bodies {
            let others = names(r"self\s*\.(\w+)\(", body);
            let more: Vec<_> = others.iter().filter_map(|other| rights.get(other)).flatten().copied().collect();
            rights.get_mut(name).expect("it").extend(more);
        }
    }
    rights
}

#[test]
fn every_function_may_do_what_its_code_can_ask_for_and_nothing_else() {
    let (template, methods) = (Template::read(), store_methods());
    assert!(methods.len() > 30 && methods["link_get"] == BTreeSet::from(["Query"]), "{methods:?}");
    let extractors: Vec<_> = rust("shared/src/http").into_iter().map(product).filter(|text| text.contains(".store")).collect();
    for (function, _) in template.functions() {
        let mut code: String = rust(&format!("functions/{function}/src")).into_iter().map(product).collect();
        for extractor in &extractors {
            if names(r"pub struct (\w+)", extractor).iter().any(|name| code.contains(name)) {
                code.push_str(extractor);
            }
        }
        let reached = names(r"store\s*\.(\w+)\(", &code);
        let needed: BTreeSet<_> = reached.iter().filter_map(|method| methods.get(method)).flatten().map(|right| format!("dynamodb:{right}")).collect();
        let granted = template.rights(&function).into_iter().filter(|right| !right.keys.is_empty()).flat_map(|right| right.actions);
        assert_eq!(granted.collect::<BTreeSet<_>>(), needed, "{function}: {reached:?}");
    }
}

#[test]
fn every_right_is_to_the_table_and_its_partitions_or_to_the_key_of_the_settings() {
    let table = json!({"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}"});
    let template = Template::read();
    for (function, _) in template.functions() {
        for Right { sid, actions, resource, keys } in template.rights(&function) {
            let settings = actions == ["kms:Decrypt"] && resource == json!({"Fn::GetAtt": "EnvironmentKey.Arn"});
            let items = actions.iter().all(|action| action.starts_with("dynamodb:")) && resource == table && !keys.is_empty();
            assert!(settings || items, "{function}: {sid}");
        }
    }
}

/// The operations of a request, each with the partition it works on.
fn asked(operation: &str, body: &Value) -> Vec<(String, String)> {
    let partition = |item: &Value| item["PK"]["S"].as_str().expect("a partition").to_owned();
    let one = |item: &Value| vec![(operation.to_owned(), partition(item))];
    let of_tables = |items: fn(&Value) -> Vec<Value>| {
        let tables = body["RequestItems"].as_object().expect("tables").values();
        tables.flat_map(items).map(|item| (operation.to_owned(), partition(&item))).collect()
    };
    match operation {
        "GetItem" | "UpdateItem" | "DeleteItem" => one(&body["Key"]),
        "PutItem" => one(&body["Item"]),
        "Query" => vec![(operation.to_owned(), body["ExpressionAttributeValues"][":pk"]["S"].as_str().expect("a partition").to_owned())],
        "BatchGetItem" => of_tables(|table| table["Keys"].as_array().expect("keys").clone()),
        "BatchWriteItem" => of_tables(|table| table.as_array().expect("writes").iter().map(|write| write["PutRequest"]["Item"].clone()).collect()),
        "TransactWriteItems" => {
            let part = |part: &Value| {
                let (kind, part) = part.as_object().expect("a part").iter().next().expect("one");
                let item = part.get("Item").unwrap_or(&part["Key"]);
                (format!("{}Item", kind.trim_end_matches("Item")), partition(item))
            };
            body["TransactItems"].as_array().expect("parts").iter().map(part).collect()
        }
        other => panic!("what does {other} ask for?"),
    }
}

fn matches(pattern: &str, partition: &str) -> bool {
    let parts: Vec<_> = pattern.split('*').map(regex::escape).collect();
    Regex::new(&format!("^{}$", parts.join(".*"))).expect("a pattern").is_match(partition)
}

/// Every right of every function that was used, as function, operation and pattern.
type Used = BTreeSet<(String, String, String)>;

/// Asserts that everything asked since the last time is a right of the path's function.
fn check(template: &Template, wire: &Wire, path: &str, used: &mut Used) {
    let function = template.function_of(path);
    let rights = template.rights(&function);
    for request in wire.asked() {
        let body = serde_json::from_str(&request.body).expect("JSON");
        for (operation, partition) in asked(&request.operation, &body) {
            let action = format!("dynamodb:{operation}");
            let patterns = rights.iter().filter(|right| right.actions.contains(&action)).flat_map(|right| &right.keys);
            let patterns: Vec<_> = patterns.filter(|pattern| matches(pattern, &partition)).collect();
            assert!(!patterns.is_empty(), "{function} may not {operation} {partition}, which {path} asks for");
            used.extend(patterns.into_iter().map(|pattern| (function.clone(), action.clone(), pattern.clone())));
        }
    }
    wire.forget();
}

/// Calls everything that asks the table, as far as partitions differ, and checks after each.
async fn tour(world: &World, acme: &Tenancy, wire: &Wire) -> Result<Used, StoreError> {
    let (template, mut used) = (Template::read(), Used::new());
    wire.forget();
    let mut links = Vec::new();
    for (path, scenario) in [(GENERATE[0], "0x420"), (GENERATE[1], "support")] {
        let body = json!({"scenario_id": scenario, "dataset": [{"user_id": "ann", "attributes": {"first_name": "Ann"}}]});
        links.push(crate::support::paths(&world.post(path, &acme.token, &body).await).remove(0));
        check(&template, wire, path, &mut used);
    }
    let handoff = world.handoff(&links[0]).await;
    check(&template, wire, &links[0], &mut used);
    let exchange = |nonce: &str| {
        let body = json!({"handoff": handoff, "nonce": nonce}).to_string();
        world.post_raw("/webchat/exchange", &[("origin", PAGE_ORIGIN), ("content-type", "application/json")], body)
    };
    let (first, taken) = (exchange("0123456789abcdef").await, exchange("fedcba9876543210").await);
    assert_eq!((first.status.as_u16(), taken.status.as_u16()), (200, 409));
    check(&template, wire, "/webchat/exchange", &mut used);
    let session = first.json()["session"].as_str().expect("a session").to_owned();
    assert_eq!(world.say(&session, "ann", "m1", "hello").await.status, 200);
    check(&template, wire, "/incoming/webchat", &mut used);
    for path in [LEGACY, PUBLIC] {
        for query in [vec![], vec![("user_id", "ann")]] {
            let period = [("from", "2000-01-01"), ("to", "2100-01-01")];
            assert_eq!(world.ask(acme, path, &[period.to_vec(), query].concat()).await.status, 200);
            check(&template, wire, path, &mut used);
        }
    }
    let tokens = world.get("/api/tokens", &acme.token).await.json();
    check(&template, wire, "/api/tokens", &mut used);
    world.get("/api/token", &acme.token).await;
    check(&template, wire, "/api/token", &mut used);
    let path = format!("/api/tokens/{}", tokens["data"][0]["id"].as_str().expect("an id"));
    assert_eq!(world.delete(&path, &acme.token).await.status, 204);
    check(&template, wire, &path, &mut used);
    Ok(used)
}

#[tokio::test]
async fn every_partition_that_is_asked_for_is_allowed_and_every_one_allowed_is_asked_for() {
    let wire = Wire::new();
    let world = World::with(&[], |client| wire.plug(client)).await;
    let acme = world.tenancy("acme").await;
    let used = tour(&world, &acme, &wire).await.expect("a tour");
    let template = Template::read();
    for (function, _) in template.functions() {
        for right in template.rights(&function).into_iter().filter(|right| !right.keys.is_empty()) {
            for key in &right.keys {
                let some = right.actions.iter().any(|action| used.contains(&(function.clone(), action.clone(), key.clone())));
                assert!(some, "{function}: {} allows {key}, which nothing asks for", right.sid);
            }
            for action in &right.actions {
                let some = right.keys.iter().any(|key| used.contains(&(function.clone(), action.clone(), key.clone())));
                assert!(some, "{function}: {} allows {action}, which nothing asks for", right.sid);
            }
        }
    }
}
