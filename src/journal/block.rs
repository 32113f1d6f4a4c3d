//! Many small texts in one piece of memory.
//!
//! A journal entry lives long and holds some forty short texts. Kept one by one they would cost more in
//! allocations than in characters; and hyper's own header map would hold the connection's whole read
//! buffer. So they are copied here, each after its length.

/// Writes a [`Block`], one field after the other.
#[derive(Debug)]
pub(super) struct BlockWriter(Vec<u8>);

impl BlockWriter {
    /// A writer with room for about `bytes`.
    pub(super) fn with_room(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Adds a field.
    pub(super) fn put(&mut self, field: &[u8]) {
        let mut length = field.len();
        // LEB128: seven bits a byte, the high bit says that more follow.
        while length > 0x7f {
            self.0.push(low_bits(length) | 0x80);
            length >>= 7;
        }
        self.0.push(low_bits(length));
        self.0.extend_from_slice(field);
    }

    /// The finished block, with little room to spare.
    pub(super) fn finish(mut self) -> Block {
        trim(&mut self.0);
        Block(self.0)
    }
}

/// Fields that were written by a [`BlockWriter`], to be read in the same order.
#[derive(Debug, Default)]
pub(super) struct Block(Vec<u8>);

impl Block {
    /// The fields from the first to the last.
    pub(super) fn fields(&self) -> Fields<'_> {
        Fields(&self.0)
    }

    /// How much memory the fields take.
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity()
    }
}

/// The fields of a [`Block`] not yet read.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The next field as text; what is not UTF-8 is shown by its replacement character.
    pub(super) fn next_text(&mut self) -> Option<std::borrow::Cow<'a, str>> {
        self.next().map(String::from_utf8_lossy)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let mut length = 0;
        let mut shift = 0_u32;
        loop {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            length |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }
}

/// Gives back spare room, if that is worth a visit to the allocator.
pub(super) fn trim<T>(list: &mut Vec<T>) {
    let spare = list.capacity() - list.len();
    if spare * size_of::<T>() > SPARE_BYTES_MAX {
        list.shrink_to_fit();
    }
}

/// The seven lowest bits.
fn low_bits(number: usize) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

/// About what a smaller allocation would cost in bookkeeping.
const SPARE_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_they_were_written() {
        let long = vec![7_u8; 70_000];
        let fields: [&[u8]; 6] = [b"GET", b"", &long, &[0; 127], &[0xff; 128], b"end"];
        let mut writer = BlockWriter::with_room(0);
        for field in fields {
            writer.put(field);
        }
        let block = writer.finish();
        assert_eq!(block.fields().collect::<Vec<_>>(), fields);
    }

    #[test]
    fn a_block_that_was_cut_ends_where_it_was_cut() {
        for cut in [
            &b"\x05abc"[..],
            b"\x80",
            b"",
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            assert_eq!(Block(cut.into()).fields().count(), 0, "{cut:?}");
        }
    }
}
