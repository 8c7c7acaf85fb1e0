//! What Lambda and API Gateway pass on: answers of bounded size, in bounded time, with every header once.

use crate::http::FieldErrors;
use http::{HeaderMap, HeaderValue, header};
use std::time::Duration;

/// A request takes no longer: API Gateway waits 30 s for an answer, and Lambda 29 s (`template.yaml`).
pub(in crate::http) const DEADLINE: Duration = Duration::from_secs(25);
/// Lambda takes an answer of 6,291,556 bytes: the body as a JSON text, the headers, and what holds them together.
pub const MAX_ESCAPED_BYTES: usize = 6_000_000;
/// The sentences about fields take no more; they name what a request holds, so they may be many and long.
const MAX_ERROR_BYTES: usize = 1_000_000;
/// Characters of a problem's detail.
const MAX_DETAIL: usize = 1_000;

/// Whether a body of text can be passed on: as a JSON text within the answer, every quote and backslash of it counts
/// twice.
#[must_use]
pub fn can_be_passed_on(body: &[u8]) -> bool {
    escaped_len(body) <= MAX_ESCAPED_BYTES
}

/// The bytes of a text as `serde_json` writes it into JSON, the quotes around it not counted.
#[must_use]
pub fn escaped_len(text: &[u8]) -> usize {
    let escaped = |byte: &u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.iter().map(escaped).sum()
}

/// The errors that an answer has room for, and whether that is all of them.
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

/// A detail that is not longer than somebody reads.
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

/// Joins the values of a header that stands more than once (RFC 9110 section 5.3). Of several, `lambda_http` would
/// pass on the first alone. `Set-Cookie` must not be joined, and is passed on whole.
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
