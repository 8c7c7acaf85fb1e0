//! No file imports a file that imports it, directly or through others.

use super::imports::{Imports, imports};
use crate::support::source::{folders, root};
use std::collections::BTreeSet;

/// The source folder of every crate.
fn crates() -> Vec<String> {
    let of = |folder: &'static str| folders(folder).into_iter().map(move |name| format!("{folder}/{name}/src/"));
    let of = |folder| of(folder).filter(|source| root().join(source).is_dir());
    std::iter::once("shared/src/".to_owned()).chain(of("functions")).chain(of("tools")).collect()
}

/// The files that `from` reaches.
fn reached<'a>(imports: &'a Imports, from: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(file) = next.pop() {
        next.extend(imports[file].iter().map(String::as_str).filter(|file| reached.insert(*file)));
    }
    reached
}

#[test]
fn files_form_no_circle_and_import_siblings_rather_than_the_face_of_their_folder() {
    let mut circles = Vec::new();
    for folder in crates() {
        let imports = imports(&folder);
        for (file, imported) in &imports {
            let back = imported.iter().filter(|other| reached(&imports, other).contains(file.as_str()));
            circles.extend(back.map(|other| format!("{file} → {other}")));
        }
    }
    assert!(circles.is_empty(), "these imports lead back to the file that has them:\n{}", circles.join("\n"));
}

#[test]
fn the_check_finds_what_a_file_imports() {
    let imports = imports("shared/src/");
    let service = &imports["shared/src/http/service.rs"];
    assert!(service.contains("shared/src/http/error.rs"), "{service:?}");
    let face = &imports["shared/src/http/mod.rs"];
    assert!(face.contains("shared/src/http/service.rs"), "{face:?}");
    let reached = reached(&imports, "shared/src/http/mod.rs");
    assert!(reached.contains("shared/src/model/mod.rs"), "{reached:?}");
}
