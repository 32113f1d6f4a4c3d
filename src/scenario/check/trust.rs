//! Whom a scenario's bank trusts besides its own.

use super::Checker;
use crate::directory;
use crate::scenario::trust::{DirectoryFile, TrustFile};

/// The CAs among what is trusted, as they are written.
pub(super) fn authorities(written: &[TrustFile]) -> Vec<String> {
    let authorities = written.iter().filter_map(|entry| match entry {
        TrustFile::Authorities(written) => Some(written.clone()),
        TrustFile::Directory(_) => None,
    });
    authorities.collect()
}

/// The directories among what is trusted, each name once, none of them the bank's own.
pub(super) fn directories(checker: &mut Checker<'_>, written: &[TrustFile]) -> Vec<DirectoryFile> {
    let mut directories: Vec<DirectoryFile> = Vec::new();
    for (index, entry) in written.iter().enumerate() {
        let TrustFile::Directory(file) = entry else {
            continue;
        };
        let name = file.directory.as_str();
        let is_taken = directories.iter().any(|known| known.directory == name);
        if name.is_empty() || name == directory::NAME || is_taken {
            let path = format!("bank.trust[{index}].directory");
            checker.expected(&path, "the name of another directory, once", name);
        }
        directories.push(file.clone());
    }
    directories
}
