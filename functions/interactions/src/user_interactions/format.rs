//! The format of a response, chosen by `Accept` (RFC 9110 section 12.5.1).

use http::{HeaderMap, header};
use shared::http::preferences;

/// The format of interactions in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// By user, in the shape of OpenDialog.
    Json,
    /// One interaction per line, and a trailer.
    Ndjson,
    /// A line of column names, and one interaction per line.
    Csv,
}

/// The media types of each format; the first format is the answer to a client that likes several equally.
const MEDIA_TYPES: [(Format, &[&str]); 3] = [
    (Format::Json, &["application/json"]),
    (Format::Ndjson, &["application/x-ndjson", "application/ndjson"]),
    (Format::Csv, &["text/csv"]),
];

impl Format {
    /// The supported format that a request prefers, or JSON if it accepts none. The weight of a format is that of the
    /// most specific range that names it: `text/csv;q=0, */*` accepts everything but CSV.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut preferred = (Self::Json, 0.0, 0);
        for (format, media_types) in MEDIA_TYPES {
            let ranges = preferences(headers, &header::ACCEPT).filter_map(|(range, weight)| {
                let range = range.split_once(';').map_or(range, |(media_type, _)| media_type).trim();
                Some((media_types.iter().filter_map(|media_type| specificity(range, media_type)).max()?, weight))
            });
            // Of two ranges that are equally specific the first counts.
            let weighted = ranges.reduce(|best, other| if other.0 > best.0 { other } else { best });
            if let Some((specificity, weight)) = weighted
                && weight > 0.0
                && (weight > preferred.1 || (weight >= preferred.1 && specificity > preferred.2))
            {
                preferred = (format, weight, specificity);
            }
        }
        preferred.0
    }
}

/// How specifically a range names a media type: 2 by its name, 1 by its type, 0 by `*/*`; `None` if not at all.
fn specificity(range: &str, media_type: &str) -> Option<u8> {
    let of_type =
        || media_type.split_once('/').is_some_and(|(kind, _)| range.eq_ignore_ascii_case(&format!("{kind}/*")));
    match range {
        "*/*" => Some(0),
        _ if range.eq_ignore_ascii_case(media_type) => Some(2),
        _ => of_type().then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_supported_format_that_is_preferred_most_is_chosen() {
        for (accept, format) in [
            ("", Format::Json),
            ("*/*", Format::Json),
            ("text/html", Format::Json),
            ("application/x-ndjson", Format::Ndjson),
            ("application/ndjson; charset=utf-8", Format::Ndjson),
            ("text/csv, application/json;q=0.9", Format::Csv),
            ("text/csv;q=0.5, application/json", Format::Json),
            ("text/csv;q=0", Format::Json),
            ("text/csv;q=high", Format::Json),
            ("text/csv;Q=0.1, application/json;q=0.5", Format::Json),
            ("Text/CSV; Q=1.0, application/json;Q=0.999", Format::Csv),
            ("text/csv;q=0.1, */*;q=0.5", Format::Json),
            ("application/json;q=0, */*", Format::Ndjson),
            ("application/json;q=0.1, application/*;q=0.2", Format::Ndjson),
            ("*/*, text/csv", Format::Csv),
            ("text/csv, application/json", Format::Json),
            ("text/csv; header=present; q=0.9, application/json;q=0.8", Format::Csv),
            ("text/html, application/xhtml+xml, */*;q=0.8", Format::Json),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(Format::of(&headers), format, "{accept}");
        }
    }
}
