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

impl Format {
    /// The supported format that a request prefers, or JSON if it names none.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut preferred = (Self::Json, 0.0);
        for (range, weight) in preferences(headers, &header::ACCEPT) {
            let media_type = range.split_once(';').map_or(range, |(media_type, _)| media_type).trim();
            let format = match media_type.to_ascii_lowercase().as_str() {
                "application/json" | "application/*" | "*/*" => Self::Json,
                "application/x-ndjson" | "application/ndjson" => Self::Ndjson,
                "text/csv" | "text/*" => Self::Csv,
                _ => continue,
            };
            if weight > preferred.1 {
                preferred = (format, weight);
            }
        }
        preferred.0
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
            ("text/html, application/xhtml+xml, */*;q=0.8", Format::Json),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(Format::of(&headers), format, "{accept}");
        }
    }
}
