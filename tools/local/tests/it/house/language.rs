//! Names and phrases that `docs/STYLE.md` replaced do not come back.

use crate::support::source::{Source, sources};
use regex::Regex;

/// A pattern, and what to write instead.
const REPLACED: [(&str, &str); 30] = [
    (r"\b[Hh]users?\b", "user hash"),
    (r"\bSaidPage\b|\bUserSaid\b|\bDaySaid\b", "InteractionPage, UserInteractions, DayInteractions"),
    (r"out_of_patience|\bPATIENCE\b", "retries_exhausted, *_TIMEOUT"),
    (r"\bmade_up\b", "derive_bytes"),
    (r"\berased_until\b", "erasure_deadlines"),
    (r"\btenant_(reach|extend)\b|\bactive_months?\b", "active_days_add, active_days"),
    (r"\busers_of_day\b|\bdays_of_user\b", "user_day_list, user_active_days"),
    (r"\bLinkState\b|\bStanding\b", "LinkActivity, LinkStatus"),
    (r"Author::(Us|Them)\b", "Author::User, Author::Bot"),
    (r"\bCensus\b", "UserCountCache"),
    (r"\b[Bb]ecame of\b", "name the counters, the state or the result"),
    (r"\b[Tt]ells? of\b|\bto tell of\b", "reports, to report"),
    (r"\b[Ww]ho(so)?ever\b|\bwhomever\b", "a caller, a holder, anyone who"),
    (r"\b[Ww]hom\b", "name the person or the thing"),
    (r"\bstands? there\b|\b[Tt]here stands?\b", "exists, is stored"),
    (r"\bso many (users|rows|items|bytes|days|links|requests|seconds)\b", "a number with its unit"),
    (r"\b[Aa]t most so m(any|uch)\b|\b[Ss]o m(any|uch) (more|less)?\s*(fits?|goes)\b", "a number with its unit"),
    (r"\bhow-manieth\b", "the n-th"),
    (r"\bof a side\b|\bboth sides' turns\b", "by author"),
    (r"\basked around\b|\bread along rather\b", "skipped, read through"),
    (r"^\s*///\s*The table's\.?(,.*)?$", "Returns [`StoreError`] if …"),
    (r"\bsomebody's?\b.*\bsomebody\b", "name the role"),
    (r"\bas it stands\b", "as stored"),
    (r"\bthereupon\b|\bhereby\b|\bthereof\b|\bwhereupon\b", "a plain sentence"),
    (r"\bwhat is said of it\b", "its metadata"),
    (r"\bask(s|ed)? anew\b|\bbegins? anew\b", "again"),
    (r"\bis looked at\b.*\bis looked at\b", "is read"),
    (r"cargo (emulate|cold-starts|link-speed)\b", "cargo lambda-emulator, bench-cold-start, bench-links"),
    (r"tools/(bare|bench|links-bench|meter|lambda|generate)\b([^-\w]|$)", "the tools' names of today"),
    (r"house\.md|contract\.md|design\.md", "a page of this repository"),
];

/// Files that quote what they forbid or what others wrote.
const QUOTES: [&str; 3] = ["docs/STYLE.md", "CHANGELOG.md", "tools/local/tests/it/house/language.rs"];

#[test]
fn replaced_names_and_phrases_do_not_come_back() {
    let rules: Vec<_> =
        REPLACED.iter().map(|(pattern, instead)| (Regex::new(pattern).expect("a pattern"), instead)).collect();
    let mut found = Vec::new();
    let kinds = ["rs", "md", "yaml", "yml", "js", "html", "toml", "json"];
    let written = sources("").into_iter().filter(|source| {
        let kind = source.path.rsplit('.').next().unwrap_or_default();
        kinds.contains(&kind) && !QUOTES.contains(&source.path.as_str()) && !source.path.ends_with("Cargo.lock")
    });
    for Source { path, text } in written {
        for (number, line) in (1..).zip(text.lines()) {
            let hits = rules.iter().filter(|(pattern, _)| pattern.is_match(line));
            found.extend(hits.map(|(_, instead)| format!("{path}:{number}: write `{instead}`:\n    {}", line.trim())));
        }
    }
    assert!(found.is_empty(), "{} lines:\n{}", found.len(), found.join("\n"));
}
