//! The column of a table that has the user ids.

/// The column, in the spelling of the API.
pub const USER_ID: &str = "user_id";

/// The name of a column, or [`USER_ID`] for any of its spellings: `userId`, `User_ID`, `User ID`.
#[must_use]
pub fn column_name(name: &str) -> &str {
    let letters: String = name.chars().filter(|character| !" _-.".contains(*character)).collect();
    if letters.eq_ignore_ascii_case("userid") { USER_ID } else { name }
}
