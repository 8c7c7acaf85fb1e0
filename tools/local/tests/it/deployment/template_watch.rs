//! The alarms and the dashboard of the template: every function, every metric and every operation of the table.

use crate::support::source::root;
use crate::support::template::Template;
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The names of the resources of a type.
fn resources(template: &Template, kind: &str) -> Vec<String> {
    let all = template.members("/Resources").iter().filter(|(_, resource)| resource["Type"] == kind);
    all.map(|(name, _)| name.clone()).collect()
}

/// Every value of a member at any depth.
fn values_of<'a>(value: &'a Value, member: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get(member));
            members.values().for_each(|value| values_of(value, member, found));
        }
        Value::Array(values) => values.iter().for_each(|value| values_of(value, member, found)),
        _ => {}
    }
}

fn texts(value: &Value, member: &str) -> BTreeSet<String> {
    let mut found = Vec::new();
    values_of(value, member, &mut found);
    found.into_iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

#[test]
fn every_function_is_on_the_dashboard_and_has_a_throttling_alarm() {
    let template = Template::read();
    // Our own deadline is 25 s (shared::http): it must come before Lambda's, and Lambda's before API Gateway's 30 s.
    assert_eq!(template.at("/Globals/Function/Timeout"), 29);
    assert_eq!(template.at("/Globals/Function/Architectures"), &json!([{"Ref": "Architecture"}]));
    assert_eq!(template.at("/Parameters/Architecture/Default"), "arm64");
    let dashboard = template.at("/Resources/Dashboard/Properties/DashboardBody/Fn::Sub").as_str().expect("a text");
    let mut throttled = Vec::new();
    values_of(template.at("/Resources/FunctionThrottlesAlarm"), "Dimensions", &mut throttled);
    for function in resources(&template, "AWS::Serverless::Function") {
        let properties = template.at(&format!("/Resources/{function}/Properties"));
        // No client waits for a scheduled function. It ends before its next run, five minutes later at the earliest.
        let own_timeout = (function == "SyncFunction").then(|| json!(290));
        assert_eq!(properties.get("Timeout"), own_timeout.as_ref(), "{function}");
        for metric in ["Errors", "Duration", "ConcurrentExecutions", "Throttles", "Invocations"] {
            let shown = format!(r#"["AWS/Lambda", "{metric}", "FunctionName", "${{{function}}}""#);
            assert!(dashboard.contains(&shown), "the dashboard does not show {metric} of {function}");
        }
        let dimensions = json!([{"Name": "FunctionName", "Value": {"Ref": function}}]);
        assert!(throttled.contains(&&dimensions), "no alarm for throttles of {function}");
    }
}

#[test]
fn the_alarms_are_about_errors_latency_throttling_conflicts_and_lost_clicks() {
    let template = Template::read();
    let mut metrics = BTreeSet::new();
    for alarm in resources(&template, "AWS::CloudWatch::Alarm") {
        let alarm = template.at(&format!("/Resources/{alarm}/Properties"));
        assert_eq!(alarm["AlarmActions"], json!([{"Ref": "AlarmTopic"}]));
        let description = alarm["AlarmDescription"].as_str().expect("a description");
        assert!(description.ends_with('.'), "{description}");
        let statistic = alarm["ExtendedStatistic"].as_str().or(alarm["Statistic"].as_str()).unwrap_or("Sum");
        metrics.extend(texts(alarm, "MetricName").into_iter().map(|name| format!("{statistic} of {name}")));
    }
    let wanted = [
        "Sum of 5xx",
        "p99 of Latency",
        "p99 of Duration",
        "Sum of Throttles",
        "Sum of ReadThrottleEvents",
        "Sum of WriteThrottleEvents",
        "Sum of ReadKeyRangeThroughputThrottleEvents",
        "Sum of WriteKeyRangeThroughputThrottleEvents",
        "Sum of TransactionConflict",
        "Sum of ClicksLost",
        "Sum of CodesUnknown",
        "Sum of SystemErrors",
        "Maximum of SyncLag",
    ];
    assert_eq!(metrics, wanted.map(str::to_owned).into());
}

#[test]
fn errors_of_every_operation_of_the_table_have_an_alarm_and_are_on_the_dashboard() {
    let template = Template::read();
    let dashboard = template.at("/Resources/Dashboard/Properties/DashboardBody/Fn::Sub").as_str().expect("a text");
    let mut dimensions = Vec::new();
    values_of(template.at("/Resources/TableErrorsAlarm"), "Dimensions", &mut dimensions);
    let alarmed: BTreeSet<_> = dimensions.iter().filter_map(|pair| pair[1]["Value"].as_str()).collect();
    let functions = template.functions();
    let rights = functions.iter().flat_map(|(name, _)| template.rights(name)).flat_map(|right| right.actions);
    for action in rights.filter(|action| action != "dynamodb:ConditionCheckItem") {
        let Some(operation) = action.strip_prefix("dynamodb:") else { continue };
        assert!(alarmed.contains(operation), "no alarm for errors of {operation}");
        assert!(
            dashboard.contains(&format!(r#""Operation", "{operation}""#)),
            "no errors of {operation} on the dashboard"
        );
    }
    assert!(alarmed.contains("TransactWriteItems"), "{alarmed:?}");
}

#[test]
fn the_dashboard_shows_every_metric() {
    let template = Template::read();
    let dashboard = template.at("/Resources/Dashboard/Properties/DashboardBody/Fn::Sub").as_str().expect("a text");
    let code = std::fs::read_to_string(root().join("shared/src/telemetry/metrics.rs")).expect("the metrics");
    let (_, metrics) = code.split_once("pub enum Metric {").expect("the metrics");
    let (metrics, _) = metrics.split_once('}').expect("the end of the metrics");
    let metric = Regex::new(r"(?m)^    (\w+),$").expect("a pattern");
    let metrics: Vec<_> = metric.captures_iter(metrics).map(|found| found[1].to_owned()).collect();
    assert!(metrics.len() >= 6, "{metrics:?}");
    let shown = |metric: &String| dashboard.contains(&format!(r#"["ExternalApi/${{AWS::StackName}}", "{metric}"]"#));
    let missing: Vec<_> = metrics.iter().filter(|metric| !shown(metric)).collect();
    assert_eq!(missing, Vec::<&String>::new(), "metrics that the dashboard does not show");
}

#[test]
fn docs_deploy_md_says_what_each_alarm_means() {
    let page = std::fs::read_to_string(root().join("docs/deploy.md")).expect("the page");
    let (_, alarms) = page.split_once("\n**Alarms**").expect("the alarms");
    let (alarms, _) = alarms.split_once("\n## ").expect("the next section");
    let named = Regex::new("`(\\w+Alarm)`").expect("a pattern");
    let named: BTreeSet<_> = named.captures_iter(alarms).map(|found| found[1].to_owned()).collect();
    assert_eq!(named, resources(&Template::read(), "AWS::CloudWatch::Alarm").into_iter().collect());
}
