//! The languages of the pages, and the choice among them.

use http::{HeaderMap, header};
use shared::http::preferences;
use std::cmp::Ordering;

/// The texts of the pages in one language.
#[derive(Debug)]
pub(crate) struct Language {
    /// As HTML and HTTP name it (BCP 47).
    pub(crate) tag: &'static str,
    pub(crate) not_found: Texts,
    pub(crate) gone: Texts,
    /// Why a link does not work any more.
    pub(crate) why: &'static str,
    /// The sentence before the contact link.
    pub(crate) otherwise: &'static str,
    /// The text of the contact link.
    pub(crate) contact: &'static str,
}

/// The texts of one page.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) title: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) advice: &'static str,
}

/// The first is the default.
const LANGUAGES: [Language; 4] = [
    Language {
        tag: "en",
        not_found: Texts {
            title: "Page not found",
            heading: "We cannot find this page",
            advice: "The link may be incomplete. Please open it again from the message you received, or copy all of it.",
        },
        gone: Texts {
            title: "Link no longer valid",
            heading: "This link is no longer valid",
            advice: "Please ask for a new one where you received it.",
        },
        why: "It has expired, was used already or was withdrawn.",
        otherwise: "We are happy to help you in another way.",
        contact: "Contact us",
    },
    Language {
        tag: "fr",
        not_found: Texts {
            title: "Page introuvable",
            heading: "Nous ne trouvons pas cette page",
            advice: "Le lien est peut-être incomplet. Ouvrez-le à nouveau depuis le message que vous avez reçu, ou copiez-le en entier.",
        },
        gone: Texts {
            title: "Lien expiré",
            heading: "Ce lien n’est plus valable",
            advice: "Veuillez en demander un nouveau à l’expéditeur.",
        },
        why: "Il a expiré, a déjà été utilisé ou a été retiré.",
        otherwise: "Nous vous aiderons volontiers autrement.",
        contact: "Nous contacter",
    },
    Language {
        tag: "de",
        not_found: Texts {
            title: "Seite nicht gefunden",
            heading: "Wir können diese Seite nicht finden",
            advice: "Der Link ist vielleicht unvollständig. Bitte öffnen Sie ihn noch einmal aus der Nachricht, die Sie bekommen haben, oder kopieren Sie ihn ganz.",
        },
        gone: Texts {
            title: "Link nicht mehr gültig",
            heading: "Dieser Link ist nicht mehr gültig",
            advice: "Bitte fragen Sie dort, wo Sie ihn bekommen haben, nach einem neuen.",
        },
        why: "Er ist abgelaufen, wurde schon benutzt oder zurückgezogen.",
        otherwise: "Wir helfen Ihnen gerne auf anderem Weg.",
        contact: "Kontakt aufnehmen",
    },
    Language {
        tag: "es",
        not_found: Texts {
            title: "Página no encontrada",
            heading: "No encontramos esta página",
            advice: "Es posible que el enlace esté incompleto. Ábralo de nuevo desde el mensaje que recibió o cópielo entero.",
        },
        gone: Texts {
            title: "Enlace caducado",
            heading: "Este enlace ya no es válido",
            advice: "Pida uno nuevo a quien se lo envió.",
        },
        why: "Ha caducado, ya se utilizó o fue retirado.",
        otherwise: "Con gusto le ayudaremos de otra manera.",
        contact: "Contactar",
    },
];

/// A range of `Accept-Language`.
struct Range<'a> {
    /// The language without region or script.
    primary: &'a str,
    /// Its weight: 0 not at all, 1 most.
    weight: f32,
    /// Its position among the others.
    position: usize,
}

impl Range<'_> {
    /// Of two ranges with the same weight, the first is preferred.
    fn cmp(&self, other: &Self) -> Ordering {
        self.weight.total_cmp(&other.weight).then(other.position.cmp(&self.position))
    }
}

/// The language that a request prefers (RFC 9110 section 12.5.4).
pub(crate) fn preferred(headers: &HeaderMap) -> &'static Language {
    let ranges: Vec<_> = preferences(headers, &header::ACCEPT_LANGUAGE)
        .enumerate()
        .map(|(position, (tag, weight))| Range { primary: tag.split('-').next().unwrap_or(tag), weight, position })
        .collect();
    let named = |tag: &str| {
        let named = ranges.iter().filter(|range| range.primary.eq_ignore_ascii_case(tag));
        named.max_by(|a, b| a.cmp(b))
    };
    // In reverse, because `max_by` takes the last of equals.
    let known =
        LANGUAGES.iter().rev().filter_map(|language| Some((named(language.tag).or_else(|| named("*"))?, language)));
    let best = known.filter(|(range, _)| range.weight > 0.0).max_by(|(a, _), (b, _)| a.cmp(b));
    best.map_or(&LANGUAGES[0], |(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_language_that_is_wanted_most_is_chosen_and_english_where_none_is() {
        for (given, tag) in [
            ("de", "de"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("FR-ca", "fr"),
            ("it,es;q=0.4,fr;q=0.5", "fr"),
            ("en;q=0.3, es ; q = 0.7 ,fr;q=0.699", "es"),
            ("es,fr", "es"),
            ("fr,es", "fr"),
            ("it", "en"),
            ("*", "en"),
            ("", "en"),
            ("fr;q=0", "en"),
            ("fr;q=0, de;q=0.1", "de"),
            ("en;q=0,*;q=0.5", "fr"),
            ("*;q=0.5,de;q=0.6", "de"),
            ("it, *;q=0.5, de;q=0.1", "en"),
            ("fr;q=2,es;q=x,de;q=0.2", "de"),
            ("fr;q=nan,es;level=1,de;q=0.2", "de"),
            ("deu, espa\u{f1}ol, frx", "en"),
            (";;;,,,==;q=1", "en"),
        ] {
            let value = HeaderValue::from_bytes(given.as_bytes()).unwrap();
            assert_eq!(preferred(&HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, value)])).tag, tag, "{given}");
        }
        assert_eq!(preferred(&HeaderMap::new()).tag, "en");
    }
}
