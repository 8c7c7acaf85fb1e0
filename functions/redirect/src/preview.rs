//! Programs that open links to show a preview, to index or to check them. Their requests are not counted as clicks.

use http::{HeaderMap, header};
use std::sync::LazyLock;

/// Parts of the `User-Agent` of such programs: sorted, none part of another; `^` and `$` are the ends of the header.
/// `update_agents.py` writes the file, whose first line names its source.
static AGENTS: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("agents.txt").lines().skip(1).collect());

/// Whether a request comes from such a program, or from a browser that only prepares for a click.
pub(crate) fn is_preview(headers: &HeaderMap) -> bool {
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_prefetch = |name: &str| {
        let purpose = value(name).to_ascii_lowercase();
        purpose.contains("prefetch") || purpose.contains("preview")
    };
    is_agent(value(header::USER_AGENT.as_str())) || ["sec-purpose", "purpose", "x-purpose"].into_iter().any(is_prefetch)
}

/// Whether a `User-Agent` contains one of [`AGENTS`]. At each character one text is compared, the last that is not after
/// the rest of the header: no text begins with another, so no earlier one can be its prefix.
fn is_agent(agent: &str) -> bool {
    let agent = format!("^{agent}$");
    let mut rests = agent.char_indices().map(|(start, _)| &agent[start..]);
    rests.any(|rest| {
        let after = AGENTS.partition_point(|text| *text <= rest);
        after > 0 && rest.starts_with(AGENTS[after - 1])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_no_agent_is_part_of_another() {
        assert_eq!(AGENTS.len(), 1463);
        assert!(AGENTS.is_sorted(), "the list is searched by halves");
        for text in AGENTS.iter() {
            assert_eq!(AGENTS.iter().filter(|other| text.contains(**other)).count(), 1, "{text}");
        }
    }

    #[test]
    fn every_agent_is_found_wherever_it_is_in_the_header() {
        for text in AGENTS.iter() {
            let bare = text.trim_start_matches('^').trim_end_matches('$');
            assert!(is_agent(bare), "{text}");
            let is_anchored = bare.len() < text.len();
            assert_eq!(is_agent(&format!("~{bare}~")), !is_anchored, "{text}");
        }
    }

    #[test]
    fn a_browser_that_prefetches_is_a_preview() {
        for (name, value) in [("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch"), ("x-purpose", "Preview")]
        {
            let name = header::HeaderName::from_static(name);
            assert!(is_preview(&HeaderMap::from_iter([(name, value.parse().unwrap())])), "{value}");
        }
    }
}
