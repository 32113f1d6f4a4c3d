//! A folder that a command fills: it holds all of what it is to hold, or what it held before.
//!
//! Everything is written into a stage inside of it, on the same disk, and put in place by renaming. A folder
//! that holds something already is left alone, unless that is of our own making and may be replaced.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::entropy;

use super::failure::Failure;

/// A folder about to be filled.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    stage: PathBuf,
    was_there: bool,
}

/// What may be found in a folder that is to be filled.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    /// Nothing.
    Nothing,
    /// Nothing, or a kit of ours that is to be replaced: some of these names, the first of them always.
    Kit {
        names: &'a [&'static str],
        may_replace: bool,
    },
}

impl Folder {
    /// Makes sure that `root` may be filled.
    ///
    /// # Errors
    /// When it holds something else than it may, or cannot be written.
    pub(super) fn prepare(root: &Path, may_hold: Found<'_>) -> Result<Self, Failure> {
        let fault = |error: io::Error| unwritable("open", root, &error);
        let root = std::path::absolute(root).map_err(fault)?;
        let was_there = root.exists();
        if was_there {
            check(&root, may_hold)?;
        }
        let mark = u64::from_be_bytes(entropy::secret_bytes());
        let stage = root.join(format!("{STAGE}{mark:016x}"));
        let folder = Self {
            root,
            stage,
            was_there,
        };
        fs::create_dir_all(&folder.root).map_err(fault)?;
        for part in [NEW, OLD] {
            fs::create_dir_all(folder.stage.join(part)).map_err(fault)?;
        }
        Ok(folder)
    }

    /// The folder, as an absolute path.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Writes a file on the stage; a private one is readable by its owner alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(
        &self,
        name: &str,
        contents: &[u8],
        is_private: bool,
    ) -> Result<(), Failure> {
        let path = self.stage.join(NEW).join(name);
        let above = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = above.and_then(|()| write_new(&path, contents, is_private));
        written.map_err(|error| unwritable("write", &self.root.join(name), &error))
    }

    /// Puts everything in place of whatever was there.
    ///
    /// # Errors
    /// When that cannot be done; then the folder is as it was.
    pub(super) fn publish(self) -> Result<(), Failure> {
        let (new, old) = (self.stage.join(NEW), self.stage.join(OLD));
        let mut moved = Vec::new();
        let mut put_aside = || move_all(&self.root, &old, &mut moved);
        let placed = put_aside().and_then(|()| move_all(&new, &self.root, &mut moved));
        placed.map_err(|error| {
            for (from, to) in moved.into_iter().rev() {
                // What cannot be undone stays to be seen on the stage.
                let _ = fs::rename(to, from);
            }
            unwritable("fill", &self.root, &error)
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.stage);
        if !self.was_there {
            // Only goes when nothing is in it.
            let _ = fs::remove_dir(&self.root);
        }
    }
}

fn check(root: &Path, may_hold: Found<'_>) -> Result<(), Failure> {
    let names = names_in(root).map_err(|error| unwritable("read", root, &error))?;
    if names.is_empty() {
        return Ok(());
    }
    let shown = root.display();
    let failed = |message| Err(Failure::failed("out_not_empty", message).about("--out"));
    let Found::Kit {
        names: known,
        may_replace,
    } = may_hold
    else {
        return failed(format!(
            "{shown} is not empty, and nothing in it is overwritten: name another directory with --out"
        ));
    };
    let is_kit = known
        .first()
        .is_some_and(|first| names.iter().any(|name| name == first));
    let strange = names
        .iter()
        .find(|name| !known.iter().any(|known| name == known));
    match strange {
        _ if !is_kit => failed(format!(
            "{shown} is not empty and holds no kit of ours, so nothing in it is overwritten: name another \
             directory with --out"
        )),
        Some(strange) => failed(format!(
            "{shown} holds {} besides a kit, and nobody else's file is replaced: move it away, or name \
             another directory with --out",
            strange.display()
        )),
        None if !may_replace => failed(format!(
            "{shown} holds a kit already: --replace makes it anew, and its keys are gone then"
        )),
        None => Ok(()),
    }
}

/// Moves what is in one directory into another, the stage excepted, and notes each move.
fn move_all(from: &Path, to: &Path, moved: &mut Vec<(PathBuf, PathBuf)>) -> io::Result<()> {
    for name in names_in(from)? {
        let pair = (from.join(&name), to.join(&name));
        fs::rename(&pair.0, &pair.1)?;
        moved.push(pair);
    }
    Ok(())
}

fn names_in(directory: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        // A stage, this run's or one's that was killed.
        if !name.to_string_lossy().starts_with(STAGE) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn write_new(path: &Path, contents: &[u8], is_private: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if is_private { 0o600 } else { 0o644 });
    #[cfg(not(unix))]
    let _ = is_private;
    options.open(path)?.write_all(contents)
}

fn unwritable(action: &str, path: &Path, error: &io::Error) -> Failure {
    let told = match error.kind() {
        ErrorKind::NotADirectory => "a file stands where a directory is needed".to_owned(),
        _ => error.to_string(),
    };
    let message = format!("cannot {action} {}: {told}", path.display());
    Failure::failed("out_unwritable", message).about("--out")
}

const STAGE: &str = ".hamsterbank-";
const NEW: &str = "new";
const OLD: &str = "old";

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Found<'_> = Found::Kit {
        names: &["kit.json", "a"],
        may_replace: true,
    };
    const KEPT: Found<'_> = Found::Kit {
        names: &["kit.json", "a"],
        may_replace: false,
    };

    fn read(path: &Path, name: &str) -> String {
        fs::read_to_string(path.join(name)).unwrap()
    }

    #[test]
    fn nothing_is_there_until_all_is() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("kits/willow");
        let folder = Folder::prepare(&root, Found::Nothing).unwrap();
        folder.write("a", b"1", true).unwrap();
        folder.write("deeper/b", b"2", false).unwrap();
        assert_eq!(names_in(&root).unwrap(), Vec::<OsString>::new());
        folder.publish().unwrap();
        assert_eq!(names_in(&root).unwrap(), ["a", "deeper"]);
        assert_eq!(fs::read_dir(&root).unwrap().count(), 2, "no stage is left");
        assert_eq!(
            (read(&root, "a"), read(&root, "deeper/b")),
            ("1".to_owned(), "2".to_owned())
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |name| fs::metadata(root.join(name)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode("a"), 0o600);
        }
    }

    #[test]
    fn what_was_begun_and_not_finished_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("willow");
        let folder = Folder::prepare(&root, Found::Nothing).unwrap();
        folder.write("a", b"1", true).unwrap();
        drop(folder);
        assert!(!root.exists());
        // A directory of somebody's stays, empty as it was.
        let folder = Folder::prepare(place.path(), Found::Nothing).unwrap();
        drop(folder);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        for (files, may_hold, told) in [
            (
                &["x"][..],
                Found::Nothing,
                "is not empty, and nothing in it",
            ),
            (
                &["kit.json"],
                Found::Nothing,
                "is not empty, and nothing in it",
            ),
            (&["a"], KNOWN, "holds no kit of ours"),
            (&["a"], KEPT, "holds no kit of ours"),
            (&["kit.json", "a"], KEPT, "--replace makes it anew"),
            (
                &["kit.json", "a", "notes"],
                KNOWN,
                "holds notes besides a kit",
            ),
        ] {
            let place = tempfile::tempdir().unwrap();
            for name in files {
                fs::write(place.path().join(name), "theirs").unwrap();
            }
            let failure = Folder::prepare(place.path(), may_hold).unwrap_err();
            assert!(failure.message().contains(told), "{failure:?}");
            assert_eq!(fs::read_dir(place.path()).unwrap().count(), files.len());
            assert_eq!(read(place.path(), files[0]), "theirs");
        }
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        fs::write(&file, "theirs").unwrap();
        for root in [file.clone(), file.join("below")] {
            assert!(Folder::prepare(&root, KNOWN).is_err(), "{root:?}");
        }
    }

    #[test]
    fn a_kit_is_replaced_whole() {
        let place = tempfile::tempdir().unwrap();
        for name in ["kit.json", "a"] {
            fs::write(place.path().join(name), "old").unwrap();
        }
        let folder = Folder::prepare(place.path(), KNOWN).unwrap();
        folder.write("kit.json", b"new", false).unwrap();
        assert_eq!(read(place.path(), "kit.json"), "old");
        folder.publish().unwrap();
        assert_eq!(names_in(place.path()).unwrap(), ["kit.json"]);
        assert_eq!(read(place.path(), "kit.json"), "new");
    }
}
