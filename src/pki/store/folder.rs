//! Files under one directory: locked, written aside and renamed, private where they must be.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::entropy;
use crate::pki::AuthorityError;

/// The mechanism behind a store.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    is_temporary: bool,
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Secrecy {
    /// Its owner.
    Private,
    /// Everybody.
    Public,
}

impl Folder {
    /// A directory that stays, made if there is none.
    pub(super) fn open(directory: &Path) -> Result<Self, StoreError> {
        let fault = |error| StoreError::io("open the directory", directory, error);
        let root = std::path::absolute(directory).map_err(fault)?;
        let folder = Self {
            root,
            is_temporary: false,
        };
        fs::create_dir_all(&folder.root).map_err(fault)?;
        // Private keys have no place in version control, not even these.
        if folder.read(GITIGNORE)?.is_none() {
            folder.write(GITIGNORE, "*\n", Secrecy::Public)?;
        }
        Ok(folder)
    }

    /// A directory that must not exist yet, is its owner's alone, and goes when this is dropped.
    pub(super) fn temporary(directory: &Path) -> Result<Self, StoreError> {
        let fault = |error| StoreError::io("make the temporary directory", directory, error);
        let root = std::path::absolute(directory).map_err(fault)?;
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&root).map_err(fault)?;
        Ok(Self {
            root,
            is_temporary: true,
        })
    }

    /// The directory.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Waits for the directory's lock and holds it until the answer is dropped; the system frees it
    /// when its holder dies. Only milliseconds of work are done under it.
    pub(super) fn lock(&self) -> Result<Option<File>, StoreError> {
        if self.is_temporary {
            return Ok(None);
        }
        let path = self.root.join(LOCK);
        let fault = |error| StoreError::io("lock", &path, error);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(fault)?;
        match file.lock() {
            // Some network file systems cannot lock; renaming still keeps every file whole.
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
            locked => locked.map(|()| Some(file)).map_err(fault),
        }
    }

    /// A text file; `None` when there is none.
    pub(super) fn read(&self, name: &str) -> Result<Option<String>, StoreError> {
        let path = self.root.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                Err(self.not_ours(name, "it is not text"))
            }
            Err(error) => Err(StoreError::io("read", &path, error)),
        }
    }

    /// Makes a directory and those above it.
    pub(super) fn make(&self, name: &str) -> Result<(), StoreError> {
        let path = self.root.join(name);
        fs::create_dir_all(&path).map_err(|error| StoreError::io("make", &path, error))
    }

    /// Writes a file aside and then puts it in place at once.
    pub(super) fn write(&self, name: &str, text: &str, secrecy: Secrecy) -> Result<(), StoreError> {
        let path = self.root.join(name);
        let mark = u64::from_be_bytes(entropy::secret_bytes());
        let mut aside = path.clone().into_os_string();
        aside.push(format!(".{mark:016x}.tmp"));
        let aside = PathBuf::from(aside);
        let written = write_new(&aside, text, secrecy).and_then(|()| fs::rename(&aside, &path));
        written.map_err(|error| {
            let _ = fs::remove_file(&aside);
            StoreError::io("write", &path, error)
        })
    }

    /// The error that a file is not one of ours.
    pub(super) fn not_ours(&self, name: &str, reason: &str) -> StoreError {
        StoreError::NotOurs {
            path: self.root.join(name),
            reason: reason.to_owned(),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_temporary {
            // Nobody is left to tell; the system clears its temporary files anyway.
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

fn write_new(path: &Path, text: &str, secrecy: Secrecy) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(
        &mut options,
        match secrecy {
            Secrecy::Private => 0o600,
            Secrecy::Public => 0o644,
        },
    );
    #[cfg(not(unix))]
    let _ = secrecy;
    options.open(path)?.write_all(text.as_bytes())
}

/// Why the directory of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// A certificate could not be issued.
    #[error("cannot issue a certificate: {0}")]
    Authority(#[from] AuthorityError),
    /// An id that cannot name a directory.
    #[error(
        "client id `{0}` cannot name a directory: expected at most 100 of A-Z a-z 0-9 - _ . \
         with no dot at either end"
    )]
    ClientId(String),
    /// The system refused.
    #[error("cannot {action} {}: {error}; {}", path.display(), remedy(*kind))]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// The system's kind of reason.
        kind: ErrorKind,
        /// The system's reason.
        #[source]
        error: io::Error,
    },
    /// Somebody else's file is in our place.
    #[error(
        "{} was not made by this program and is left alone: {reason}; \
         move it away or name another directory with --certs-dir", path.display()
    )]
    NotOurs {
        /// Which file.
        path: PathBuf,
        /// How we know.
        reason: String,
    },
}

impl StoreError {
    fn io(action: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            kind: error.kind(),
            error,
        }
    }
}

/// What would help.
const fn remedy(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "name a directory you may write with --certs-dir, or use --ephemeral"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on that disk",
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "a file stands where a directory is needed: move it or name another with --certs-dir"
        }
        _ => "name another directory with --certs-dir, or use --ephemeral",
    }
}

const GITIGNORE: &str = ".gitignore";
const LOCK: &str = ".lock";
