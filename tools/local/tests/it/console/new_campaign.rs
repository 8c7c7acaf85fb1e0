//! A new campaign from a table of people.

use super::Person;
use crate::support::{TestEnvironment, TestResponse, TestTenant};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use serde_json::{Value, json};
use shared::crypto::base64url;
use shared::model::Role;

pub(super) const TABLE: &str = "user_id;first_name;city\nann;Änn;Wien\n;;\nbob;Bob;Graz\n";
const TERMS: [(&str, &str); 4] =
    [("scenario", "0x420"), ("campaign", "spring"), ("expires_at", "2099-12-31"), ("max_uses", "3")];

pub(super) async fn environment() -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    (env, acme)
}

async fn check(person: &Person<'_>, file: &[u8]) -> String {
    person.upload("/console/new-campaign/check", &TERMS, file).await.text().to_owned()
}

pub(super) async fn create(person: &Person<'_>, table: &str) -> TestResponse {
    let table = base64url(table.as_bytes());
    person.submit("/console/new-campaign", &[&TERMS[..], &[("table", &table)]].concat()).await
}

/// The file of the download link of a page.
pub(super) fn table(page: &str) -> String {
    let (_, rest) = page.split_once("href=\"data:text/csv;base64,").expect("a download");
    let file = rest.split('"').next().expect("its end");
    String::from_utf8(STANDARD.decode(file).expect("base64")).expect("text")
}

/// The links of the tenant.
async fn links(env: &TestEnvironment, acme: &TestTenant) -> Vec<Value> {
    env.get("/public/api/links", &acme.token).await.json()["data"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_table_is_shown_before_anything_is_made() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = check(&person, TABLE.as_bytes()).await;
    for shown in
        ["<strong>People in this table: 2</strong>", "<dd>Änn</dd>", "<dd>Graz</dd>", "Blank rows that are skipped: 1"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert_eq!(links(&env, &acme).await, Vec::<Value>::new());
}

#[tokio::test]
async fn the_preview_has_five_people_at_most() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let rows: Vec<_> = (0..9).map(|row| format!("u{row},n{row}\n")).collect();
    let page = check(&person, format!("user_id,name\n{}", rows.concat()).as_bytes()).await;
    assert!(page.contains("<dd>n4</dd>") && !page.contains("<dd>n5</dd>"), "{page}");
}

#[rstest]
#[case::rows("user_id,a\nann,x\n\u{7}b,y\nc,d,e\n", &["Table of people: line 4 has 3 cells, but the header has 2"])]
#[case::a_header_with_two_columns_of_a_name("a,a\n1,2\n", &["the header has two columns `a`"])]
#[case::no_rows("user_id\n", &["there are no rows below the header"])]
#[case::nothing("", &["Choose a file"])]
#[tokio::test]
async fn problems_of_a_table_are_named(#[case] file: &str, #[case] sentences: &[&str]) {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = check(&person, file.as_bytes()).await;
    for sentence in sentences {
        assert!(page.contains(sentence), "{sentence}: {page}");
    }
}

#[tokio::test]
async fn every_invalid_row_is_named_by_its_line() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let long = "x".repeat(400);
    let rows: Vec<_> = (0..30).map(|row| format!("{long}{row},secret-cell\n")).collect();
    let page = check(&person, format!("user_id,a\n{}", rows.concat()).as_bytes()).await;
    assert_eq!(page.matches("<p>Line ").count(), 30, "{page}");
    assert!(page.contains("<p>Line 31: user_id: User id must be 1 to 384 characters.</p>"), "{page}");
    assert!(!page.contains("secret-cell"), "no cell is quoted");
}

#[tokio::test]
async fn a_table_of_a_windows_program_is_read_and_the_guess_is_said() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = check(&person, b"user_id;name\nann;J\xfcrgen\n").await;
    assert!(page.contains("<dd>Jürgen</dd>"), "{page}");
    assert!(page.contains("It was read as windows-1252."), "{page}");
}

#[tokio::test]
async fn the_links_are_made_for_each_person_with_the_terms() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let response = create(&person, TABLE).await;
    assert_eq!(response.header("cache-control"), "no-store");
    let file = table(response.text());
    let lines: Vec<Vec<&str>> = file.lines().map(|line| line.split(';').collect()).collect();
    assert_eq!(lines[0], ["user_id", "first_name", "city", "url", "link_id", "qr"]);
    assert_eq!((&lines[1][..3], lines[1][5]), (&["ann", "Änn", "Wien"][..], "1.png"));
    assert_eq!(lines[2], ["", "", "", "", "", ""], "a blank row stays");
    assert!(lines[1][3].starts_with("http://127.0.0.1:8787/"), "{}", lines[1][3]);
    let made = links(&env, &acme).await;
    assert_eq!(made.len(), 2);
    for link in made {
        assert_eq!((&link["campaign"], &link["max_uses"]), (&json!("spring"), &json!(3)));
        assert_eq!(link["expires_at"], "2099-12-31T00:00:00.000000Z");
    }
    let path = lines[1][3].strip_prefix("http://127.0.0.1:8787").expect("this host");
    assert_eq!(env.visit(path, &[]).await.status, 302);
}

#[tokio::test]
async fn the_same_form_again_shows_the_same_links() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let (first, second) = (create(&person, TABLE).await, create(&person, TABLE).await);
    assert_eq!(table(first.text()), table(second.text()));
    assert_eq!(links(&env, &acme).await.len(), 2);
}

#[tokio::test]
async fn more_people_than_a_request_takes_are_several_requests() {
    let (env, acme) = environment().await;
    let mut tenant = acme.tenant.clone();
    tenant.limits.users_per_request = 2;
    env.app.store.tenant_update(&tenant).await.expect("a table");
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let response = create(&person, "user_id\na\nb\nc\nd\ne\n").await;
    let users: Vec<_> =
        table(response.text()).lines().skip(1).map(|line| line.split(',').next().expect("it").to_owned()).collect();
    assert_eq!(users, ["a", "b", "c", "d", "e"]);
    assert_eq!(links(&env, &acme).await.len(), 5);
}

#[tokio::test]
async fn terms_that_the_api_refuses_make_nothing_and_are_explained() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let table = base64url(TABLE.as_bytes());
    let fields = [("scenario", "0x420"), ("campaign", "spring"), ("expires_at", "2020-01-01"), ("table", &table)];
    let page = person.submit("/console/new-campaign", &fields).await;
    assert!(page.text().contains("expires_at"), "{}", page.text());
    assert_eq!(links(&env, &acme).await, Vec::<Value>::new());
}

#[rstest]
#[case::an_analyst(Role::Analyst)]
#[tokio::test]
async fn who_cannot_make_links_is_told_so(#[case] role: Role) {
    let (env, acme) = environment().await;
    let ann = env.create_account(&acme.tenant, "ann", role, &[]).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &ann.id).await;
    let response = create(&person, TABLE).await;
    assert_eq!(response.status, 403);
    assert!(response.text().contains("links:write"), "{}", response.text());
}

#[tokio::test]
async fn a_scenario_of_another_tenant_makes_nothing() {
    let (env, acme) = environment().await;
    let globex = env.create_tenant("globex").await;
    let mut scenario = globex.scenario.clone();
    (scenario.id, scenario.alias) = ("0x999".parse().expect("a name"), None);
    env.app.store.scenario_put(&globex.tenant.id, &scenario).await.expect("a table");
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let table = base64url(TABLE.as_bytes());
    let page = person.submit("/console/new-campaign", &[("scenario", "0x999"), ("table", &table)]).await;
    assert!(page.text().contains("scenario"), "{}", page.text());
    assert_eq!(links(&env, &acme).await.len() + links(&env, &globex).await.len(), 0);
}

#[rstest]
#[case::as_many_as_links_are_made_for(10_000, true)]
#[case::one_more(10_001, false)]
#[tokio::test]
async fn people_of_a_table(#[case] people: usize, #[case] is_accepted: bool) {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let table = format!("user_id\n{}", "x\n".repeat(people));
    let page = check(&person, table.as_bytes()).await;
    assert_eq!(page.contains("People in this table: 10000"), is_accepted, "{page}");
    assert_eq!(page.contains("more than 10,000 people"), !is_accepted, "{page}");
    if !is_accepted {
        create(&person, &table).await;
        assert_eq!(links(&env, &acme).await, Vec::<Value>::new(), "nothing is made in part");
    }
}

#[tokio::test]
async fn a_table_of_more_than_3_mb_is_refused() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let large = format!("user_id\n{}", "x\n".repeat(1_500_000));
    let page = check(&person, large.as_bytes()).await;
    assert!(page.contains("at most 3 MB"), "{page}");
    let larger = "x".repeat(4_500_000);
    assert_eq!(person.upload("/console/new-campaign/check", &TERMS, larger.as_bytes()).await.status, 413);
}
