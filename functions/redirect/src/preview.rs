//! Programs that open links to show a preview. Their requests are not counted as clicks.

use http::{HeaderMap, header};

/// Parts of the `User-Agent` of well-known preview and crawling agents, in lower case.
const AGENTS: [&str; 22] = [
    "whatsapp/",
    "slackbot",
    "slack-imgproxy",
    "facebookexternalhit",
    "facebot",
    "twitterbot",
    "telegrambot",
    "discordbot",
    "linkedinbot",
    "skypeuripreview",
    "microsoftpreview",
    "bingpreview",
    "googlebot",
    "google-read-aloud",
    "googleimageproxy",
    "bingbot",
    "applebot",
    "pinterestbot",
    "redditbot",
    "mastodon/",
    "embedly",
    "iframely",
];

/// Whether a request comes from a preview agent, or from a browser that only prepares for a click.
pub(crate) fn is_preview(headers: &HeaderMap) -> bool {
    let lower =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    let agent = lower(header::USER_AGENT.as_str());
    let purpose = [lower("sec-purpose"), lower("purpose"), lower("x-purpose")];
    AGENTS.iter().any(|known| agent.contains(known))
        || purpose.iter().any(|purpose| purpose.contains("prefetch") || purpose.contains("preview"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preview_agents_and_prefetching_browsers_are_known_and_people_are_not() {
        let preview = |name: &'static str, value: &str| {
            is_preview(&HeaderMap::from_iter([(header::HeaderName::from_static(name), value.parse().unwrap())]))
        };
        assert!(preview("user-agent", "WhatsApp/2.23.20.0 A"));
        assert!(preview("user-agent", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"));
        assert!(preview("sec-purpose", "prefetch;prerender"));
        assert!(!preview("user-agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15"));
        assert!(!preview("accept", "text/html"));
    }
}
