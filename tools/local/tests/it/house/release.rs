//! How the functions are built and linked.

use crate::support::source::{folders, root};

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
