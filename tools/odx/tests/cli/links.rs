//! Links from files of people, and what becomes of them: the real program, asking the real API over HTTP.

use crate::site::{Cut, Site};
use crate::support::odx_alone;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;

#[tokio::test]
async fn a_file_of_people_is_written_again_with_their_links() {
    let site = Site::new().await;
    let file = "user_id;first_name;note\r\nann;Ann;\"a;b\"\r\n;Ben;\r\n;;\r\n";
    let said = site.create(file, "--campaign spring").await.done();
    assert!(said.starts_with("2 links of campaign `spring` are in"), "{said}");
    let written = site.written();
    let lines: Vec<_> = written.lines().collect();
    assert_eq!((lines[0], lines[3], lines.len()), ("user_id;first_name;note;url;link_id", ";;;;", 4));
    assert!(lines[1].starts_with("ann;Ann;\"a;b\";http://go.example.com/"), "{written}");
    let told = site.opens(lines[1].split(';').nth(4).unwrap()).await;
    assert_eq!((&told["user_id"], &told["attributes"]), (&json!("ann"), &json!({"first_name": "Ann", "note": "a;b"})));
    let listed = site.list("--campaign spring").await;
    assert_eq!(listed.len(), 2);
    let ben = lines[2].rsplit(';').next().unwrap();
    assert!(listed.iter().any(|link| link["link_id"] == ben), "{listed:?}");
    let mode = std::fs::metadata(site.installation.file("people.links.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "whoever has a URL can open it");
}

#[tokio::test]
async fn what_excel_saves_comes_back_as_excel_reads_it() {
    let site = Site::new().await;
    let text = "\u{feff}user_id\tGrüße\r\nann\tłé\r\n";
    site.create(text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), "").await.done();
    let written = site.written();
    assert!(written.starts_with("\u{feff}user_id\tGrüße\turl\tlink_id\n"), "{written}");
    let url = written.lines().nth(1).unwrap().split('\t').nth(2).unwrap().to_owned();
    assert_eq!(site.opens(&url).await["attributes"], json!({"Grüße": "łé"}));
}

#[tokio::test]
async fn many_rows_become_several_requests_and_after_a_cut_no_second_set_is_made() {
    let site = Site::new().await;
    site.installation.odx("tenant set acme --users-per-request 2").await.done();
    let file = "first_name\nAnn\nBen\nCem\nDan\nEva\n";
    site.serve(Cut::Refused(1)).await;
    let said = site.create(file, "--expires-in 30d").await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("2 of 5 links are made; run the same command again"), "{said:?}");
    assert!(!site.installation.file("people.links.csv").exists());
    assert_eq!(site.list("").await.len(), 2);

    site.serve(Cut::Lost(2)).await;
    site.create(file, "--expires-in 30d").await.done();
    let written = site.written();
    let links = site.list("").await;
    assert_eq!(links.len(), 5);
    for line in written.lines().skip(1) {
        let id = line.rsplit(',').next().unwrap();
        assert_eq!(links.iter().filter(|link| link["link_id"] == id).count(), 1, "{line}");
        assert!(!links[0]["expires_at"].is_null() && links[0]["campaign"] == links[4]["campaign"]);
    }
    site.serve(Cut::None).await;
    site.create(file, "--expires-in 30d").await.done();
    assert_eq!((site.written(), site.list("").await.len()), (written, 5));
    site.create(file, "--campaign other").await.done();
    assert_eq!(site.list("").await.len(), 10, "another campaign is another set");
}

#[tokio::test]
async fn wrong_files_are_refused_whole_and_nothing_is_made() {
    let site = Site::new().await;
    let long = format!("user_id,name\nann,Ann\n{},Ben\n", "u".repeat(385));
    for (file, says) in [
        (long.as_str(), "line 3: user_id: "),
        ("a,a\n1,2\n", "two columns `a`"),
        ("a,b\n1,2,3\n", "line 2 has 3 cells"),
    ] {
        site.create(file, "").await.fails(&["people.csv", says]);
    }
    site.create("a\n1\n", "--expires-at 2020-01-01").await.fails(&["The expires_at must be in the future."]);
    let csv = site.installation.write("people.csv", "a\n1\n");
    let nowhere = site.installation.odx(&format!("links create --csv {csv} --scenario nowhere")).await;
    nowhere.fails(&["The selected scenario does not exist."]);
    assert!(site.list("").await.is_empty() && !site.installation.file("people.links.csv").exists());
}

#[tokio::test]
async fn links_and_campaigns_are_listed_and_revoked() {
    let site = Site::new().await;
    site.create("user_id\nann\nben\ncem\n", "--campaign spring").await.done();
    assert_eq!(site.list("--limit 2").await.len(), 2);
    let links = site.list("--user-id ben").await;
    let id = links[0]["link_id"].as_str().unwrap();
    let shown = site.installation.odx("links list --campaign spring").await.done();
    assert!(shown.lines().count() == 4 && shown.contains(id) && shown.contains("live"), "{shown}");
    site.installation.odx(&format!("links revoke {id}")).await.done();
    assert_eq!(site.list("--user-id ben").await[0]["state"], "revoked");
    assert_eq!(site.list("--user-id ann").await[0]["state"], "live");
    site.installation.odx("links revoke --campaign spring").await.done();
    assert_eq!(site.list("--user-id ann").await[0]["state"], "revoked");
    site.installation.odx("links revoke --campaign autumn").await.fails(&["there is no campaign `autumn`"]);
    site.installation.odx(&format!("links revoke {}", "x".repeat(32))).await.fails(&["there is no link"]);
}

#[tokio::test]
async fn a_funnel_is_a_table_json_and_a_chart() {
    let site = Site::new().await;
    site.create("user_id\nann\nben\ncem\ndan\n", "--campaign spring").await.done();
    for line in site.written().lines().skip(1).take(2) {
        site.opens(line.split(',').nth(1).unwrap()).await;
    }
    let funnel = site.installation.odx("links funnel spring --json").await.json();
    let counts = |of: &Value| ["made", "clicked", "opened", "conversed"].map(|step| of[step].as_u64().unwrap());
    assert_eq!((counts(&funnel), counts(&funnel["by_day"][0])), ([4, 2, 2, 0], [4, 2, 2, 0]));
    let (svg, png) = (site.installation.file("funnel.svg"), site.installation.file("funnel.PNG"));
    for file in [&svg, &png] {
        let shown = site.installation.odx(&format!("links funnel spring --plot {}", file.display())).await.done();
        for row in ["made       4      100.0 %", "clicked    2      50.0 %", "conversed  0      0.0 %"] {
            assert!(shown.contains(row), "{shown}");
        }
    }
    let drawn = std::fs::read_to_string(svg).unwrap();
    for text in ["<svg", "Campaign spring", "50.0 %", funnel["by_day"][0]["day"].as_str().unwrap()] {
        assert!(drawn.contains(text), "{text} is not in {drawn}");
    }
    assert!(std::fs::read(png).unwrap().starts_with(b"\x89PNG\r\n\x1a\n"));
    site.installation.odx("links funnel autumn").await.fails(&["there is no campaign `autumn`"]);
}

#[tokio::test]
async fn the_api_may_be_named_without_a_folder() {
    let site = Site::new().await;
    let url = std::fs::read_to_string(site.installation.file("url")).unwrap();
    let csv = site.installation.write("people.csv", "a\n1\n");
    let line = format!("links create --csv {csv} --scenario support --url {url} --token {} --json", site.token);
    let made = odx_alone(&line).await.json();
    assert_eq!(made["links"], 1);
    odx_alone("links list").await.fails(&["ODX_URL"]);
}
