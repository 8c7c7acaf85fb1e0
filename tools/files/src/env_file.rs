//! `keys.env`: settings as lines `NAME=value`, in the syntax of a shell.

use std::collections::BTreeMap;

/// A line that is not `NAME=value`. The error does not repeat it, because it may hold a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not NAME=value")]
pub struct EnvFileError {
    line: usize,
}

/// The variables of a file of lines `NAME=value`, by name.
///
/// Blank lines and comments are skipped, and values may be in quotes, as `set -a; . keys.env` reads them. A value ends
/// with its line. If a name occurs twice, the last value counts, as in a shell.
///
/// # Errors
/// Returns [`EnvFileError`] with the number of the first line that is not `NAME=value`.
///
/// # Examples
/// ```
/// let settings = files::parse_env_file("# created today\nTABLE_NAME=external-api\n")?;
/// assert_eq!(settings["TABLE_NAME"], "external-api");
/// # Ok::<(), files::EnvFileError>(())
/// ```
pub fn parse_env_file(text: &str) -> Result<BTreeMap<String, String>, EnvFileError> {
    let mut variables = BTreeMap::new();
    for (line, text) in (1..).zip(text.lines().map(str::trim)) {
        // Line by line, because the errors of `dotenvy` have no line number.
        for variable in dotenvy::from_read_iter(text.as_bytes()) {
            let (name, value) = variable.map_err(|_| EnvFileError { line })?;
            variables.insert(name, value);
        }
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn blank_lines_and_comments_are_skipped() {
        let variables = parse_env_file("# created today\n\nTABLE_NAME=t\r\n\t# a key\nDATA_KEY=k").unwrap();
        let pairs: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("DATA_KEY", "k"), ("TABLE_NAME", "t")]);
    }

    #[rstest]
    #[case::as_it_is_written("NAME=2:a-_,1:b", "2:a-_,1:b")]
    #[case::with_spaces_around(" NAME = 2:a=,1:b ", "2:a=,1:b")]
    #[case::in_quotes("NAME='two words'", "two words")]
    #[case::exported("export NAME=value", "value")]
    #[case::empty("NAME=", "")]
    #[case::twice("NAME=first\nNAME=second", "second")]
    fn a_value_is_read_as_a_shell_reads_it(#[case] text: &str, #[case] value: &str) {
        assert_eq!(parse_env_file(text).unwrap()["NAME"], value);
    }

    #[rstest]
    #[case::without_a_value("secret")]
    #[case::with_a_second_word("NAME=one secret")]
    #[case::with_an_open_quote("NAME='secret")]
    fn a_malformed_line_is_named_by_its_number_and_not_repeated(#[case] line: &str) {
        let error = parse_env_file(&format!("TABLE_NAME=t\n{line}\nA=b")).unwrap_err();
        assert_eq!(error.to_string(), "line 2 is not NAME=value");
    }
}
