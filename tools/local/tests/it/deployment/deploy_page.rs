//! The commands of docs/deploy.md, run over an empty table from the first deployment to the rotation of keys. An `aws`
//! stand-in answers like the stack, and a `sam` stand-in deploys nothing. The parameters and outputs that the page names
//! are those of the template.

use crate::support::source::root;
use crate::support::template::Template;
use crate::support::{report_skipped, shell};
use axum::Router;
use axum::body::Body;
use http::{Request, header};
use regex::Regex;
use rstest::rstest;
use sandbox::engine::Engine;
use shared::app::App;
use shared::config::Config;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::tempdir;
use tower::ServiceExt as _;

const PAGE: &str = include_str!("../../../../../docs/deploy.md");
const DATA_KEY: &str = "aDataKeyOfFortyThreeLettersAndDigits1234567";

/// The blocks of commands of a section.
fn blocks(section: &str) -> Vec<&'static str> {
    let section = PAGE.split("\n## ").find(|text| text.starts_with(section)).expect("a section");
    section.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// Creates a command that the shell finds before the real one.
fn stand_in(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    std::fs::write(&file, format!("#!/bin/bash\n{text}\n")).expect("written");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("can be run");
}

/// All functions over the table that the commands created, with these public keys.
fn deployed(engine: &Engine, token_public_keys: &str) -> Router {
    let aws = engine.settings();
    let config = Config::read(|name| {
        Some(match name {
            "TABLE_NAME" => "external-api".to_owned(),
            "DATA_KEY" => DATA_KEY.to_owned(),
            "SIGNING_KEYS" => format!("1:{DATA_KEY}"),
            "TOKEN_PUBLIC_KEYS" => token_public_keys.to_owned(),
            name => return aws.get(name).cloned(),
        })
    });
    shared::http::service(sandbox::routes(), App::new(config.expect("settings")))
}

/// The value of a line `NAME=value`.
fn value(text: &str, name: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_page_deploy_issue_a_token_and_rotate_the_keys() {
    let odx = Path::new(env!("CARGO_BIN_EXE_local")).with_file_name("odx");
    if !odx.exists() {
        return report_skipped(
            "`odx` is not built (`cargo build --package odx`): the commands of docs/deploy.md were not run",
        );
    }
    let (engine, folder) = (Engine::in_memory().expect("an engine"), tempdir().unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).expect("a folder");
    stand_in(&bin, "sam", "exit 0");
    stand_in(&bin, "cargo", &format!("[[ $1 == odx ]] && shift && exec '{}' \"$@\"", odx.display()));
    let aws = format!(
        r#"case "$*" in
"configure get region") echo us-east-1;;
"cloudformation describe-stacks --stack-name external-api "*"=='TableName'"*) echo external-api;;
"cloudformation describe-stacks --stack-name external-api "*"=='DataKeyArn'"*) echo arn:of:the:data:key;;
"cloudformation describe-stacks --stack-name external-api "*"=='ApiUrl'"*) echo {url};;
"secretsmanager get-secret-value --secret-id arn:of:the:data:key "*) echo {DATA_KEY};;
*) echo "aws $*?" >&2; exit 1;;
esac"#
    );
    stand_in(&bin, "aws", &aws);
    let run = |blocks: &[&str]| {
        let begin = format!(
            "set -euo pipefail; cd '{}'; export PATH='{}':$PATH {}",
            folder.path().display(),
            bin.display(),
            engine.settings().iter().map(|(name, value)| format!("{name}={value} ")).collect::<Vec<_>>().concat()
        );
        tokio::task::block_in_place(|| shell(&format!("{begin}\n{}", blocks.join("\n"))))
    };

    let first = blocks("First deployment");
    assert_eq!(first.len(), 3, "{first:?}");
    assert!(first[0].contains("pip install"), "{}", first[0]);
    if run(&first[1..]).is_none() {
        return;
    }
    let keys = std::fs::read_to_string(folder.path().join("keys/keys.env")).expect("keys");
    let service = deployed(&engine, &value(&keys, "TOKEN_PUBLIC_KEYS"));
    let server = tokio::spawn(async move { axum::serve(listener, service).await });

    let (tenant, rotating, backup) =
        (blocks("First tenant and token"), blocks("Rotating keys"), blocks("Backup and restore"));
    let first_id = "$(cargo odx token list --tenant acme --account crm | grep -o 'tok_[A-Za-z0-9_-]*')";
    let rotating = rotating[0].replace("tok_…", first_id).replace("--grace", "--json --grace");
    assert!(backup[1].contains("cargo odx doctor"), "{}", backup[1]);
    let printed = run(&[tenant[0], tenant[1], backup[1], &rotating]).expect("a shell");
    for expected in [r#""tenant":"acme","account":"crm""#, "/docs", "belongs to the table"] {
        assert!(printed.contains(expected), "no {expected} in\n{printed}");
    }
    server.abort();

    let old = std::fs::read_to_string(folder.path().join("token")).expect("a token");
    let new = Regex::new("odx_[A-Za-z0-9._-]+").expect("a pattern");
    let new = new.find_iter(&printed).last().expect("a new token").as_str().to_owned();
    let both = deployed(&engine, &value(&printed, "TokenPublicKeys"));
    let keys = std::fs::read_to_string(folder.path().join("keys-2/keys.env")).expect("keys");
    let new_alone = deployed(&engine, &value(&keys, "TOKEN_PUBLIC_KEYS"));
    for (keys, service, token, status) in [
        ("the old token with both keys", &both, old.trim(), 200),
        ("the new token with both keys", &both, &new, 200),
        ("the old token with the new key", &new_alone, old.trim(), 401),
    ] {
        let request = Request::get("/api/token").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let response =
            service.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("a response");
        assert_eq!(response.status(), status, "{keys}");
    }
}

#[rstest]
#[case::parameter_with_a_value(r"`([A-Z][A-Za-z]+)=[^`]*`", "/Parameters", 6)]
#[case::parameter_that_is_overridden(r"overrides ([A-Z][A-Za-z]+)=", "/Parameters", 1)]
#[case::parameter_that_is_printed(r#"echo "([A-Z][A-Za-z]+)="#, "/Parameters", 1)]
#[case::parameter_of_the_dialog(r"(DataKeyArn|TableName|MakeTable): ", "/Parameters", 3)]
#[case::output(r"output ([A-Z]\w+)", "/Outputs", 5)]
fn the_template_has_every_name_of_the_page(#[case] pattern: &str, #[case] members: &str, #[case] least: usize) {
    let template = Template::read();
    let pattern = Regex::new(pattern).expect("a pattern");
    let names: Vec<_> = pattern.captures_iter(PAGE).map(|found| found[1].to_owned()).collect();
    assert!(names.len() >= least, "{names:?}");
    let edge = Template::read_file("edge.yaml");
    let known = |name: &&String| [&template, &edge].iter().any(|file| file.members(members).contains_key(*name));
    let unknown: Vec<_> = names.iter().filter(|name| !known(name)).collect();
    assert_eq!(unknown, Vec::<&String>::new(), "names of docs/deploy.md that are in {members} of no template");
}

#[test]
fn the_page_names_the_script_that_checks_the_template() {
    let script = ".ci/check-template";
    assert!(root().join(script).exists(), "{script} does not exist");
    assert!(PAGE.contains(&format!("\n{script}\n")), "docs/deploy.md does not run {script}");
}
