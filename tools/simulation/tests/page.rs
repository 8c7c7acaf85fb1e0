//! docs/scale.md has what the simulation prints.

use std::path::Path;
use std::process::Command;

fn simulated(args: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output =
        Command::new(env!("CARGO_BIN_EXE_simulation")).current_dir(root).args(args).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn docs_scale_md_has_the_day_that_the_simulation_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/scale.md")).expect("the page");
    let missing: Vec<_> = simulated(&[]).lines().filter(|line| !page.contains(line)).map(str::to_owned).collect();
    assert_eq!(missing, Vec::<String>::new(), "run `cargo simulation --write docs/scale.md`");
}

#[test]
fn eight_campaigns_share_the_load_of_one() {
    let share = |args: &[&str]| {
        let printed = simulated(args);
        let line =
            printed.lines().find(|line| line.starts_with("| a campaign's activities")).expect("a line").to_owned();
        line.split('|').nth(2).expect("a number").trim().parse::<f64>().expect("a number")
    };
    let (one, eight) = (share(&["--links", "1000000"]), share(&["--links", "1000000", "--campaigns", "8"]));
    assert!((one / 8.0 - eight).abs() < 1.0, "{one} and {eight}");
}
