//! Help that teaches, and usage that is wrong.

use crate::support::odx_alone;

const COMMANDS: [&str; 25] = [
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
    "token create",
    "token list",
    "token revoke",
    "token rotate",
    "import",
    "export",
    "generate",
    "links create",
    "links list",
    "links revoke",
    "links funnel",
    "doctor",
    "--help",
];

#[tokio::test]
async fn the_help_of_every_command_shows_an_example() {
    for command in COMMANDS {
        let help = odx_alone(&format!("{command} --help")).await.done();
        let (_, example) = help.split_once("\nExample").or(help.split_once("from nothing")).unwrap_or_default();
        assert!(example.contains("odx "), "{command}: {help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{command}: {help}");
    }
}

#[tokio::test]
async fn the_help_lists_every_command() {
    let help = odx_alone("--help").await.done();
    for command in COMMANDS.iter().filter_map(|command| command.split(' ').next()) {
        assert!(help.contains(command), "{command}: {help}");
    }
    assert!(help.contains("Exit codes: 0 done, 1 failed, 2 wrong usage."), "{help}");
}

#[tokio::test]
async fn wrong_usage_ends_with_2_and_says_what_is_right() {
    for (line, says) in [
        ("nonsense", "unrecognized subcommand"),
        ("tenant", "Usage: odx tenant"),
        ("tenant create", "<ID>"),
        ("tenant create not/a/name", "not/a/name"),
        ("tenant set acme --users-per-request 0", "0"),
        ("tenant set acme --retention-days 7 --keep-forever", "cannot be used with"),
        ("account create --tenant acme ann --role king", "possible values: admin, editor, analyst, integration"),
        ("token create --tenant acme --account ann --name x --scope everything", "possible values: interactions:read"),
        ("token create --tenant acme --account ann --name x --expires-in soon", "90d, 24h or 30m"),
        ("token revoke --tenant acme --account ann", "<ID>"),
        ("scenario put --tenant acme 0x420 --page nowhere", "nowhere"),
        ("import --tenant acme", "<FILE>"),
        ("import --tenant acme --url https://api.example.com -", "cannot be used with"),
        ("import --restore-erased -", "--tenant"),
        ("export --from 2025-01-01", "--to <DATE>"),
        ("export --from yesterday --to 2025-01-02", "is not a valid date"),
        ("export --from 2025-01-01 --to 2025-01-02 --filter shoe=42", "there is no filter `shoe`: ip_address"),
        ("export --from 2025-01-01 --to 2025-01-02 --restart", "--out <FILE>"),
        ("generate --users 0 --days 1", "0"),
        ("generate --users 1 --days 1 --load", "--tenant <ID>"),
        ("links create --csv people.csv", "--scenario <ID>"),
        ("links revoke", "<LINK_ID>"),
        ("links list --campaign a --user-id b", "cannot be used with"),
        ("links funnel spring --plot spring.pdf", "must end in .svg or .png"),
    ] {
        let said = odx_alone(line).await;
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
        assert!(said.err.contains(says), "{says}: {said:?}");
    }
}
