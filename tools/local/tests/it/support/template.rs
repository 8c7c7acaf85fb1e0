//! `template.yaml` and `edge.yaml` as JSON; a short tag such as `!Ref` becomes its long form.

use super::source;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use yaml_serde::Value as Yaml;

/// The deployment.
pub(crate) struct Template(Value);

impl Template {
    pub(crate) fn read() -> Self {
        Self::read_file("template.yaml")
    }

    pub(crate) fn read_file(name: &str) -> Self {
        let text = std::fs::read_to_string(source::root().join(name)).expect("the template");
        Self(json_of(yaml_serde::from_str(&text).expect("YAML")))
    }

    /// The template from its root.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.0.pointer(pointer).unwrap_or_else(|| panic!("the template has no {pointer}"))
    }

    /// The members of an object of the template.
    pub(crate) fn members(&self, pointer: &str) -> &Map<String, Value> {
        self.at(pointer).as_object().unwrap_or_else(|| panic!("{pointer} is no object"))
    }

    /// The folder and the properties of each function.
    pub(crate) fn functions(&self) -> Vec<(String, &Value)> {
        let function = |resource: &'static str, value: &Value| value["Type"] == resource;
        let all = self.members("/Resources").values().filter(|value| function("AWS::Serverless::Function", value));
        let named = all.map(|resource| {
            let (properties, build) = (&resource["Properties"], &resource["Metadata"]["BuildProperties"]);
            let name = build["Binary"].as_str().expect("a binary").to_owned();
            assert_eq!(properties["CodeUri"], format!("functions/{name}"));
            assert_eq!(resource["Metadata"]["BuildMethod"], "rust-cargolambda");
            (name, properties)
        });
        named.collect()
    }

    /// The statements of a function's role.
    pub(crate) fn rights(&self, function: &str) -> Vec<Right> {
        let functions = self.functions();
        let (_, properties) = functions.iter().find(|(name, _)| name == function).expect("a function");
        let policies = properties["Policies"].as_array().cloned().unwrap_or_default();
        let statements = policies.iter().flat_map(|policy| policy["Statement"].as_array().expect("statements").clone());
        statements.map(|statement| Right::of(&statement)).collect()
    }

    /// The memory of a function in MB.
    pub(crate) fn memory(&self, function: &str) -> u64 {
        let functions = self.functions();
        let (_, properties) = functions.iter().find(|(name, _)| name == function).expect("a function");
        properties["MemorySize"].as_u64().expect("a number")
    }

    /// The function that the gateway chooses for a path: exact paths come before paths with a variable.
    pub(crate) fn function_of(&self, path: &str) -> String {
        let matches = |route: &str, exact: bool| {
            let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
            let part = |(route, path): (&&str, &&str)| route == path || (!exact && route.starts_with('{'));
            route.len() == path.len() && route.iter().zip(&path).all(part)
        };
        let by_match = |exact: bool| {
            let mut functions = self.functions().into_iter();
            // console has the path of tokens for one method alone.
            functions.find(|(name, properties)| {
                name != "console" && paths(properties).iter().any(|route| matches(route, exact))
            })
        };
        let found = by_match(true).or_else(|| by_match(false));
        found.map_or_else(|| "redirect".to_owned(), |(name, _)| name)
    }
}

/// The paths of a function's HTTP events; `$default` for the one without a path.
pub(crate) fn paths(properties: &Value) -> BTreeSet<String> {
    let events = properties["Events"].as_object().expect("events").values();
    let of_http = events.filter(|event| event["Type"] == "HttpApi");
    of_http.map(|event| event["Properties"]["Path"].as_str().unwrap_or("$default").to_owned()).collect()
}

/// A statement of a function's role.
#[derive(Debug)]
pub(crate) struct Right {
    /// Its name.
    pub(crate) sid: String,
    /// Operations with their service, for example `dynamodb:GetItem`.
    pub(crate) actions: Vec<String>,
    pub(crate) resource: Value,
    /// Patterns of partition keys.
    pub(crate) keys: Vec<String>,
}

impl Right {
    fn of(statement: &Value) -> Self {
        assert_eq!(statement["Effect"], "Allow", "{statement}");
        let texts = |value: &Value| match value {
            Value::String(text) => vec![text.clone()],
            Value::Array(texts) => texts.iter().map(|text| text.as_str().expect("a text").to_owned()).collect(),
            _ => vec![],
        };
        Self {
            sid: statement["Sid"].as_str().expect("a name").to_owned(),
            actions: texts(&statement["Action"]),
            resource: statement["Resource"].clone(),
            keys: texts(&statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]),
        }
    }
}

fn json_of(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Mapping(members) => {
            let member = |(name, value): (Yaml, Yaml)| (name.as_str().expect("a name").to_owned(), json_of(value));
            Value::Object(members.into_iter().map(member).collect())
        }
        Yaml::Sequence(values) => Value::Array(values.into_iter().map(json_of).collect()),
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let name = tag.trim_start_matches('!');
            let name = if matches!(name, "Ref" | "Condition") { name.to_owned() } else { format!("Fn::{name}") };
            json!({name: json_of(tagged.value)})
        }
        plain => serde_json::to_value(plain).expect("a plain value"),
    }
}
