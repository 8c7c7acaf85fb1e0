//! Numbers of JSON that cannot be kept: `serde_json` reads them as 64-bit integers or floats, and writes other digits.

use serde_json::Number;

/// The rule that a number of [`altered_numbers`] breaks.
pub const ALTERED: &str = "has a number with more digits than can be kept: write it as a string";

/// Bytes of a number without an exponent that is always kept: a float has room for 15 digits.
const MAX_SAFE_LEN: usize = 15;

/// The paths of the first `max` numbers in a JSON text that would be written with another value than they were sent with,
/// such as `data.order` or `0.price`. The text must be valid JSON; of any other the result has no meaning.
///
/// ```
/// use shared::model::altered_numbers;
///
/// let json = br#"[{"data": {"order": 12345678901234567890123, "cents": 0.10, "big": 1e200}}]"#;
/// assert_eq!(altered_numbers(json, 10), ["0.data.order"]);
/// ```
#[must_use]
pub fn altered_numbers(json: &[u8], max: usize) -> Vec<String> {
    let mut paths = Vec::new();
    let mut levels: Vec<Level<'_>> = Vec::new();
    let mut rest = json;
    while let Some(first) = rest.first() {
        let length = match first {
            b'"' => string_len(rest),
            b'-' | b'0'..=b'9' => number_len(rest),
            _ => 1,
        };
        let (token, next) = rest.split_at(length);
        match (first, levels.last_mut()) {
            (b'{', _) => levels.push(Level::Object(b"\"\"")),
            (b'[', _) => levels.push(Level::Array(0)),
            (b'}' | b']', _) => drop(levels.pop()),
            (b',', Some(Level::Array(index))) => *index += 1,
            (b'"', Some(Level::Object(name))) if next.trim_ascii_start().first() == Some(&b':') => *name = token,
            (b'-' | b'0'..=b'9', _) if !is_kept(token) => {
                paths.push(levels.iter().map(Level::name).collect::<Vec<_>>().join("."));
                if paths.len() == max {
                    break;
                }
            }
            _ => {}
        }
        rest = next;
    }
    paths
}

/// An object or an array around a number, with the position in it.
enum Level<'a> {
    /// The name of the member, in quotes.
    Object(&'a [u8]),
    Array(usize),
}

impl Level<'_> {
    fn name(&self) -> String {
        match self {
            Self::Object(name) => serde_json::from_slice(name).unwrap_or_else(|_| "?".to_owned()),
            Self::Array(index) => index.to_string(),
        }
    }
}

/// The bytes of the string at the beginning of a text, with its quotes.
fn string_len(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// The bytes of the number at the beginning of a text.
fn number_len(text: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    text.iter().position(|byte| !is_part(byte)).unwrap_or(text.len())
}

/// Whether a number has the same value after it was read and written.
fn is_kept(number: &[u8]) -> bool {
    if number.len() <= MAX_SAFE_LEN && !number.iter().any(|byte| b"eE".contains(byte)) {
        return true;
    }
    let read: Option<Number> = serde_json::from_slice(number).ok();
    let sent = std::str::from_utf8(number).ok().and_then(decimal);
    sent.is_some() && sent == read.and_then(|number| decimal(&number.to_string()))
}

/// The value of a decimal number: its sign, its digits without zeros at either end, and its exponent.
fn decimal(number: &str) -> Option<(bool, String, i64)> {
    let (is_negative, number) = number.strip_prefix('-').map_or((false, number), |number| (true, number));
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_end_matches('0');
    let zeros = i64::try_from(all.len() - digits.len()).ok()?;
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some((false, String::new(), 0));
    }
    let exponent = exponent.parse::<i64>().ok()?.checked_add(zeros - i64::try_from(fraction.len()).ok()?)?;
    Some((is_negative, digits.to_owned(), exponent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::a_large_integer("18446744073709551615")]
    #[case::a_small_integer("-9223372036854775808")]
    #[case::cents("0.1")]
    #[case::trailing_zeros("1.500000000000000000000")]
    #[case::a_large_float("1e200")]
    #[case::an_exponent_in_capitals("1.5E+3")]
    #[case::a_zero_with_an_exponent("0e5")]
    #[case::minus_zero("-0.00000000000000000000")]
    fn a_number_that_is_written_with_the_same_value_is_kept(#[case] number: &str) {
        assert!(is_kept(number.as_bytes()));
    }

    #[rstest]
    #[case::beyond_64_bits("18446744073709551616")]
    #[case::below_64_bits("-9223372036854775809")]
    #[case::of_23_digits("12345678901234567890123")]
    #[case::with_too_many_places("0.1000000000000000055511151231257827")]
    #[case::too_small("1e-400")]
    #[case::with_an_endless_exponent("1e-99999999999999999999")]
    fn a_number_that_is_written_with_another_value_is_not_kept(#[case] number: &str) {
        assert!(!is_kept(number.as_bytes()));
    }

    #[test]
    fn each_number_is_named_by_its_path() {
        let json = br#"{"a\"b": [1, {"c": 1e-400, "d": "99999999999999999999"}], "e": 99999999999999999999}"#;
        assert_eq!(altered_numbers(json, 10), ["a\"b.1.c", "e"]);
        assert_eq!(altered_numbers(json, 1), ["a\"b.1.c"]);
    }

    #[test]
    fn a_text_that_is_a_number_alone_has_an_empty_path() {
        assert_eq!(altered_numbers(b"1e-400", 10), [""]);
    }

    proptest! {
        #[test]
        fn whole_numbers_of_64_bits_are_kept(number in any::<u64>(), negative in any::<i64>()) {
            prop_assert!(is_kept(number.to_string().as_bytes()));
            prop_assert!(is_kept(negative.to_string().as_bytes()));
        }

        #[test]
        fn what_is_kept_is_written_with_the_same_value(number in "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?") {
            if is_kept(number.as_bytes()) {
                let read: serde_json::Value = serde_json::from_str(&number).unwrap();
                prop_assert_eq!(decimal(&read.to_string()), decimal(&number));
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            drop(altered_numbers(&bytes, 3));
        }
    }
}
