//! Files from the web, each known by its checksum.

mod error;

pub use error::DownloadError;

use std::boxed::Box;
use std::format;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::string::String;
use std::time::Duration;
use std::vec::Vec;

use sha2::{Digest, Sha256};
use ureq::Agent;

use crate::io::replace::replace;

/// Downloads a file, unless it is there already with the right checksum.
///
/// `sha256` is the SHA-256 checksum of the file in hexadecimal digits. The file gets its name only when it is whole and
/// its checksum is right; until then, a file of that name stays as it was. HTTP proxies are taken from the usual
/// environment variables.
///
/// ```no_run
/// use tintype::data::download::download;
///
/// download(
///     "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz",
///     "t10k-labels-idx1-ubyte.gz",
///     "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
/// )?;
/// # Ok::<(), tintype::data::download::DownloadError>(())
/// ```
///
/// # Errors
/// If the server cannot be reached or gives another file, if the connection breaks or is silent for a minute, or if the
/// file cannot be written.
pub fn download(url: &str, path: impl AsRef<Path>, sha256: &str) -> Result<(), DownloadError> {
    download_with(&agent(), &[url], path.as_ref(), sha256)
}

/// What makes the requests: it waits for a server, but not for ever.
pub(super) fn agent() -> Agent {
    const PATIENCE: Option<Duration> = Some(Duration::from_mins(1));
    Agent::config_builder().timeout_connect(PATIENCE).timeout_per_read(PATIENCE).build().into()
}

/// Downloads a file from the first of several addresses that gives it.
pub(super) fn download_with(agent: &Agent, urls: &[&str], path: &Path, sha256: &str) -> Result<(), DownloadError> {
    let file_error = |source| DownloadError::File { path: path.into(), source };
    if is_there(path, sha256).map_err(file_error)? {
        return Ok(());
    }
    let mut errors = Vec::new();
    for url in urls {
        // The error travels inside that of the writer, which knows only those of the operating system.
        match replace(path, |file| fetch(agent, url, file, sha256)).map_err(io::Error::downcast::<DownloadError>) {
            Ok(()) => return Ok(()),
            Err(Ok(error)) => errors.push(error),
            Err(Err(source)) => return Err(file_error(source)),
        }
    }
    match errors.pop() {
        Some(error) if errors.is_empty() => Err(error),
        last => Err(DownloadError::Mirrors { path: path.into(), errors: errors.into_iter().chain(last).collect() }),
    }
}

/// Whether there is a file with this checksum.
fn is_there(path: &Path, sha256: &str) -> io::Result<bool> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        result => result?,
    };
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut Hashing(&mut hasher))?;
    Ok(hex(hasher).eq_ignore_ascii_case(sha256))
}

/// Writes the body of the answer to `file`, and fails if its checksum is another one.
fn fetch(agent: &Agent, url: &str, file: &mut impl Write, sha256: &str) -> io::Result<()> {
    let request = |source| DownloadError::Request { url: url.into(), source: Box::new(source) };
    let mut response = agent.get(url).call().map_err(request).map_err(io::Error::other)?;
    let mut body = response.body_mut().as_reader();
    let mut hasher = Sha256::new();
    let mut buffer = [0; 1 << 14];
    let mut received = 0;
    loop {
        match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                received += count as u64;
                hasher.update(&buffer[..count]);
                file.write_all(&buffer[..count])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return Err(io::Error::other(DownloadError::Body { url: url.into(), received, source })),
        }
    }
    let found = hex(hasher);
    if found.eq_ignore_ascii_case(sha256) {
        Ok(())
    } else {
        Err(io::Error::other(DownloadError::Checksum { url: url.into(), received, expected: sha256.into(), found }))
    }
}

/// Lets a checksum be written to.
struct Hashing<'a>(&'a mut Sha256);

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufRead;
    use std::net::TcpListener;
    use std::path::PathBuf;
    use std::string::ToString;
    use std::{fs, thread};

    /// The SHA-256 checksum of `abc`, from the examples of FIPS 180-4.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    const WHOLE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    const MISSING: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

    /// A folder of its own for each test, gone afterwards.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("tintype-download-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn file(&self) -> PathBuf {
            self.0.join("file")
        }

        /// What lies in the folder.
        fn contents(&self) -> Vec<(String, String)> {
            let content = |entry: fs::DirEntry| {
                (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
            };
            fs::read_dir(&self.0).unwrap().map(|entry| content(entry.unwrap())).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// A server on this machine that gives one answer, whatever it is asked, and hangs up.
    fn serve(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/file", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let request = io::BufReader::new(&stream).lines();
            let _ = request.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).count();
            (&stream).write_all(answer.as_bytes()).unwrap();
        });
        url
    }

    /// Downloads without the proxies that the machine may have.
    fn get(urls: &[&str], folder: &Folder) -> Result<(), DownloadError> {
        let agent = Agent::config_builder().proxy(None).build().into();
        download_with(&agent, urls, &folder.file(), ABC)
    }

    fn message(urls: &[&str], folder: &Folder) -> String {
        get(urls, folder).unwrap_err().to_string()
    }

    fn only(content: &str) -> Vec<(String, String)> {
        [("file".into(), content.into())].to_vec()
    }

    #[test]
    fn a_whole_file_is_kept() {
        let folder = Folder::new("whole");
        get(&[&serve(WHOLE)], &folder).unwrap();
        assert_eq!(folder.contents(), only("abc"));
    }

    #[test]
    fn a_file_that_is_there_is_not_asked_for() {
        let folder = Folder::new("there");
        fs::write(folder.file(), "abc").unwrap();
        download("http://nowhere.invalid/file", folder.file(), &ABC.to_uppercase()).unwrap();
    }

    #[test]
    fn another_file_is_refused_and_the_old_one_stays() {
        let folder = Folder::new("checksum");
        fs::write(folder.file(), "old").unwrap();
        let url = serve("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabd");
        let found = "a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9";
        assert_eq!(
            message(&[&url], &folder),
            format!("{url}: expected the SHA-256 checksum {ABC}, found {found} in the 3 bytes that came")
        );
        assert_eq!(folder.contents(), only("old"));
        get(&[&serve(WHOLE)], &folder).unwrap();
        assert_eq!(folder.contents(), only("abc"));
    }

    #[test]
    fn a_missing_file_is_an_error_with_the_status() {
        let folder = Folder::new("missing");
        let url = serve(MISSING);
        assert_eq!(message(&[&url], &folder), format!("{url}: http status: 404"));
        assert_eq!(folder.contents(), []);
    }

    #[test]
    fn a_connection_cut_midway_leaves_nothing() {
        let folder = Folder::new("cut");
        let url = serve("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc");
        let message = message(&[&url], &folder);
        assert!(message.starts_with(&format!("{url}: the connection broke after 3 bytes: ")), "{message}");
        assert_eq!(folder.contents(), []);
    }

    #[test]
    fn a_second_mirror_helps_out() {
        let folder = Folder::new("mirrors");
        get(&[&serve(MISSING), &serve(WHOLE)], &folder).unwrap();
        assert_eq!(folder.contents(), only("abc"));
    }

    #[test]
    fn all_mirrors_that_failed_are_named() {
        let folder = Folder::new("failed");
        let (first, second) = (serve(MISSING), serve(MISSING));
        let path = folder.file();
        assert_eq!(
            message(&[&first, &second], &folder),
            format!(
                "{}: no mirror gave the file: {first}: http status: 404; {second}: http status: 404",
                path.display()
            )
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_before_anything_is_asked() {
        let folder = Folder::new("folder");
        let path = folder.0.join("none").join("file");
        let error = download("http://nowhere.invalid/file", &path, ABC).unwrap_err();
        assert!(matches!(error, DownloadError::File { .. }), "{error}");
    }
}
