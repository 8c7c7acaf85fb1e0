//! The description of the API: it is served, it is whole, and what it describes is what the routes do.

use shared::config;
use std::path::Path;

/// The description as `functions/docs` serves it.
const SERVED: &str = "../../functions/docs/assets/openapi.json";

#[test]
fn the_served_description_is_what_the_code_says_of_itself() {
    let described = local::openapi::as_json().expect("JSON");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(SERVED);
    if config::variable("UPDATE_OPENAPI").is_some() {
        std::fs::write(&file, &described).expect("written");
    }
    let served = std::fs::read_to_string(&file).expect("the file");
    assert!(served == described, "write it anew: UPDATE_OPENAPI=1 cargo test -p local --test it openapi");
}
