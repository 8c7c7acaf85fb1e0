//! Preview agents, which open links without a person.

use crate::support::TestEnvironment;
use rstest::rstest;
use serde_json::json;

/// The clicks of a link after a visit with a `User-Agent`, none if it is empty. Waits for `expected` clicks.
async fn clicks_of(agent: &str, expected: u64) -> u64 {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({})).await;
    let headers = [("user-agent", agent)];
    let response = env.visit(&link, if agent.is_empty() { &[] } else { &headers }).await;
    assert_eq!(response.status, 302, "{}", response.text());
    env.activity_after_clicks(&link, expected).await.clicks
}

#[rstest]
#[case::whatsapp("WhatsApp/2.23.20.0 A")]
#[case::whatsapp_without_a_version("WhatsApp")]
#[case::signal("WhatsApp/2")]
#[case::kakaotalk("facebookexternalhit/1.1;kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984")]
#[case::slack("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)")]
#[case::slack_images("Slack-ImgProxy (+https://api.slack.com/robots)")]
#[case::discord("Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)")]
#[case::linkedin("LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)")]
#[case::telegram("TelegramBot (like TwitterBot)")]
#[case::viber("Viber")]
#[case::viber_with_a_version("Viber/13.3.0.5 CFNetwork/1128.0.1 Darwin/19.6.0")]
#[case::matrix("Synapse (bot; +https://github.com/matrix-org/synapse)")]
#[case::mattermost("Mattermost-Bot/1.1")]
#[case::snapchat("Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots")]
#[case::bluesky("Bluesky Cardyb/1.1; +mailto:support@bsky.app")]
#[case::yahoo_mail(
    "Mozilla/5.0 (compatible; Yahoo Link Preview; https://help.yahoo.com/kb/mail/yahoo-link-preview-SLN23615.html)"
)]
#[case::google_web_preview(
    "Mozilla/5.0 (Linux; U; Android 2.3.4; generic) AppleWebKit/537.36 (KHTML, like Gecko; Google Web Preview) \
     Version/4.0 Mobile Safari/537.36"
)]
#[case::meta("meta-externalfetcher/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)")]
#[case::keybase("Mozilla/5.0 (compatible; KeybaseBot; +https://keybase.io)")]
#[case::dingtalk("DingTalkBot-LinkService/1.0")]
#[case::discourse("Discourse Forum Onebox v3.3.0.beta1-dev")]
#[case::notion("Notion/1.0 (https://notion.so; team@makenotion.com)")]
#[case::notion_embeds("NotionEmbedder")]
#[case::clickup("ClickUpLinkUnfurler/1.0 (+https://clickup.com)")]
#[case::lemmy("Lemmy/0.19.8; +https://leminal.space")]
#[case::mastodon("Mastodon/4.2.0 (http.rb/5.1.1; +https://social.example/) Bot")]
#[case::zulip("ZulipURLPreview/2.0")]
#[case::skype("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com")]
#[case::the_new_outlook(
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/117.0.0.0 Safari/537.36 \
     Edg/117.0.2045.47 OneOutlook/1.2023.927.100"
)]
#[tokio::test]
async fn a_preview_counts_no_click(#[case] agent: &str) {
    assert_eq!(clicks_of(agent, 0).await, 0);
}

#[rstest]
#[case::with_firefox("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
#[case::with_a_phone_whose_model_contains_bot(
    "Mozilla/5.0 (Linux; Android 9; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile \
     Safari/537.36"
)]
#[case::in_the_browser_of_facebook(
    "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0.0.0 \
     Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/444.0.0.0.110;]"
)]
#[case::in_the_browser_of_linkedin(
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 \
     [LinkedInApp]"
)]
#[case::with_a_browser_that_names_itself_silk_late(
    "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/108.4.6 like \
     Chrome/108.0.5359.220 Safari/537.36"
)]
#[case::with_curl("curl/8.5.0")]
#[case::without_a_user_agent("")]
#[tokio::test]
async fn a_person_counts_one_click(#[case] agent: &str) {
    assert_eq!(clicks_of(agent, 1).await, 1);
}
