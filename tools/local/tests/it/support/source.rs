//! The source tree, for tests that check it.

use std::path::{Path, PathBuf};

/// The root folder of the tree.
pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the tree is there")
}

/// A file of the tree.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its path from the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every text file under a folder, without build output, downloads and the data of a running server.
pub(crate) fn sources(folder: &str) -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    gather(&root, &root.join(folder), &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "nothing is in {folder}");
    found
}

/// The Rust files under a folder.
pub(crate) fn rust(folder: &str) -> Vec<Source> {
    sources(folder)
        .into_iter()
        .filter(|source| Path::new(&source.path).extension().is_some_and(|kind| kind == "rs"))
        .collect()
}

/// The names of the folders in a folder.
pub(crate) fn folders(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(folder)).expect("a folder");
    let folders = entries.map(|entry| entry.expect("an entry")).filter(|entry| entry.path().is_dir());
    folders.map(|entry| entry.file_name().into_string().expect("Unicode")).collect()
}

fn gather(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, name) = (entry.path(), entry.file_name());
        let kind = entry.file_type().expect("a type");
        if kind.is_dir()
            && !["target", ".git", ".local", "node_modules", ".aws-sam"].contains(&&*name.to_string_lossy())
        {
            gather(root, &path, found);
        } else if kind.is_file()
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            let path = path.strip_prefix(root).expect("within").to_str().expect("Unicode").replace('\\', "/");
            found.push(Source { path, text });
        }
    }
}
