//! What `preload.js` reports of a conversation, in a real browser.

use crate::support::{Browser, CustomerSite, PUBLIC, REPORT, Site, TestEnvironment, Widget, users};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const RANGE: [(&str, &str); 2] = [("from", "2000-01-01"), ("to", "9999-12-31")];

/// An open page with a chat.
struct Chat {
    browser: Browser,
    env: TestEnvironment,
    customer: CustomerSite,
    path: String,
}

impl Chat {
    /// Opens a link's page, or returns `None` without a browser.
    async fn open(site: Site) -> Option<Self> {
        let browser = Browser::open().await?;
        let env = TestEnvironment::new().await;
        let customer = CustomerSite::open(&env, site).await;
        let path = customer.open_link(&browser, &env, json!({})).await;
        browser.wait_for_text("h1", "Hello, Ann of 0x420!").await;
        Some(Self { browser, env, customer, path })
    }

    async fn say(&self, text: &str) {
        self.browser.evaluate(&format!("webchat.sendMessage({{ text: '{text}' }})")).await;
    }

    /// Number of reports that reached the API.
    fn reports(&self) -> usize {
        self.customer.requests.all().iter().filter(|request| *request == REPORT).count()
    }

    /// Waits until so many turns are stored, and returns author and text of each, in the order of time.
    async fn stored(&self, number: usize) -> Vec<(String, String)> {
        for _ in 0..200 {
            // Not before there is a user: the export counts the users of its pages once in ten minutes.
            if !users(&self.env.get_interactions(&self.customer.owner, PUBLIC, &RANGE).await).is_empty() {
                let turns = self.turns().await;
                if turns.len() >= number {
                    return turns;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("after ten seconds: {:?}, requests {:?}", self.turns().await, self.customer.requests.all());
    }

    async fn turns(&self) -> Vec<(String, String)> {
        let turns = self.exported().await.into_iter();
        turns.map(|turn| (author(&turn), turn["text"].as_str().expect("a text").to_owned())).collect()
    }

    /// Both sides' turns of the user `ann`.
    async fn exported(&self) -> Vec<Value> {
        let path = "/public/api/user-data-export?exportType=json";
        let said = self.env.get(path, &self.customer.owner.token).await.json();
        said["data"][0]["ann"]["interactions"].as_array().cloned().unwrap_or_default()
    }
}

/// `them` for the chatbot, `us` for the user, whatever the export calls the user.
fn author(turn: &Value) -> String {
    if turn["author"] == "them" { "them".to_owned() } else { "us".to_owned() }
}

fn site(widget: Widget) -> Site {
    Site { page: Site::SDK, widget, ..Site::default() }
}

/// The turns of one text, in the stand-in's answers.
fn both_sides(text: &str) -> [(String, String); 2] {
    [("us".to_owned(), text.to_owned()), ("them".to_owned(), format!("You said {text}"))]
}

#[rstest]
#[case::fired_at_an_element(Widget::Sdk)]
#[case::fired_at_the_sdks_own_object(Widget::OpenSdk)]
#[tokio::test]
async fn both_sides_of_a_conversation_are_stored_once_and_the_link_counts_as_conversed(#[case] widget: Widget) {
    let Some(chat) = Chat::open(site(widget)).await else { return };
    chat.say("hello").await;
    assert_eq!(chat.stored(2).await, both_sides("hello"));
    chat.say("how are you").await;
    assert_eq!(chat.stored(4).await, [both_sides("hello"), both_sides("how are you")].concat());
    assert!(chat.env.link_activity(&chat.path).await.conversed_at.is_some());
    assert_eq!(chat.browser.warnings().await, "");
    let preflights: Vec<_> =
        chat.customer.requests.all().into_iter().filter(|request| request.starts_with("OPTIONS")).collect();
    assert_eq!(preflights, Vec::<String>::new());
}

#[tokio::test]
async fn the_first_turn_is_reported_at_once_and_the_next_ones_together() {
    let Some(chat) = Chat::open(site(Widget::Sdk)).await else { return };
    chat.say("one").await;
    let said = Instant::now();
    chat.stored(2).await;
    assert!(said.elapsed() < Duration::from_millis(1500), "{:?}", said.elapsed());
    for text in ["two", "three", "four", "five"] {
        chat.say(text).await;
    }
    chat.stored(10).await;
    assert_eq!(chat.reports(), 2);
}

#[tokio::test]
async fn a_busy_api_is_asked_again_after_the_time_that_it_names() {
    let Some(chat) = Chat::open(Site { busy: 2, ..site(Widget::Sdk) }).await else { return };
    chat.say("hello").await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    chat.say("again").await;
    assert_eq!(chat.reports(), 1, "not before two seconds have passed");
    assert_eq!(chat.stored(4).await, [both_sides("hello"), both_sides("again")].concat());
    assert_eq!(chat.reports(), 3);
}

#[tokio::test]
async fn a_report_whose_answer_is_lost_is_repeated_and_stored_once() {
    let Some(chat) = Chat::open(Site { lost_reports: 1, ..site(Widget::Sdk) }).await else { return };
    chat.say("hello").await;
    chat.stored(2).await;
    for _ in 0..200 {
        if chat.reports() >= 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(chat.reports() >= 2, "it is repeated");
    chat.say("again").await;
    assert_eq!(chat.stored(4).await, [both_sides("hello"), both_sides("again")].concat());
}

#[tokio::test]
async fn what_a_person_said_just_before_leaving_is_stored() {
    let Some(chat) = Chat::open(site(Widget::Sdk)).await else { return };
    chat.say("hello").await;
    chat.stored(2).await;
    // Within the pause after the first report.
    chat.say("bye").await;
    chat.browser.goto("about:blank").await;
    assert_eq!(chat.stored(4).await, [both_sides("hello"), both_sides("bye")].concat());
    assert_eq!(chat.reports(), 2);
}

#[tokio::test]
async fn turns_that_no_report_could_deliver_are_reported_by_the_next_page_of_the_tab() {
    let Some(chat) = Chat::open(Site { busy: 1, ..site(Widget::Sdk) }).await else { return };
    chat.say("hello").await;
    for _ in 0..100 {
        if chat.reports() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    chat.browser.reload().await;
    assert_eq!(chat.stored(2).await, both_sides("hello"));
    assert_eq!(chat.reports(), 2, "no beacon while the API is busy");
}

#[tokio::test]
async fn a_chat_works_without_reports_and_the_script_writes_nothing_to_the_console() {
    let Some(chat) = Chat::open(Site { lost_reports: usize::MAX, ..site(Widget::Sdk) }).await else { return };
    for text in ["one", "two", "three"] {
        chat.say(text).await;
        chat.browser.wait_for_text("#od-webchat p", &format!("You said {text}")).await;
    }
    assert_eq!(chat.browser.warnings().await, "");
}

#[tokio::test]
async fn a_chat_without_events_works_and_reports_nothing() {
    let Some(chat) = Chat::open(site(Widget::SilentSdk)).await else { return };
    chat.say("hello").await;
    chat.browser.wait_for_text("#od-webchat p", "You said hello").await;
    chat.browser.goto("about:blank").await;
    assert_eq!(chat.reports(), 0);
}

#[tokio::test]
async fn a_page_that_no_link_opened_reports_nothing() {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = CustomerSite::open(&env, site(Widget::Sdk)).await;
    browser.goto(customer.owner.scenario.page.as_ref().unwrap().as_str()).await;
    browser.wait_for_text("h1", "Hello, stranger of 0x420!").await;
    browser.evaluate("webchat.sendMessage({ text: 'hello' })").await;
    browser.wait_for_text("#od-webchat p", "You said hello").await;
    browser.goto("about:blank").await;
    assert_eq!(customer.requests.all(), ["GET /webchat/preload.js"]);
}

#[tokio::test]
async fn what_the_iframe_of_a_1x_build_posts_is_stored_and_texts_that_it_keeps_are_marked_as_unseen() {
    let Some(chat) = Chat::open(Site { page: Site::EMBEDDED, widget: Widget::Frame, ..Site::default() }).await else {
        return;
    };
    chat.stored(4).await;
    let turns: Vec<_> = chat
        .exported()
        .await
        .iter()
        .map(|turn| json!([author(turn), turn["type"], turn["text"], turn["data"]]))
        .collect();
    let expected = json!([
        ["us", "text", "", {"unseen": true}],
        ["us", "button_response", "Yes please", null],
        ["us", "form_response", "", {"unseen": true, "callback_id": "address"}],
        ["them", "text", "", {"unseen": true, "intent": "intent.app.thanks", "reported": true}],
    ]);
    assert_eq!(Value::from(turns), expected);
    assert!(chat.env.link_activity(&chat.path).await.conversed_at.is_some());
}
