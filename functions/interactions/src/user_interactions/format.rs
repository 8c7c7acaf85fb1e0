//! The format of an answer, by `Accept` (RFC 9110 section 12.5.1).

use http::{HeaderMap, header};

/// How interactions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// By user, as OpenDialog writes them.
    Json,
    /// One interaction a line, a trailer last.
    Ndjson,
    /// One interaction a line, names first.
    Csv,
}

impl Format {
    /// The format that a request prefers; JSON where it names none of ours.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let accept = headers.get_all(header::ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
        let mut preferred = (Self::Json, 0.0);
        for range in accept.flat_map(|accept| accept.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let format = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "application/json" | "application/*" | "*/*" => Self::Json,
                "application/x-ndjson" | "application/ndjson" => Self::Ndjson,
                "text/csv" | "text/*" => Self::Csv,
                _ => continue,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
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
    fn the_most_preferred_format_of_ours_is_written() {
        for (accept, format) in [
            ("", Format::Json),
            ("*/*", Format::Json),
            ("text/html", Format::Json),
            ("application/x-ndjson", Format::Ndjson),
            ("application/ndjson; charset=utf-8", Format::Ndjson),
            ("text/csv, application/json;q=0.9", Format::Csv),
            ("text/csv;q=0.5, application/json", Format::Json),
            ("text/csv;q=0", Format::Json),
            ("text/html, application/xhtml+xml, */*;q=0.8", Format::Json),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(Format::of(&headers), format, "{accept}");
        }
    }
}
