//! What a client prefers: the lists of `Accept`, `Accept-Language` and `Accept-Encoding` (RFC 9110 section 12.4.2).
//!
//! By hand: `headers-accept` drops a whole header for one range that it cannot read, and `fluent-langneg` reads no
//! weights and brings `icu_locid`.

use http::{HeaderMap, HeaderName, header};

/// The elements of a list header in their order, each with its weight: 0 is "not acceptable", 1 the default.
///
/// An element keeps its parameters up to `q`. One whose `q` is not a number from 0 to 1 is left out.
///
/// ```
/// use http::header::{ACCEPT, HeaderMap, HeaderValue};
/// use shared::http::preferences;
///
/// let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("text/html; Q=0.5, text/csv;q=x, */*"))]);
/// assert_eq!(preferences(&headers, &ACCEPT).collect::<Vec<_>>(), [("text/html", 0.5), ("*/*", 1.0)]);
/// ```
pub fn preferences<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = (&'a str, f32)> {
    let lists = headers.get_all(name).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(elements).filter_map(weighted)
}

/// Removes an `Accept-Encoding` that does not accept gzip, the only encoding of our responses. The response is then sent
/// as it is, also to a client that refuses `identity`: RFC 9110 section 12.5.3 allows that, and a 406 would help nobody.
pub(in crate::http) fn drop_unserved_encodings(headers: &mut HeaderMap) {
    let is_served = |coding: &str| ["gzip", "x-gzip", "*"].iter().any(|served| coding.eq_ignore_ascii_case(served));
    if !preferences(headers, &header::ACCEPT_ENCODING).any(|(coding, weight)| is_served(coding) && weight > 0.0) {
        headers.remove(header::ACCEPT_ENCODING);
    }
}

/// The elements of a list: commas in quoted parameters divide nothing.
fn elements(list: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    list.split(move |character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    })
}

fn weighted(element: &str) -> Option<(&str, f32)> {
    let mut end = 0;
    for part in element.split(';') {
        if let Some((name, weight)) = part.split_once('=')
            && name.trim().eq_ignore_ascii_case("q")
        {
            let weight = weight.trim().parse().ok().filter(|weight| (0.0..=1.0).contains(weight))?;
            return Some((element[..end].trim_end_matches(';').trim(), weight));
        }
        end += part.len() + 1;
    }
    Some((element.trim(), 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read(lists: &[&'static str]) -> Vec<(String, f32)> {
        let lists = lists.iter().map(|list| (header::ACCEPT, HeaderValue::from_static(list)));
        let mut headers = HeaderMap::new();
        for (name, list) in lists {
            headers.append(name, list);
        }
        preferences(&headers, &header::ACCEPT).map(|(element, weight)| (element.to_owned(), weight)).collect()
    }

    fn element(text: &str, weight: f32) -> (String, f32) {
        (text.to_owned(), weight)
    }

    #[test]
    fn elements_have_weights_and_keep_their_order() {
        assert_eq!(read(&["a/b;q=0.5,c/d"]), [element("a/b", 0.5), element("c/d", 1.0)]);
        assert_eq!(read(&["a/b", "c/d ; Q = 0.125"]), [element("a/b", 1.0), element("c/d", 0.125)]);
        assert_eq!(read(&["a/b;level=1;q=0;more=2"]), [element("a/b;level=1", 0.0)]);
        assert_eq!(read(&[r#"a/b;title="x, y";q=0.5"#]), [element(r#"a/b;title="x, y""#, 0.5)]);
    }

    #[test]
    fn an_element_with_a_weight_that_is_none_is_left_out() {
        assert_eq!(read(&["a/b;q=2,c/d;q=x,e/f;q=-1,g/h;q=nan,i/j;q="]), []);
        assert_eq!(read(&["q=1"]), [element("", 1.0)]);
    }
}
