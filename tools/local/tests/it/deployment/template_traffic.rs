//! What the template allows and reserves for a mailing: rates of routes, concurrency of functions, the table's throughput,
//! tracing and domain names.

use crate::support::template::{Template, paths};
use regex::Regex;
use rstest::rstest;
use serde_json::{Value, json};

/// The functions whose routes people of a mailing request.
const PUBLIC: [&str; 2] = ["redirect", "webchat"];

#[test]
fn each_route_that_people_of_a_mailing_use_has_the_rate_and_the_burst_of_the_parameters() {
    let template = Template::read();
    let settings = template.members("/Resources/Api/Properties/RouteSettings");
    let limits =
        json!({"ThrottlingRateLimit": {"Ref": "WebchatRate"}, "ThrottlingBurstLimit": {"Ref": "WebchatBurst"}});
    for (name, properties) in template.functions() {
        for path in paths(properties).iter().filter(|path| *path != "$default") {
            let public = PUBLIC.contains(&name.as_str());
            let setting = settings.get(&format!("ANY {path}"));
            let setting = setting.unwrap_or_else(|| panic!("`ANY {path}` is not in `RouteSettings` of template.yaml"));
            assert_eq!(*setting == limits, public, "{path}");
        }
    }
}

#[rstest]
#[case::rate("WebchatRate", json!(5000))]
#[case::burst("WebchatBurst", json!(5000))]
#[case::tracing("Tracing", json!("PassThrough"))]
#[case::reads("WarmReads", json!(12_000))]
#[case::writes("WarmWrites", json!(4_000))]
fn a_parameter_of_traffic_has_a_default(#[case] parameter: &str, #[case] default: Value) {
    assert_eq!(Template::read().at(&format!("/Parameters/{parameter}/Default")), &default);
}

#[test]
fn every_function_reserves_the_concurrency_of_its_own_parameter_and_none_by_default() {
    let template = Template::read();
    for (name, properties) in template.functions() {
        let name = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let (parameter, condition) = (format!("{name}Concurrency"), format!("Reserves{name}"));
        let reserved = json!({"Fn::If": [condition, {"Ref": parameter}, {"Ref": "AWS::NoValue"}]});
        assert_eq!(properties["ReservedConcurrentExecutions"], reserved);
        // A new account has ten concurrent executions, and Lambda refuses a reservation that leaves it none.
        assert_eq!(template.at(&format!("/Parameters/{parameter}/Default")), &json!(0));
        let asked = json!({"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, 0]}]});
        assert_eq!(template.at(&format!("/Conditions/{condition}")), &asked);
    }
}

#[test]
fn the_table_is_warmed_only_beyond_what_a_new_table_accepts() {
    let template = Template::read();
    let warm = json!({"ReadUnitsPerSecond": {"Ref": "WarmReads"}, "WriteUnitsPerSecond": {"Ref": "WarmWrites"}});
    let wanted = json!({"Fn::If": ["WarmsTable", warm, {"Ref": "AWS::NoValue"}]});
    assert_eq!(template.at("/Resources/Table/Properties/WarmThroughput"), &wanted);
    let (reads, writes) =
        (json!({"Fn::Equals": [{"Ref": "WarmReads"}, 12_000]}), json!({"Fn::Equals": [{"Ref": "WarmWrites"}, 4_000]}));
    assert_eq!(template.at("/Conditions/WarmsTable"), &json!({"Fn::Not": [{"Fn::And": [reads, writes]}]}));
}

#[test]
fn lambda_logs_only_warnings_of_its_own_and_traces_as_the_parameter_says() {
    let template = Template::read();
    assert_eq!(template.at("/Globals/Function/LoggingConfig"), &json!({"LogFormat": "JSON", "SystemLogLevel": "WARN"}));
    assert_eq!(template.at("/Globals/Function/Tracing"), &json!({"Ref": "Tracing"}));
    assert_eq!(template.at("/Parameters/Tracing/AllowedValues"), &json!(["Active", "PassThrough"]));
}

#[rstest]
#[case::no_domain("LinkDomainName", "", true)]
#[case::domain("LinkDomainName", "go.example.com", true)]
#[case::domain_of_two_labels("LinkDomainName", "example.com", true)]
#[case::trailing_dot("LinkDomainName", "go.example.com.", false)]
#[case::upper_case("LinkDomainName", "Go.example.com", false)]
#[case::one_label("LinkDomainName", "localhost", false)]
#[case::two_dots("LinkDomainName", "go..example.com", false)]
#[case::trailing_dot_of_the_api("ApiDomainName", "api.example.com.", false)]
#[case::origin("LinkBaseUrl", "https://go.example.com", true)]
#[case::trailing_dot_of_the_origin("LinkBaseUrl", "https://go.example.com.", false)]
#[case::origin_with_a_path("LinkBaseUrl", "https://go.example.com/", false)]
#[case::origin_without_tls("LinkBaseUrl", "http://go.example.com", false)]
fn an_address_must_be_as_links_begin_with_it(#[case] parameter: &str, #[case] value: &str, #[case] accepted: bool) {
    let template = Template::read();
    let pattern = template.at(&format!("/Parameters/{parameter}/AllowedPattern")).as_str().expect("a pattern");
    // CloudFormation compares the whole value.
    let pattern = Regex::new(&format!("^(?:{pattern})$")).expect("a pattern");
    assert_eq!(pattern.is_match(value), accepted);
}
