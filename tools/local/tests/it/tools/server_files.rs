//! The files of the local server: who can read them, and what happens if they are lost or damaged.

use crate::support::Server;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tempfile::{TempDir, tempdir};

const SECRETS: [&str; 7] = ["table.db", "table.db-wal", "table.db-shm", "keys.env", "token-key", "token", "engine.env"];

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("its owner");
}

/// The folder of a server that has run and ended.
fn used() -> TempDir {
    let data = tempdir().unwrap();
    Server::start(data.path(), &[]).signal("TERM");
    data
}

#[test]
fn only_the_owner_can_read_the_table_and_the_keys_in_a_folder_that_others_can_read() {
    let data = tempdir().unwrap();
    chmod(data.path(), 0o755);
    let _server = Server::start(data.path(), &[]);
    for name in SECRETS {
        assert_eq!(mode(&data.path().join(name)), 0o600, "{name}");
    }
}

#[test]
fn files_that_others_could_read_are_protected_by_the_next_start() {
    let data = used();
    for name in ["table.db", "keys.env", "token-key", "token"] {
        chmod(&data.path().join(name), 0o644);
    }
    let _server = Server::start(data.path(), &[]);
    for name in SECRETS {
        assert_eq!(mode(&data.path().join(name)), 0o600, "{name}");
    }
}

#[test]
fn a_folder_that_others_can_write_is_refused_with_advice() {
    let data = tempdir().unwrap();
    chmod(data.path(), 0o777);
    let refusal = Server::refused(data.path(), &[]);
    assert!(refusal.contains("chmod go-w"), "{refusal}");
}

#[test]
fn a_lost_or_emptied_table_beside_its_keys_is_refused_and_named() {
    let data = used();
    let table = data.path().join("table.db");
    fs::write(&table, "").expect("emptied");
    let emptied = Server::refused(data.path(), &[]);
    assert!(emptied.contains("the keys are here and the table is not"), "{emptied}");
    fs::remove_file(&table).expect("removed");
    let lost = Server::refused(data.path(), &[]);
    assert!(lost.contains("the keys are here and the table is not"), "{lost}");
    assert!(!table.exists(), "nothing was made in its place");
}

#[test]
fn a_damaged_table_is_refused_at_the_start() {
    let data = used();
    let table = data.path().join("table.db");
    let mut bytes = fs::read(&table).expect("a table");
    let page = bytes.len() / 2 / 4096 * 4096;
    bytes[page..page + 4096].fill(0xa5);
    fs::write(&table, bytes).expect("written");
    let refusal = Server::refused(data.path(), &[]);
    assert!(refusal.contains("is damaged: restore a copy of it"), "{refusal}");
}
