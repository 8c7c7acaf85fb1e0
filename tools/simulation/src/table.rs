//! Tables in Markdown, and numbers in them.

/// A table with a heading: its first column is text, the others are numbers.
pub(crate) fn markdown(heading: &str, columns: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let names: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
    let alignment = format!("|---|{}", "--:|".repeat(columns.len() - 1));
    let rows: Vec<_> = rows.iter().map(|row| line(row)).collect();
    format!("**{heading}**\n\n{}\n{alignment}\n{}", line(&names), rows.join("\n"))
}

/// A number without its fraction, with commas between thousands.
pub(crate) fn number(value: f64) -> String {
    let digits = format!("{value:.0}");
    let first = digits.len() % 3;
    let groups = (0..digits.len()).map(|place| {
        let comma = place > 0 && place % 3 == first % 3;
        format!("{}{}", if comma { "," } else { "" }, &digits[place..=place])
    });
    groups.collect()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn thousands_are_separated() {
        let shown = [0.0, 7.4, 999.5, 1_000.0, 25_000.0, 123_456.0, 5_000_000.0].map(number);
        assert_eq!(shown, ["0", "7", "1,000", "1,000", "25,000", "123,456", "5,000,000"]);
    }
}
