//! Results on stdout. A reader who left (`hamsterbank checks | head`) is not an error.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use super::failure::Failure;

/// A writer that goes on in silence once its reader has left.
#[derive(Debug)]
pub(super) struct Quiet<W> {
    inner: W,
    has_reader: bool,
}

/// A writer whose reader may leave.
pub(super) trait Heard: Write {
    /// Whether there was still a reader when something was written last.
    fn has_reader(&self) -> bool;
}

impl<W> Quiet<W> {
    /// Writes to `inner`.
    pub(super) const fn new(inner: W) -> Self {
        Self {
            inner,
            has_reader: true,
        }
    }

    fn forgiving<T>(&mut self, done: io::Result<T>, otherwise: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.has_reader = false;
                Ok(otherwise)
            }
            done => done,
        }
    }
}

impl<W: Write> Heard for Quiet<W> {
    fn has_reader(&self) -> bool {
        self.has_reader
    }
}

impl<W: Write> Write for Quiet<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes);
        self.forgiving(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.inner.flush();
        self.forgiving(flushed, ())
    }
}

/// Writes a whole result.
pub(super) fn write(out: &mut impl Write, result: &[u8]) -> Result<ExitCode, Failure> {
    let written = out.write_all(result).and_then(|()| out.flush());
    let unwritable = |error: io::Error| {
        Failure::failed(
            "output_unwritable",
            format!("cannot write to stdout: {error}"),
        )
    };
    written.map(|()| ExitCode::SUCCESS).map_err(unwritable)
}

/// Rows as a table of aligned columns, the last of them as long as it likes.
pub(super) fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let mut widths = [0; COLUMNS];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Gone(ErrorKind);

    impl Write for Gone {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_reader_who_left_is_no_error_and_a_full_disk_is() {
        let mut left = Quiet::new(Gone(ErrorKind::BrokenPipe));
        assert!(left.has_reader());
        assert_eq!(write(&mut left, b"x"), Ok(ExitCode::SUCCESS));
        assert!(!left.has_reader());
        let error = write(&mut Quiet::new(Gone(ErrorKind::StorageFull)), b"x").unwrap_err();
        assert!(error.message().starts_with("cannot write to stdout: "));
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let table = table(&[row(["a", "bb", "c"]), row(["äää", "b", ""])]);
        assert_eq!(table, "a    bb  c\näää  b\n");
    }
}
