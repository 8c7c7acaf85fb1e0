//! The rules of the house that no compiler holds, held by reading the source tree.

use crate::support::source::{Source, folders, root, rust, sources};
use regex::Regex;

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

/// Asserts that no file matches a pattern, but for the files named.
#[track_caller]
fn assert_nowhere(files: &[Source], pattern: &str, but_in: &[&str], rule: &str) {
    let pattern = Regex::new(pattern).expect("a pattern");
    for Source { path, text } in files.iter().filter(|source| !but_in.contains(&source.path.as_str())) {
        for (number, line) in (1..).zip(text.lines()) {
            assert!(!pattern.is_match(line), "{path}:{number}: {rule}:\n{line}");
        }
    }
}

/// Every Rust file of the tree.
fn all_rust() -> Vec<Source> {
    ["shared", "functions", "tools"].into_iter().flat_map(rust).collect()
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
    assert_nowhere(&module("model"), r"\b(tokio|axum|aws_sdk\w*|reqwest|std::(fs|net|io|env))\b", &[], "model is pure");
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
    for function in &functions {
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
        assert!(main.contains(&format!("{function}::routes()")), "functions/{function} does not serve its own routes");
    }
}

#[test]
fn one_file_reads_the_environment_and_one_the_clock() {
    let all = all_rust();
    let environment = concat!(r"\benv::", r"(var|vars|var_os|vars_os)\b");
    assert_nowhere(&all, environment, &["shared/src/config.rs"], "settings are read in shared::config");
    let clock = concat!(r"\b(Utc|Local|System", r"Time)::now\b");
    assert_nowhere(&all, clock, &["shared/src/app.rs"], "the clock is shared::app's");
}

#[test]
fn no_table_is_ever_read_from_end_to_end() {
    assert_nowhere(
        &all_rust(),
        concat!(r"\.sc", r"an\(\)|operation::sc", r"an\b"),
        &[],
        "no operation reads the whole table",
    );
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    assert_nowhere(&all_rust(), concat!(r"#!?\[al", r"low\("), &[], "expect it, with a reason");
    let expected = Regex::new(r"#!?\[expect\(([^\]]*)\)\]").expect("a pattern");
    for Source { path, text } in all_rust() {
        for found in expected.captures_iter(&text) {
            assert!(found[1].contains("reason = \""), "{path}: {} without a reason", &found[0]);
        }
    }
}

#[test]
fn every_file_says_first_what_it_is() {
    for Source { path, text } in all_rust() {
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first.len() > 8, "{path} does not begin with a line of `//!`");
    }
}

#[test]
fn a_file_is_short_enough_to_be_read_at_once() {
    for Source { path, text } in all_rust() {
        assert!(text.lines().count() <= 230, "{path} has {} lines", text.lines().count());
    }
}

#[test]
fn nothing_in_the_tree_names_a_folder_of_somebodys_machine() {
    let here = root().to_str().expect("Unicode").to_owned();
    let machine = Regex::new(concat!(r"(^|[^\w.])/(ho", r"me|Us", r"ers|ro", r"ot)/\w")).expect("a pattern");
    for Source { path, text } in sources("") {
        assert!(!text.contains(&here), "{path} names the folder that the tree lies in");
        assert!(!machine.is_match(&text), "{path} names somebody's folder");
    }
}

#[test]
fn the_release_profile_leaves_nothing_for_cargo_lambda_to_choose() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let (_, profile) = manifest.split_once("\n[profile.release]\n").expect("a profile");
    let profile = profile.split("\n[").next().unwrap_or_default();
    for setting in ["opt-level = 3", "lto = \"fat\"", "codegen-units = 1", "strip = true", "panic = \"unwind\""] {
        assert!(profile.lines().any(|line| line.starts_with(setting)), "the profile does not say {setting}");
    }
}

#[test]
fn a_function_is_linked_with_one_lean_client_of_tls() {
    let settings = std::fs::read_to_string(root().join(".cargo/config.toml")).expect("settings");
    for setting in ["AWS_LC_SYS_NO_JITTER_ENTROPY = \"1\"", "AWS_LC_SYS_SMALL = \"1\""] {
        assert!(settings.contains(setting), ".cargo/config.toml does not say {setting}");
    }
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let sdk = "default-features = false, features = [\"rt-tokio\", \"default-https-client\"] }";
    assert!(manifest.lines().any(|line| line.starts_with("aws-sdk-dynamodb = ") && line.ends_with(sdk)));
    // What the SDK's feature `rustls` would bring.
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).expect("the lock");
    assert!(lock.contains("name = \"hyper\"\nversion = \"1.") && !lock.contains("name = \"hyper\"\nversion = \"0."));
    for (function, _) in sandbox::functions() {
        let path = format!("functions/{function}/src/main.rs");
        let main = std::fs::read_to_string(root().join(&path)).expect("a main");
        assert!(main.contains("#[tokio::main(flavor = \"current_thread\")]"), "{path}");
    }
}
