//! The order of the modules of `shared`, and what each layer may use.

use super::assert_nowhere;
use crate::support::source::{Source, folders, root, rust};
use regex::Regex;
use sandbox::SCHEDULED;

/// The modules of `shared`, each of which may only name those before it.
const MODULES: [&str; 7] = ["model", "crypto", "config", "store", "app", "telemetry", "http"];

/// The files of a module of `shared`.
fn module(name: &str) -> Vec<Source> {
    let file = format!("shared/src/{name}.rs");
    let folder = format!("shared/src/{name}/");
    let files = rust("shared/src").into_iter();
    let files: Vec<_> = files.filter(|source| source.path == file || source.path.starts_with(&folder)).collect();
    assert!(!files.is_empty(), "the module {name} is gone");
    files
}

#[test]
fn a_module_of_shared_names_only_those_above_it() {
    let names = Regex::new(r"\bcrate::(?:(\w+)|\{([^}]*)\})").expect("a pattern");
    for (place, own) in MODULES.iter().enumerate() {
        let above = &MODULES[..=place];
        for Source { path, text } in module(own) {
            for found in names.captures_iter(&text) {
                let list = found.get(1).or(found.get(2)).expect("one of both").as_str();
                for name in list.split(',').map(|name| name.trim().split("::").next().unwrap_or_default()) {
                    assert!(above.contains(&name), "{path} names {name}, which comes after {own}");
                }
            }
        }
    }
    let declared = Regex::new(r"(?m)^pub mod (\w+);").expect("a pattern");
    let root = std::fs::read_to_string(root().join("shared/src/lib.rs")).expect("the root of shared");
    let declared: Vec<_> = declared.captures_iter(&root).map(|module| module[1].to_owned()).collect();
    assert_eq!(declared, MODULES, "the modules stand in the order to read them in");
}

#[test]
fn the_model_has_no_io_no_aws_and_no_http() {
    assert_nowhere(&module("model"), r"\b(tokio|axum|aws_\w+|reqwest|std::(fs|net|io|env))\b", &[], "model is pure");
}

#[test]
fn keys_and_settings_know_neither_table_nor_http() {
    for name in ["crypto", "config", "app"] {
        assert_nowhere(
            &module(name),
            r"\b(axum|aws_sdk\w*|http::|StatusCode)\b",
            &[],
            "this is the store's or the edge's",
        );
    }
}

#[test]
fn the_store_has_no_status_codes() {
    assert_nowhere(&module("store"), r"\b(StatusCode|axum|http::)", &[], "a status is for the edge to choose");
}

#[test]
fn only_the_store_knows_aws() {
    let inside: Vec<_> = module("store").into_iter().map(|source| source.path).collect();
    let product = ["shared/src", "functions"].into_iter().flat_map(rust);
    let others: Vec<_> = product.filter(|source| !inside.contains(&source.path)).collect();
    assert_nowhere(&others, r"\b(aws_sdk|aws_smithy|aws_config|serde_dynamo)", &[], "the store's alone");
}

#[test]
fn a_function_never_knows_another() {
    let functions = folders("functions");
    // The pages of the console call the API in their own process (decision 0080).
    for function in functions.iter().filter(|function| *function != "console") {
        let manifest =
            std::fs::read_to_string(root().join(format!("functions/{function}/Cargo.toml"))).expect("a manifest");
        for other in functions.iter().filter(|other| *other != function) {
            let named = Regex::new(&format!(r#"(?m)^\s*"?{other}"?\s*[.=]|\.{other}\]|package = "{other}""#))
                .expect("a pattern");
            assert!(!named.is_match(&manifest), "functions/{function} depends on {other}");
        }
    }
}

#[test]
fn the_main_of_a_function_is_wiring() {
    for function in folders("functions") {
        let main =
            std::fs::read_to_string(root().join(format!("functions/{function}/src/main.rs"))).expect("a main.rs");
        assert!(main.lines().count() <= 15, "functions/{function}/src/main.rs decides something");
        let served = if SCHEDULED.contains(&function.as_str()) { "handle(" } else { "routes()" };
        assert!(main.contains(&format!("{function}::{served}")), "functions/{function} does not call its own {served}");
    }
}
