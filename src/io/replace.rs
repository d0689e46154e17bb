//! Files that are replaced as a whole.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::{format, process};

/// Writes a new file in the place of `path`. Whatever happens, even if the machine stops, there is either the old file
/// or the whole new one under that name; after an error it is the old one.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let (beside, file) = create_beside(path)?;
    let written = fill(file, write).and_then(|()| fs::rename(&beside, path));
    if written.is_ok() {
        sync_directory(path);
    } else {
        // The error that is reported is the first one.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn fill(file: File, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut writer = BufWriter::new(file);
    write(&mut writer)?;
    // The contents have to be on the disk before the name leads to them.
    writer.into_inner()?.sync_all()
}

/// Creates a file of a new name in the directory of `path`.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path has no file name"));
    };
    let mut attempt = 0;
    loop {
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{attempt}.part", process::id()));
        let beside = path.with_file_name(hidden);
        match File::create_new(&beside) {
            // Another thread's, or left behind by a process of the same number that was stopped.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => attempt += 1,
            result => return result.map(|file| (beside, file)),
        }
    }
}

/// Makes the renaming itself last, where the system lets a program ask for that. If it does not, the file is in its
/// place all the same, so that is no error.
fn sync_directory(path: &Path) {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix)
        && let Ok(directory) = File::open(directory)
    {
        let _ = directory.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::string::ToString;
    use std::vec::Vec;

    fn names(directory: &Path) -> Vec<OsString> {
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("weights");
        replace(&path, |writer| writer.write_all(b"old")).unwrap();
        let failed = replace(&path, |writer| {
            writer.write_all(&[0; 10_000])?;
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        replace(&path, |writer| writer.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(directory.path()), ["weights"]);
    }

    #[test]
    fn what_a_stopped_process_left_behind_is_no_hindrance() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("weights");
        let left = directory.path().join(format!(".weights.{}-0.part", process::id()));
        fs::write(&left, b"half").unwrap();
        replace(&path, |writer| writer.write_all(b"whole")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read(&left).unwrap(), b"half");
    }

    #[test]
    fn a_directory_is_no_place_for_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("inner");
        fs::create_dir(&inner).unwrap();
        assert!(replace(&inner, |_| Ok(())).is_err());
        assert!(replace(Path::new("/"), |_| Ok(())).is_err());
        assert_eq!(names(directory.path()), ["inner"]);
    }
}
