//! The template compared with the code: routes, settings, the table, and what must not be lost or logged.

use crate::support::source::{folders, root, rust};
use crate::support::template::{Template, paths};
use crate::support::{Failures, TestEnvironment};
use aws_sdk_dynamodb::types::{AttributeDefinition, KeySchemaElement};
use regex::Regex;
use sandbox::SCHEDULED;
use serde_json::{Value, json};
use shared::store::{Client, client_config};
use std::collections::BTreeSet;

/// Every text of the first group of a pattern.
fn found(pattern: &str, text: &str) -> BTreeSet<String> {
    let pattern = Regex::new(pattern).expect("a pattern");
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

fn set(value: &Value) -> BTreeSet<String> {
    value.as_array().expect("an array").iter().map(ToString::to_string).collect()
}

/// The method of a route: any, except that two functions share the path of tokens, and console only creates them.
fn method(function: &str, path: &str) -> &'static str {
    if (function, path) == ("console", "/api/tokens") { "POST" } else { "ANY" }
}

#[test]
fn every_path_is_an_any_route_of_its_function_and_the_default_route_is_that_of_redirect() {
    let template = Template::read();
    let functions = template.functions();
    let names: BTreeSet<_> = functions.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names, folders("functions").into_iter().collect());
    let mut throttled = BTreeSet::new();
    for (name, properties) in &functions {
        let code: String = rust(&format!("functions/{name}/src")).into_iter().map(|source| source.text).collect();
        // A path that ends with a slash reaches its function by `$default`.
        let mut routes = found(r#"\.route\(\s*"([^"]+[^"/])""#, &code);
        routes.extend((name == "redirect").then(|| "$default".to_owned()));
        // The pages of the console are one route.
        // Only pages call the operations on accounts, in their own process.
        routes.retain(|path| !path.starts_with("/internal/"));
        let page = |path: String| if path.starts_with("/console/") { "/console/{page+}".to_owned() } else { path };
        let routes: BTreeSet<_> = routes.into_iter().map(page).collect();
        assert_eq!(paths(properties), routes, "{name}: the `Events` of template.yaml, and the routes of its code");
        if SCHEDULED.contains(&name.as_str()) {
            continue;
        }
        for event in properties["Events"].as_object().expect("events").values() {
            assert_eq!(event["Type"], "HttpApi");
            assert_eq!(event["Properties"]["ApiId"], json!({"Ref": "Api"}));
            let method = event["Properties"]["Path"].as_str().map_or(Value::Null, |path| method(name, path).into());
            assert_eq!(event["Properties"]["Method"], method, "{name}");
        }
        let with_method = |path: &String| format!("{} {path}", method(name, path));
        let setting = |path: &String| if path == "$default" { path.clone() } else { with_method(path) };
        throttled.extend(routes.iter().map(setting));
    }
    let api = template.at("/Resources/Api/Properties");
    assert_eq!(api["StageName"], "$default");
    assert_eq!(api.get("CorsConfiguration"), None, "webchat answers preflights");
    let settings = api["RouteSettings"].as_object().expect("settings by route");
    let settings_of: BTreeSet<_> = settings.keys().cloned().collect();
    assert_eq!(settings_of, throttled, "the `RouteSettings` of template.yaml, and the routes of the code");
    let bounded = |limit: &Value| limit.is_u64() || limit["Ref"].is_string();
    for (route, limits) in settings {
        assert!(bounded(&limits["ThrottlingRateLimit"]), "{route}: {limits}");
        assert!(bounded(&limits["ThrottlingBurstLimit"]), "{route}: {limits}");
    }
}

#[test]
fn sync_runs_by_itself_only_if_the_operator_says_how_often() {
    let template = Template::read();
    let event = template.at("/Resources/SyncFunction/Properties/Events/Schedule");
    assert_eq!(event["Type"], "Schedule");
    assert_eq!(event["Properties"]["State"], json!({"Fn::If": ["SyncsByItself", "ENABLED", "DISABLED"]}));
    assert_eq!(template.at("/Parameters/SyncMinutes/Default"), &json!(0));
    assert_eq!(template.at("/Resources/SyncLagAlarm/Condition"), "SyncsByItself");
}

#[test]
fn the_template_sets_every_setting_and_no_other() {
    let template = Template::read();
    let config: String = rust("shared/src/config").into_iter().map(|source| source.text).collect();
    let mut read: BTreeSet<_> = found(r#"(?:required|optional)\(\s*"([A-Z_]+)""#, &config);
    read.extend(found(r#"\["(OIDC_[A-Z_]+)", "#, &config));
    read.extend(found(r#", "(OIDC_[A-Z_]+)"\]"#, &config));
    // Lambda sets the variables that begin with `AWS_`, except for the endpoint. `sam local` overrides only variables that
    // the template declares.
    let endpoint = "AWS_ENDPOINT_URL_DYNAMODB";
    let ours: BTreeSet<_> = read.into_iter().filter(|name| name == endpoint || !name.starts_with("AWS_")).collect();
    let set = template.members("/Globals/Function/Environment/Variables");
    assert_eq!(set[endpoint], "", "an empty endpoint is that of the region");
    let of_one = ["TOKEN_SIGNING_KEY", "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"].map(str::to_owned).into();
    assert_eq!(set.keys().cloned().collect::<BTreeSet<_>>(), &ours - &of_one);
    for (name, properties) in template.functions() {
        let main = std::fs::read_to_string(root().join(format!("functions/{name}/src/main.rs"))).expect("a main.rs");
        let own = if main.contains("App::") { Value::Null } else { json!({"Ref": "AWS::NoValue"}) };
        if name == "console" {
            let own = properties["Environment"]["Variables"].as_object().expect("variables");
            assert_eq!(own.keys().cloned().collect::<BTreeSet<_>>(), of_one);
            for secret in ["TOKEN_SIGNING_KEY", "OIDC_CLIENT_SECRET"] {
                assert!(own[secret].to_string().contains("{{resolve:secretsmanager:"), "{secret}");
            }
        } else {
            assert_eq!(properties["Environment"], own, "{name}");
        }
    }
    for secret in ["DATA_KEY", "SIGNING_KEYS"] {
        assert!(set[secret].to_string().contains("{{resolve:secretsmanager:"), "{secret}");
    }
    assert_eq!(template.at("/Globals/Function/KmsKeyArn"), &json!({"Fn::GetAtt": "EnvironmentKey.Arn"}));
}

#[test]
fn every_parameter_has_a_description_bounds_and_no_secret_as_its_default() {
    let mut failures = Failures::default();
    let template = Template::read();
    for (name, parameter) in template.members("/Parameters") {
        failures.check(name, || {
            let description = parameter["Description"].as_str().expect("a description");
            assert!(description.len() > 20, "{description}");
            let bounds = ["AllowedPattern", "AllowedValues", "MinValue"];
            assert!(bounds.iter().any(|bound| parameter.get(bound).is_some()), "no bounds: {parameter}");
            if let Some(pattern) = parameter["AllowedPattern"].as_str() {
                assert!(parameter["ConstraintDescription"].is_string(), "no description of its pattern");
                if let Some(default) = parameter["Default"].as_str() {
                    let pattern = Regex::new(&format!("^(?:{pattern})$")).expect("a pattern");
                    assert!(pattern.is_match(default), "{default} does not match {pattern}");
                }
            }
            let default = parameter["Default"].to_string();
            assert!(default.len() < 20, "a default as long as a secret: {default}");
        });
    }
}

fn schema(keys: &[KeySchemaElement]) -> BTreeSet<String> {
    let key = |key: &KeySchemaElement| json!({"AttributeName": key.attribute_name, "KeyType": key.key_type.as_str()});
    set(&keys.iter().map(key).collect())
}

#[tokio::test]
async fn the_table_of_the_template_is_the_table_that_odx_creates() {
    let (template, env) = (Template::read(), TestEnvironment::new().await);
    let client = Client::from_conf(client_config(&env.app.config.aws));
    let name = &env.app.config.table;
    let made = client.describe_table().table_name(name).send().await.expect("described").table.expect("a table");
    let expiry = client.describe_time_to_live().table_name(name).send().await.expect("described");
    let table = template.at("/Resources/Table/Properties");
    assert_eq!(set(&table["KeySchema"]), schema(made.key_schema()));
    let attribute = |attribute: &AttributeDefinition| json!({"AttributeName": attribute.attribute_name, "AttributeType": attribute.attribute_type.as_str()});
    let attributes = made.attribute_definitions().iter().map(attribute).collect();
    assert_eq!(set(&table["AttributeDefinitions"]), set(&attributes));
    assert!(made.global_secondary_indexes().is_empty(), "{:?}", made.global_secondary_indexes());
    assert!(table["GlobalSecondaryIndexes"].is_null(), "{}", table["GlobalSecondaryIndexes"]);
    let expires_by = expiry.time_to_live_description.and_then(|expiry| expiry.attribute_name);
    assert_eq!(table["TimeToLiveSpecification"]["AttributeName"].as_str(), expires_by.as_deref());
}

#[test]
fn the_table_and_the_data_key_are_retained_and_the_table_can_be_restored() {
    let template = Template::read();
    for name in ["Table", "DataKey"] {
        let resource = template.at(&format!("/Resources/{name}"));
        assert_eq!(resource["DeletionPolicy"], "Retain", "{name}");
        assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{name}");
    }
    let table = template.at("/Resources/Table/Properties");
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["DeletionProtectionEnabled"], true);
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["SSESpecification"]["SSEEnabled"], true);
}

#[test]
fn every_function_has_its_own_log_group_with_the_retention_of_the_parameter() {
    let template = Template::read();
    for (name, properties) in template.functions() {
        let log = properties["LoggingConfig"]["LogGroup"]["Ref"].as_str().expect("its own log group");
        let log = template.at(&format!("/Resources/{log}/Properties"));
        assert_eq!(log["RetentionInDays"], json!({"Ref": "LogRetentionDays"}), "{name}");
    }
}

#[test]
fn the_access_log_has_the_route_and_no_personal_data() {
    let template = Template::read();
    let format = template.at("/Resources/Api/Properties/AccessLogSettings/Format").as_str().expect("a format");
    let logged: Value = serde_json::from_str(format).expect("one JSON object");
    let harmless = [
        "$context.requestTimeEpoch",
        "$context.requestId",
        "$context.routeKey",
        "$context.httpMethod",
        "$context.status",
        "$context.responseLength",
        "$context.responseLatency",
        "$context.integrationLatency",
        "$context.integrationStatus",
        "$context.error.responseType",
    ];
    let logged: BTreeSet<_> = logged.as_object().expect("fields").values().filter_map(Value::as_str).collect();
    assert_eq!(logged, harmless.into_iter().collect());
}
