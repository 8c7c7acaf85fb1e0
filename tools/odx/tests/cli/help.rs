//! `--help`, and messages about wrong usage.

use crate::environment::odx_alone;
use rstest::rstest;

#[rstest]
#[tokio::test]
async fn the_help_of_every_command_shows_an_example(
    #[values(
        "table create",
        "table check",
        "keys new",
        "tenant create",
        "tenant list",
        "tenant set",
        "tenant show",
        "scenario put",
        "scenario list",
        "account create",
        "account list",
        "account role",
        "account email",
        "account identity",
        "account remove",
        "token create",
        "token list",
        "token revoke",
        "token rotate",
        "import",
        "export",
        "generate",
        "links create",
        "links list",
        "links edit",
        "links revoke",
        "links funnel",
        "user show",
        "user export",
        "user erase",
        "doctor"
    )]
    command: &str,
) {
    let help = odx_alone(&format!("{command} --help")).await.succeeds();
    let (_, example) = help.split_once("\nExample").unwrap_or_else(|| panic!("there is no example in: {help}"));
    assert!(example.contains(&format!("odx {command}")) || example.contains("odx --local .local"), "{help}");
    assert_narrow(&help);
}

/// Asserts that no line has more than 100 columns.
#[track_caller]
fn assert_narrow(help: &str) {
    for line in help.lines() {
        assert!(line.chars().count() <= 100, "more than 100 columns: {line}");
    }
}

#[tokio::test]
async fn the_help_lists_every_command_and_how_to_start() {
    let help = odx_alone("--help").await.succeeds();
    assert_narrow(&help);
    insta::assert_snapshot!(help);
}

#[rstest]
#[case("nonsense", "unrecognized subcommand")]
#[case("tenant", "Usage: odx tenant")]
#[case("tenant create", "<ID>")]
#[case("tenant create not/a/name", "not/a/name")]
#[case("tenant set acme --users-per-request 0", "0")]
#[case("tenant set acme --retention-days 7 --keep-forever", "cannot be used with")]
#[case("account create --tenant acme ann --role king", "possible values: admin, editor, analyst, integration")]
#[case("account email --tenant acme ann nowhere", "must be a mail address of at most 254 bytes")]
#[case("token create --tenant acme --account ann --name x --scope everything", "possible values: interactions:read")]
#[case("token create --tenant acme --account ann --name x --expires-in soon", "90d, 24h or 30m")]
#[case("token revoke --tenant acme --account ann", "<ID>")]
#[case("scenario put --tenant acme 0x420 --page nowhere", "nowhere")]
#[case("import --tenant acme", "<FILE>")]
#[case("import --tenant acme --url https://api.example.com -", "cannot be used with")]
#[case("import --restore-erased -", "--tenant")]
#[case("export --from 2025-01-01", "--to <DATE>")]
#[case("export --from yesterday --to 2025-01-02", "is not a valid date")]
#[case("export --from 2025-01-01 --to 2025-01-02 --filter shoe=42", "there is no filter `shoe`: use one of ip_address")]
#[case("export --from 2025-01-01 --to 2025-01-02 --restart", "--out <FILE>")]
#[case("generate --users 0 --days 1", "0")]
#[case("generate --users 1 --days 1 --load", "--tenant <ID>")]
#[case("links create --csv people.csv", "--scenario <ID>")]
#[case("links edit --max-uses 1", "<LINK_ID>")]
#[case("links revoke", "<LINK_ID>")]
#[case("links list --campaign a --user-id b", "cannot be used with")]
#[case("links funnel spring --plot spring.pdf", "must end in .svg or .png")]
#[tokio::test]
async fn wrong_usage_ends_with_2_and_says_what_is_right(#[case] line: &str, #[case] expected: &str) {
    let output = odx_alone(line).await;
    assert_eq!(output.code, Some(2), "{output:?}");
    assert_eq!(output.out, "", "{output:?}");
    output.says(&[expected]);
}
