//! Texts kept once: a ledger row names its merchant and narrative by a number of four bytes.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

/// A text the interner keeps.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct TextId(NonZeroU32);

/// Every distinct text of a book, once. Ordered maps keep two equal books equal to the byte.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Interner {
    texts: Vec<Arc<str>>,
    known: BTreeMap<Arc<str>, TextId>,
}

impl Interner {
    /// The id of `text`, which is kept from now on.
    pub(crate) fn intern(&mut self, text: &str) -> TextId {
        if let Some(id) = self.known.get(text) {
            return *id;
        }
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        // The length is at least one, and four billion distinct texts do not fit in memory.
        let length = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let id = TextId(NonZeroU32::new(length).unwrap_or(NonZeroU32::MAX));
        self.known.insert(text, id);
        id
    }

    /// The text behind `id`; empty for an id of another interner.
    #[must_use]
    pub(crate) fn text(&self, id: TextId) -> Arc<str> {
        let index = id.0.get() as usize - 1;
        self.texts.get(index).map_or_else(|| "".into(), Arc::clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_and_read_back() {
        let mut interner = Interner::default();
        let (oak, elm) = (interner.intern("oak"), interner.intern("elm"));
        assert_ne!(oak, elm);
        assert_eq!(interner.intern("oak"), oak);
        assert_eq!(&*interner.text(elm), "elm");
        assert_eq!(interner.texts.len(), 2);
        assert_eq!(size_of::<Option<TextId>>(), 4);
    }
}
