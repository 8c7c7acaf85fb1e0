//! What an operator is told by the template: alarms and a dashboard over every function, every business number and every
//! operation of the table.

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

/// Every value of a member, wherever in a value it stands.
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
fn every_function_is_traced_and_its_place_time_and_errors_are_watched() {
    let template = Template::read();
    assert_eq!(template.at("/Globals/Function/Tracing"), "Active");
    // Our own deadline is 25 s (shared::http): it must come before Lambda's, and Lambda's before API Gateway's 30 s.
    assert_eq!(template.at("/Globals/Function/Timeout"), 29);
    assert_eq!(template.at("/Globals/Function/Architectures"), &json!([{"Ref": "Architecture"}]));
    assert_eq!(template.at("/Parameters/Architecture/Default"), "arm64");
    let dashboard = template.at("/Resources/Dashboard/Properties/DashboardBody/Fn::Sub").as_str().expect("a text");
    let mut throttled = Vec::new();
    values_of(template.at("/Resources/FunctionThrottlesAlarm"), "Dimensions", &mut throttled);
    for function in resources(&template, "AWS::Serverless::Function") {
        assert!(template.at(&format!("/Resources/{function}/Properties")).get("Timeout").is_none(), "{function}");
        for number in ["Errors", "Duration", "ConcurrentExecutions", "Throttles", "Invocations"] {
            let shown = format!(r#"["AWS/Lambda", "{number}", "FunctionName", "${{{function}}}""#);
            assert!(dashboard.contains(&shown), "the dashboard does not show {number} of {function}");
        }
        let dimensions = json!([{"Name": "FunctionName", "Value": {"Ref": function}}]);
        assert!(throttled.contains(&&dimensions), "nobody is told when {function} is refused a place");
    }
}

#[test]
fn alarms_tell_of_errors_of_slow_answers_and_of_limits() {
    let template = Template::read();
    let mut told = BTreeSet::new();
    for alarm in resources(&template, "AWS::CloudWatch::Alarm") {
        let alarm = template.at(&format!("/Resources/{alarm}/Properties"));
        assert_eq!(alarm["AlarmActions"], json!([{"Ref": "AlarmTopic"}]));
        assert!(alarm["AlarmDescription"].as_str().is_some_and(|text| text.ends_with('.')), "{alarm}");
        let statistic = alarm["ExtendedStatistic"].as_str().unwrap_or("Sum");
        told.extend(texts(alarm, "MetricName").into_iter().map(|name| format!("{statistic} of {name}")));
    }
    let wanted = [
        "Sum of 5xx",
        "p99 of Latency",
        "p99 of Duration",
        "Sum of Throttles",
        "Sum of ReadThrottleEvents",
        "Sum of WriteThrottleEvents",
        "Sum of SystemErrors",
    ];
    assert_eq!(told, wanted.map(str::to_owned).into());
}

#[test]
fn errors_of_every_operation_of_the_table_are_told_and_shown() {
    let template = Template::read();
    let dashboard = template.at("/Resources/Dashboard/Properties/DashboardBody/Fn::Sub").as_str().expect("a text");
    let mut dimensions = Vec::new();
    values_of(template.at("/Resources/TableErrorsAlarm"), "Dimensions", &mut dimensions);
    let told: BTreeSet<_> = dimensions.iter().filter_map(|pair| pair[1]["Value"].as_str()).collect();
    let functions = template.functions();
    let rights = functions.iter().flat_map(|(name, _)| template.rights(name)).flat_map(|right| right.actions);
    for action in rights.filter(|action| action != "dynamodb:ConditionCheckItem") {
        let Some(operation) = action.strip_prefix("dynamodb:") else { continue };
        assert!(told.contains(operation), "nobody is told of errors of {operation}");
        assert!(dashboard.contains(&format!(r#""Operation", "{operation}""#)), "errors of {operation} are not shown");
    }
    assert!(told.contains("TransactWriteItems"), "{told:?}");
}

#[test]
fn the_dashboard_shows_every_business_number() {
    let template = Template::read();
    let dashboard = template.at("/Resources/Dashboard/Properties/DashboardBody/Fn::Sub").as_str().expect("a text");
    let code = std::fs::read_to_string(root().join("shared/src/telemetry/metrics.rs")).expect("the numbers");
    let (_, numbers) = code.split_once("pub enum Metric {").expect("the numbers");
    let (numbers, _) = numbers.split_once('}').expect("an end");
    let number = Regex::new(r"(?m)^    (\w+),$").expect("a pattern");
    let numbers: Vec<_> = number.captures_iter(numbers).map(|found| found[1].to_owned()).collect();
    assert!(numbers.len() >= 6, "{numbers:?}");
    for number in numbers {
        let shown = format!(r#"["ExternalApi/${{AWS::StackName}}", "{number}"]"#);
        assert!(dashboard.contains(&shown), "the dashboard does not show {number}");
    }
}
