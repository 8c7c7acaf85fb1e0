//! Which file of a crate imports which, read from its `use` declarations and paths.

use crate::support::source::rust;
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{Visit, visit_path};
use syn::{Attribute, Item, ItemMod, ItemUse, Path, UseTree, VisRestricted};

/// The files of a crate by module path, with the files that each imports.
pub(super) type Imports = BTreeMap<String, BTreeSet<String>>;

/// The imports of the crate whose sources are in `folder`, which ends with `src/`. Tests inside files do not count.
pub(super) fn imports(folder: &str) -> Imports {
    let files = rust(folder);
    let modules: BTreeMap<Vec<String>, String> =
        files.iter().map(|file| (module_path(folder, &file.path), file.path.clone())).collect();
    let mut imports = Imports::new();
    for (module, path) in &modules {
        let text = &files.iter().find(|file| file.path == *path).expect("a file of the list").text;
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut visitor = Visitor { module: module.clone(), modules: &modules, found: BTreeSet::new() };
        visitor.visit_file(&file);
        visitor.found.remove(path);
        imports.insert(path.clone(), visitor.found);
    }
    imports
}

/// `shared/src/store/links/mod.rs` is the module `store::links`.
fn module_path(folder: &str, path: &str) -> Vec<String> {
    let path = path.strip_prefix(folder).expect("a file of the folder").trim_end_matches(".rs");
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

struct Visitor<'a> {
    module: Vec<String>,
    modules: &'a BTreeMap<Vec<String>, String>,
    found: BTreeSet<String>,
}

impl Visitor<'_> {
    /// Notes the file that holds what a path names: the longest beginning of the path that is a module with a file.
    fn note(&mut self, path: &[String]) {
        let mut full = match path.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self" | "super") => self.module.clone(),
            Some(first) => {
                let child = [self.module.as_slice(), &[first.to_owned()]].concat();
                if !self.modules.contains_key(&child) {
                    return;
                }
                self.module.clone()
            }
            None => return,
        };
        for part in path {
            match part.as_str() {
                "crate" | "self" => {}
                "super" => drop(full.pop()),
                part => full.push(part.to_owned()),
            }
        }
        let file = (0..=full.len()).rev().find_map(|length| self.modules.get(&full[..length]));
        self.found.extend(file.cloned());
    }

    fn note_tree(&mut self, tree: &UseTree, before: &[String]) {
        match tree {
            UseTree::Path(path) => self.note_tree(&path.tree, &[before, &[path.ident.to_string()]].concat()),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.note_tree(tree, before)),
            UseTree::Name(name) if name.ident == "self" => self.note(before),
            UseTree::Name(name) => self.note(&[before, &[name.ident.to_string()]].concat()),
            UseTree::Rename(name) => self.note(&[before, &[name.ident.to_string()]].concat()),
            UseTree::Glob(_) => self.note(before),
        }
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.note_tree(&item.tree, &[]);
    }

    /// `pub(in crate::store)` imports nothing.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}

    fn visit_path(&mut self, path: &'ast Path) {
        if path.segments.len() > 1 {
            let parts: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.note(&parts);
        }
        visit_path(self, path);
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !module.attrs.iter().any(is_test) {
            self.module.push(module.ident.to_string());
            syn::visit::visit_item_mod(self, module);
            self.module.pop();
        }
    }

    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Use(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !attributes.iter().any(is_test) {
            syn::visit::visit_item(self, item);
        }
    }
}

fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
}
