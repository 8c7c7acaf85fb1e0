//! Invalid parameters of the user data export, in the words of OpenDialog.

use crate::support::{TestEnvironment, with_query};
use rstest::rstest;

const PATH: &str = "/public/api/user-data-export";
const KIND: (&str, &str) = ("exportType", "json");
const FROM: (&str, &str) = ("from", "2022-09-21 00:00:00");
const TO: (&str, &str) = ("to", "2022-09-22 00:00:00");

#[rstest]
#[case::no_type(&[], "exportType", "The export type field is required.")]
#[case::another_type(&[("exportType", "csv")], "exportType", "The export type must be json.")]
#[case::only_from(&[KIND, FROM], "to", "The to field is required when from is present.")]
#[case::only_to(&[KIND, TO], "from", "The from field is required when to is present.")]
#[case::a_size_that_is_a_word(&[KIND, ("perPage", "many")], "perPage", "The per page must be an integer.")]
#[case::a_size_of_zero(&[KIND, ("perPage", "0")], "perPage", "The per page must be at least 1.")]
#[case::a_size_over_the_limit(&[KIND, ("perPage", "501")], "perPage", "The per page must not be greater than 500.")]
#[case::a_page_that_is_a_fraction(&[KIND, ("page", "1.5")], "page", "The page must be an integer.")]
#[case::a_negative_page(&[KIND, ("page", "-1")], "page", "The page must be at least 1.")]
#[case::a_wrong_cursor(
    &[KIND, ("cursor", "abc")],
    "cursor",
    "The cursor is not one of this query, or is too old."
)]
#[tokio::test]
async fn an_invalid_parameter_is_refused_in_the_words_of_opendialog(
    #[case] query: &[(&str, &str)],
    #[case] field: &str,
    #[case] sentence: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    env.get(&with_query(PATH, query), &acme.token).await.assert_invalid(field, sentence);
}

#[rstest]
#[tokio::test]
async fn a_date_in_another_format_is_400_in_the_words_of_opendialog(
    #[values(
        "2022-09-21",
        "2022-09-21T00:00:00Z",
        "2022-9-21 00:00:00",
        "2022-02-30 00:00:00",
        "now",
        "2022-09-21 00:00:00Z"
    )]
    date: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = env.get(&with_query(PATH, &[KIND, ("from", date), TO]), &acme.token).await;
    response.assert_problem(400, "Invalid date format. Expected format: YYYY-MM-DD HH:MM:SS");
}
