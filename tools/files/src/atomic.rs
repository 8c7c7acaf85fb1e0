//! Atomic writes: a reader sees the old file or the new one, never a part.

use std::fs::Permissions;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tempfile::Builder;

/// The mode of a file with secrets: only its owner can read it.
pub const PRIVATE: u32 = 0o600;

/// The mode of a file that others may read.
pub const PUBLIC: u32 = 0o644;

/// Writes a file completely or not at all, and replaces the file of that name, if there is one.
///
/// The content goes to a temporary file in the same folder, which is synced and renamed. The umask applies to `mode`.
///
/// # Errors
/// Returns [`io::Error`] if the folder cannot be written or the disk is full. The old file is then unchanged.
pub fn write_atomic(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    // The parent of a bare file name is the empty path, which is no folder.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = Builder::new().permissions(Permissions::from_mode(mode)).tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_private_file_is_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_atomic(&path, b"key", PRIVATE).unwrap();
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, PRIVATE);
    }

    #[test]
    fn a_written_file_replaces_the_old_one_and_its_mode_and_leaves_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_atomic(&path, b"a longer text", PUBLIC).unwrap();
        write_atomic(&path, b"new", PRIVATE).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, PRIVATE);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_keeps_what_is_there_and_leaves_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a folder");
        fs::create_dir(&path).unwrap();
        assert!(write_atomic(&path, b"text", PUBLIC).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
