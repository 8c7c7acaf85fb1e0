//! Notices at the top of a page.

use maud::{Markup, html};

/// Why a form was not accepted.
pub(crate) fn refusal(sentences: &[String]) -> Markup {
    html! {
        section.notice.refused role="alert" {
            @for sentence in sentences { p { (sentence) } }
        }
    }
}
