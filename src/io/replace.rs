//! Files that are replaced as a whole.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a new file in the place of `path`. Whatever happens, even if the machine stops, there is either the old file
/// or the whole new one under that name; after an error it is the old one.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>) -> io::Result<()> {
    let beside = Beside { path: unused_name(path)? };
    let file = OpenOptions::new().write(true).create_new(true).open(&beside.path)?;
    let mut writer = BufWriter::new(&file);
    write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    // The contents have to be on the disk before the name leads to them.
    file.sync_all()?;
    drop(file);
    fs::rename(&beside.path, path)?;
    sync_directory(path)
}

/// A file that is on its way; removed unless it has been renamed.
struct Beside {
    path: PathBuf,
}

impl Drop for Beside {
    fn drop(&mut self) {
        // After the renaming there is nothing under this name. After a failure the first error is the one to report.
        let _ = fs::remove_file(&self.path);
    }
}

/// A name in the directory of `path` that no other thread or process takes.
fn unused_name(path: &Path) -> io::Result<PathBuf> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path has no file name"));
    };
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(std::format!(".{}-{}.part", process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
    Ok(path.with_file_name(hidden))
}

/// Makes the renaming itself last, where the system lets a program ask for that.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}
