//! `edge.yaml`: what the distribution may keep, what nothing may log, and which requests the firewall refuses.

use crate::support::template::Template;
use crate::support::{TestEnvironment, source};
use regex::Regex;
use rstest::rstest;
use serde_json::{Value, json};

/// Managed policies of AWS.
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const CACHING_OPTIMIZED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const ALL_VIEWER_EXCEPT_HOST_HEADER: &str = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

fn edge() -> Template {
    Template::read_file("edge.yaml")
}

fn distribution(edge: &Template) -> &Value {
    edge.at("/Resources/Distribution/Properties/DistributionConfig")
}

#[test]
fn redirects_and_api_answers_are_never_kept() {
    let edge = edge();
    let behaviour = &distribution(&edge)["DefaultCacheBehavior"];
    assert_eq!(behaviour["CachePolicyId"], CACHING_DISABLED);
    assert_eq!(behaviour["OriginRequestPolicyId"], ALL_VIEWER_EXCEPT_HOST_HEADER);
    assert_eq!(behaviour["AllowedMethods"].as_array().map(Vec::len), Some(7), "{behaviour}");
}

#[tokio::test]
async fn every_path_that_is_kept_answers_everybody_alike_and_says_so() {
    let (edge, env) = (edge(), TestEnvironment::new().await);
    let kept = distribution(&edge)["CacheBehaviors"].as_array().expect("behaviours");
    let paths: Vec<_> = kept.iter().map(|kept| kept["PathPattern"].as_str().expect("a path")).collect();
    assert_eq!(paths, ["/webchat/preload.js", "/openapi.json", "/docs*"]);
    for (kept, path) in kept.iter().zip(paths) {
        assert_eq!(kept["CachePolicyId"], CACHING_OPTIMIZED, "{path}");
        let cache = env.visit(path.trim_end_matches('*'), &[]).await.header("cache-control").to_owned();
        assert!(cache.starts_with("public, max-age="), "{path}: {cache}");
    }
}

#[test]
fn no_log_and_no_sample_has_the_path_of_a_link() {
    let edge = edge();
    assert_eq!(distribution(&edge).get("Logging"), None);
    let text = std::fs::read_to_string(source::root().join("edge.yaml")).expect("the template");
    assert!(!text.contains("SampledRequestsEnabled: true"));
    assert_eq!(text.matches("SampledRequestsEnabled: false").count(), 3, "the firewall and its two rules");
    assert!(!text.contains("AWS::WAFv2::LoggingConfiguration"));
}

#[test]
fn the_firewall_belongs_to_the_distribution_and_every_rule_is_a_rate_with_a_parameter() {
    let edge = edge();
    assert_eq!(distribution(&edge)["WebACLId"], json!({"Fn::GetAtt": "Firewall.Arn"}));
    let firewall = edge.at("/Resources/Firewall/Properties");
    assert_eq!(firewall["Scope"], "CLOUDFRONT");
    assert_eq!(firewall["DefaultAction"], json!({"Allow": {}}));
    let limits = firewall["Rules"].as_array().expect("rules").iter().map(|rule| {
        assert_eq!(rule["Action"]["Block"]["CustomResponse"]["ResponseCode"], 429, "{rule}");
        rule["Statement"]["RateBasedStatement"]["Limit"]["Ref"].as_str().expect("a parameter")
    });
    assert_eq!(limits.collect::<Vec<_>>(), ["LinkRequestsPerAddress", "RequestsPerAddress"]);
}

#[rstest]
#[case::code("/9fKx2LmQ0aZ", true)]
#[case::code_with_a_dot_glued_on("/9fKx2LmQ0aZ.", true)]
#[case::exchange("/webchat/exchange", false)]
#[case::generation("/public/api/generate-webchat-deep-link", false)]
#[case::root("/", false)]
fn the_rule_for_links_counts_only_paths_of_one_segment(#[case] path: &str, #[case] counted: bool) {
    let edge = edge();
    let statement = edge.at("/Resources/Firewall/Properties/Rules/0/Statement/RateBasedStatement/ScopeDownStatement");
    let pattern = statement["RegexMatchStatement"]["RegexString"].as_str().expect("a pattern");
    assert_eq!(Regex::new(pattern).expect("a pattern").is_match(path), counted);
}

#[rstest]
#[case::host_of_the_gateway("ApiHost", "abc123.execute-api.eu-central-1.amazonaws.com", true)]
#[case::url("ApiHost", "https://abc123.execute-api.eu-central-1.amazonaws.com", false)]
#[case::own_domain("ApiHost", "api.example.com", false)]
#[case::domain("DomainName", "go.example.com", true)]
#[case::trailing_dot("DomainName", "go.example.com.", false)]
#[case::certificate("CertificateArn", "arn:aws:acm:us-east-1:123456789012:certificate/a-1", true)]
#[case::certificate_elsewhere("CertificateArn", "arn:aws:acm:eu-central-1:123456789012:certificate/a-1", false)]
fn a_parameter_of_the_edge_is_checked_before_anything_is_created(
    #[case] parameter: &str,
    #[case] value: &str,
    #[case] accepted: bool,
) {
    let edge = edge();
    let pattern = edge.at(&format!("/Parameters/{parameter}/AllowedPattern")).as_str().expect("a pattern");
    assert_eq!(Regex::new(&format!("^(?:{pattern})$")).expect("a pattern").is_match(value), accepted);
}
