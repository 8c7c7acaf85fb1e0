//! Paths of the API with a query.

use url::form_urlencoded::Serializer;

/// A path with a query. Values that are empty are left out.
pub(crate) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    format!("{path}?{}", Serializer::new(String::new()).extend_pairs(given).finish())
}

/// A name as one segment of a path, or `None` if it has other characters than names have: such a thing does not exist.
pub(crate) fn segment(name: &str) -> Option<&str> {
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    (is_name && name != "." && name != "..").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_add_a_parameter() {
        assert_eq!(with_query("/a", &[("b", "x&c=d#e"), ("f", ""), ("g", "é")]), "/a?b=x%26c%3Dd%23e&g=%C3%A9");
    }

    #[test]
    fn a_name_cannot_leave_its_segment() {
        assert_eq!(segment("spring-2026_a.b"), Some("spring-2026_a.b"));
        for name in ["", ".", "..", "a/b", "a?b", "a%2fb", "a#b", "é"] {
            assert_eq!(segment(name), None, "{name}");
        }
    }
}
