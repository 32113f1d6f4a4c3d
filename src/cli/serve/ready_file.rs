//! The ready file: there as long as the bank answers, and never half written.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::super::failure::Failure;

/// A ready file to be written.
#[derive(Debug)]
pub(in super::super) struct ReadyFile(PathBuf);

/// A ready file that tells of this bank; removed when dropped.
#[derive(Debug)]
pub(in super::super) struct WrittenReadyFile {
    path: PathBuf,
    document: String,
}

impl ReadyFile {
    /// Takes away what a bank left that was killed: it tells of a bank that is not there.
    pub(in super::super) fn clear(path: PathBuf) -> Result<Self, Failure> {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(unwritable("remove the old", &path, &error))
            }
            _ => Ok(Self(path)),
        }
    }

    /// Writes it aside and puts it in place at once, for its owner's eyes: it may hold a token.
    pub(in super::super) fn write(self, document: &str) -> Result<WrittenReadyFile, Failure> {
        let path = self.0;
        let mut aside = path.clone().into_os_string();
        aside.push(format!(".{}.tmp", std::process::id()));
        let aside = PathBuf::from(aside);
        let document = format!("{document}\n");
        let written = write_private(&aside, &document).and_then(|()| fs::rename(&aside, &path));
        match written {
            Ok(()) => Ok(WrittenReadyFile { path, document }),
            Err(error) => {
                let _ = fs::remove_file(&aside);
                Err(unwritable("write the", &path, &error))
            }
        }
    }
}

impl Drop for WrittenReadyFile {
    fn drop(&mut self) {
        // Another bank may have put its own there meanwhile.
        let is_ours = fs::read_to_string(&self.path).is_ok_and(|found| found == self.document);
        if is_ours {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

fn unwritable(action: &str, path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot {action} ready file {}: {error}", path.display());
    Failure::failed("ready_file_unwritable", message).about("--ready-file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ready_file_is_private_and_goes_with_its_bank() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ready.json");
        fs::write(&path, "of a bank that was killed").unwrap();
        let file = ReadyFile::clear(path.clone()).unwrap();
        assert!(!path.exists());
        let written = file.write("{}").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        drop(written);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn another_banks_file_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ready.json");
        let written = ReadyFile::clear(path.clone()).unwrap().write("{}").unwrap();
        fs::write(&path, "another bank's").unwrap();
        drop(written);
        assert_eq!(fs::read_to_string(&path).unwrap(), "another bank's");
    }

    #[test]
    fn a_place_that_is_none_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let nowhere = directory.path().join("no/ready.json");
        let failure = ReadyFile::clear(nowhere).unwrap().write("{}").unwrap_err();
        assert!(
            failure
                .message()
                .starts_with("cannot write the ready file "),
            "{failure:?}"
        );
        let failure = ReadyFile::clear(directory.path().to_owned()).unwrap_err();
        assert!(
            failure.message().starts_with("cannot remove the old "),
            "{failure:?}"
        );
    }
}
