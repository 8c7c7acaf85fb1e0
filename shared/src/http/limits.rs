//! The limits of requests, and those of Lambda and API Gateway: the size of a response, its time, and one value for each
//! header.

use crate::http::field_errors::FieldErrors;
use http::{HeaderMap, HeaderValue, header};
use std::time::Duration;

/// The largest body of a route that sets no other limit, in bytes. Lambda takes events of 6 MB, in which a quote takes two.
pub const MAX_BODY: usize = 4 * 1024 * 1024;
/// Time limit of reading a body. API Gateway sends a body only when it is complete, so this concerns the local server.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum depth of nested arrays and objects in a body.
pub const MAX_DEPTH: u8 = 32;
/// Maximum number of values in a body. 10,000 rows of links with 25 attributes each have 280,000.
pub const MAX_VALUES: usize = 300_000;
/// Time limit of a request: API Gateway waits 30 s for a response, and Lambda 29 s (`template.yaml`).
pub(in crate::http) const DEADLINE: Duration = Duration::from_secs(25);
/// Maximum size of a body, written as a JSON string. Lambda accepts a response of 6,291,556 bytes, with its headers.
pub const MAX_ESCAPED_BYTES: usize = 6_000_000;
/// Maximum size of the sentences about fields. They quote names of the request, so they may be many and long.
const MAX_ERROR_BYTES: usize = 1_000_000;
/// Maximum number of characters of a problem's detail.
const MAX_DETAIL: usize = 1_000;

/// Whether Lambda accepts a body of text. The body is a JSON string in the response, in which a quote or a backslash
/// takes two bytes.
#[must_use]
pub fn can_be_passed_on(body: &[u8]) -> bool {
    escaped_len(body) <= MAX_ESCAPED_BYTES
}

/// The size of a text that `serde_json` writes as a JSON string, without the quotes around it.
#[must_use]
pub fn escaped_len(text: &[u8]) -> usize {
    let escaped = |byte: &u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.iter().map(escaped).sum()
}

/// The first errors, up to [`MAX_ERROR_BYTES`], and whether those are all.
pub(in crate::http) fn bounded(errors: FieldErrors) -> (FieldErrors, bool) {
    let mut room = MAX_ERROR_BYTES;
    let total = errors.len();
    let fits = |(path, sentences): &(String, Vec<String>)| {
        let bytes = path.len() + sentences.iter().map(String::len).sum::<usize>() + 16;
        room = room.saturating_sub(bytes);
        room > 0
    };
    let kept: FieldErrors = errors.into_iter().take_while(fits).collect();
    let all = kept.len() == total;
    (kept, all)
}

/// A detail of at most [`MAX_DETAIL`] characters; `all` is false if errors were left out.
pub(in crate::http) fn shortened(mut detail: String, all: bool) -> String {
    if let Some((end, _)) = detail.char_indices().nth(MAX_DETAIL) {
        detail.truncate(end);
        detail.push('…');
    }
    if !all {
        detail.push_str(" There are more errors than an answer has room for.");
    }
    detail
}

/// Joins the values of a repeated header (RFC 9110 section 5.3), because `lambda_http` would send the first one alone.
/// `Set-Cookie` must not be joined; `lambda_http` sends each one.
pub(in crate::http) fn join_repeated(headers: &mut HeaderMap) {
    let names: Vec<_> = headers.keys().filter(|name| *name != header::SET_COOKIE).cloned().collect();
    for name in names {
        let values: Vec<&[u8]> = headers.get_all(&name).iter().map(HeaderValue::as_bytes).collect();
        if values.len() > 1
            && let Ok(joined) = HeaderValue::from_bytes(&values.join(&b", "[..]))
        {
            headers.insert(name, joined);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn errors_beyond_a_megabyte_are_left_out_and_that_is_said() {
        let errors = |count: usize| (0..count).map(|row| (format!("dataset.{row}"), vec!["x".repeat(84)])).collect();
        let (few, all) = bounded(errors(5_000));
        assert!(few.len() == 5_000 && all);
        let (many, all) = bounded(errors(50_000));
        assert!((8_000..10_000).contains(&many.len()) && !all);
        let detail = shortened("é".repeat(2_000), all);
        assert!(detail.starts_with(&format!("{}… There are more", "é".repeat(1_000))), "{detail}");
        assert_eq!(shortened("short".into(), true), "short");
    }

    #[test]
    fn a_header_that_stands_twice_is_joined_and_cookies_stay_apart() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("vary", "origin"),
            ("vary", "accept-encoding"),
            ("allow", "GET"),
            ("set-cookie", "a"),
            ("set-cookie", "b"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        join_repeated(&mut headers);
        let all = |name| headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(all("vary"), ["origin, accept-encoding"]);
        assert_eq!((all("allow"), all("set-cookie")), (vec!["GET"], vec!["a", "b"]));
    }

    proptest! {
        #[test]
        fn the_escaped_length_is_what_serde_json_writes(text in "(\\PC|[\\x00-\\x1f\\x7f\"\\\\]){0,40}") {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(escaped_len(text.as_bytes()), written.len() - 2);
        }
    }
}
