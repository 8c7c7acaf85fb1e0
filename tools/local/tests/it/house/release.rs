//! How the functions are built and linked.

use crate::support::source::{folders, root};
use std::collections::BTreeSet;

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

#[test]
fn no_function_can_write_events_without_conditions() {
    for function in folders("functions") {
        let path = format!("functions/{function}/Cargo.toml");
        let manifest = std::fs::read_to_string(root().join(&path)).expect("a manifest");
        assert!(!manifest.contains("bulk-load"), "{path} enables the feature bulk-load");
    }
}

/// The direct dependencies of a manifest that are not members of the workspace.
fn dependencies(manifest: &str) -> Vec<String> {
    let (_, section) = manifest.split_once("\n[dependencies]\n").expect("dependencies");
    let section = section.split("\n[").next().unwrap_or_default();
    let names = section.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    let members: Vec<_> = ["functions", "tools"].into_iter().flat_map(folders).collect();
    let is_member = |name: &str| name == "shared" || members.iter().any(|member| member == name);
    names.filter(|name| !name.is_empty() && !is_member(name)).map(str::to_owned).collect()
}

#[test]
fn docs_dependencies_md_says_why_each_crate_is_in_a_function() {
    let mut used = BTreeSet::new();
    let folders = folders("functions").into_iter().map(|function| format!("functions/{function}"));
    // The console links two crates of the command line.
    let linked = ["shared", "tools/recipients", "tools/spreadsheet"].map(str::to_owned);
    for folder in folders.chain(linked) {
        let manifest = std::fs::read_to_string(root().join(&folder).join("Cargo.toml")).expect("a manifest");
        used.extend(dependencies(&manifest));
    }
    let page = std::fs::read_to_string(root().join("docs/dependencies.md")).expect("the page");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let listed: BTreeSet<_> = rows.filter(|(_, why)| why.len() > 10).map(|(name, _)| name.to_owned()).collect();
    assert_eq!(listed, used);
}
