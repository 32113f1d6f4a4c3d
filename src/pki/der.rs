//! The little DER that no library does for us: reading keys and QCStatements, writing the latter.
//!
//! Definite lengths and single-byte tags only, which is all that X.509 needs (ITU-T X.690).

/// INTEGER.
pub(super) const INTEGER: u8 = 0x02;
/// BIT STRING.
pub(super) const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub(super) const OCTET_STRING: u8 = 0x04;
/// OBJECT IDENTIFIER.
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
/// `UTF8String`.
pub(super) const UTF8_STRING: u8 = 0x0c;
/// `PrintableString`.
pub(super) const PRINTABLE_STRING: u8 = 0x13;
/// `TeletexString`.
pub(super) const TELETEX_STRING: u8 = 0x14;
/// `IA5String`.
pub(super) const IA5_STRING: u8 = 0x16;
/// `BMPString`.
pub(super) const BMP_STRING: u8 = 0x1e;
/// SEQUENCE and SEQUENCE OF.
pub(super) const SEQUENCE: u8 = 0x30;

/// Reads one element after another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of these bytes.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether everything has been read.
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element's tag and content; `None` when there is none, or it is not DER.
    pub(super) fn element(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.rest.split_first()?;
        let (&first, rest) = rest.split_first()?;
        // The five low bits all set would announce a tag of several bytes.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = bytes
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte));
                // DER: the shortest form only.
                if length < 0x80 || bytes.first() == Some(&0) {
                    return None;
                }
                (length, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some((tag, content))
    }

    /// The content of the next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.element()
            .filter(|(found, _)| *found == tag)
            .map(|(_, content)| content)
    }

    /// A reader of the content of the next element, which must have this tag.
    pub(super) fn enter(&mut self, tag: u8) -> Option<Self> {
        self.expect(tag).map(Reader::new)
    }

    /// The next element, which must be an INTEGER that is not negative, without leading zeros.
    pub(super) fn unsigned(&mut self) -> Option<&'a [u8]> {
        let content = self.expect(INTEGER)?;
        match content {
            [0, digits @ ..] => Some(digits),
            [first, ..] if *first < 0x80 => Some(content),
            _ => None,
        }
    }
}

/// One element of this tag and content.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = length.iter().copied().skip_while(|byte| *byte == 0);
    let mut bytes = vec![tag];
    if content.len() < 0x80 {
        bytes.extend(significant.chain(content.is_empty().then_some(0)));
    } else {
        let count = u8::try_from(significant.clone().count()).unwrap_or(u8::MAX);
        bytes.push(0x80 | count);
        bytes.extend(significant);
    }
    bytes.extend_from_slice(content);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_at_every_length_form() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000] {
            let content = vec![7; length];
            let bytes = element(OCTET_STRING, &content);
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.expect(OCTET_STRING), Some(&content[..]), "{length}");
            assert!(reader.is_empty(), "{length}");
        }
    }

    #[test]
    fn what_is_not_der_is_refused() {
        let cases: [(&str, &[u8]); 8] = [
            ("nothing at all", &[]),
            ("a tag alone", &[0x30]),
            ("shorter than announced", &[0x04, 2, 1]),
            ("an indefinite length", &[0x30, 0x80, 0, 0]),
            ("a long form where the short one does", &[0x04, 0x81, 1, 1]),
            ("a leading zero in the length", &[0x04, 0x82, 0, 0x80]),
            ("a length of four bytes", &[0x04, 0x84, 0, 0, 0, 1, 1]),
            ("a tag of several bytes", &[0x1f, 0x81, 1, 0]),
        ];
        for (case, bytes) in cases {
            assert_eq!(Reader::new(bytes).element(), None, "{case}");
        }
    }

    #[test]
    fn negative_and_empty_integers_are_refused() {
        for bytes in [&[0x02, 0][..], &[0x02, 1, 0x80], &[0x04, 1, 1]] {
            assert_eq!(Reader::new(bytes).unsigned(), None, "{bytes:?}");
        }
        assert_eq!(
            Reader::new(&[0x02, 2, 0, 0x80]).unsigned(),
            Some(&[0x80][..])
        );
    }
}
