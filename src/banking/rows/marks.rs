//! Which rows of a list are marked: one bit a row, and with each word of bits how many marks come before it.
//!
//! The next marked row is found without a look at those between, and marks in a stretch are counted without
//! a look at any of them; that takes a bit and a half for each row. A row that comes in between others
//! moves the bits after it, as it moves the rows.

/// Marks of a list that is kept elsewhere.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Marks {
    /// Bit `n % 64` of word `n / 64` is that of row `n`. The last word is never empty.
    words: Vec<u64>,
    /// How many marks the words before each have.
    before: Vec<u32>,
}

impl Marks {
    /// A row comes in at `at`; those from there on move up by one.
    pub(super) fn insert(&mut self, at: usize, is_marked: bool) {
        let (word, bit) = split(at);
        let known = self.words.len();
        if word >= known {
            if !is_marked {
                return;
            }
            self.words.resize(word + 1, 0);
        }
        let mut carry = u64::from(is_marked);
        let mut place = bit;
        for bits in self.words.iter_mut().skip(word) {
            let kept = *bits & below(place);
            let moved = *bits ^ kept;
            *bits = kept | (moved << 1) | (carry << place);
            carry = moved >> (BITS - 1);
            place = 0;
        }
        if carry == 1 {
            self.words.push(1);
        }
        self.recount_from(word.min(known));
    }

    /// The row at `at` goes; those after it move down by one.
    pub(super) fn remove(&mut self, at: usize) {
        let (word, bit) = split(at);
        let mut carry = 0;
        for bits in self.words.iter_mut().skip(word + 1).rev() {
            let out = *bits & 1;
            *bits = (*bits >> 1) | (carry << (BITS - 1));
            carry = out;
        }
        if let Some(bits) = self.words.get_mut(word) {
            let kept = *bits & below(bit);
            *bits = kept | ((*bits >> 1) & !below(bit)) | (carry << (BITS - 1));
        }
        while self.words.last() == Some(&0) {
            self.words.pop();
        }
        self.recount_from(word);
    }

    /// The first marked row at `at` or after it.
    pub(super) fn first_from(&self, at: usize) -> Option<usize> {
        count_step();
        let (word, bit) = split(at);
        let bits = *self.words.get(word)?;
        if let Some(found) = lowest(bits & !below(bit)) {
            return Some(word * BITS + found);
        }
        // The words up to the one that has the next mark have as many before them.
        let seen = self.before.get(word)? + bits.count_ones();
        let next = (self.before).partition_point(|before| *before <= seen);
        let next = next.checked_sub(1).filter(|next| *next > word)?;
        Some(next * BITS + lowest(*self.words.get(next)?)?)
    }

    /// The last marked row before `at`.
    pub(super) fn last_before(&self, at: usize) -> Option<usize> {
        count_step();
        let (word, bit) = split(at);
        let bits = self.words.get(word).copied().unwrap_or(0);
        if let Some(found) = highest(bits & below(bit)) {
            return Some(word * BITS + found);
        }
        let seen = self.before.get(word).copied().unwrap_or(self.count());
        let previous = (self.before).partition_point(|before| *before < seen);
        let previous = previous.checked_sub(1)?;
        Some(previous * BITS + highest(*self.words.get(previous)?)?)
    }

    /// How many rows before `at` are marked.
    pub(super) fn count_before(&self, at: usize) -> u32 {
        count_step();
        let (word, bit) = split(at);
        match (self.before.get(word), self.words.get(word)) {
            (Some(before), Some(bits)) => before + (bits & below(bit)).count_ones(),
            _ => self.count(),
        }
    }

    /// Gives back what growing has left over.
    pub(super) fn shrink(&mut self) {
        self.words.shrink_to_fit();
        self.before.shrink_to_fit();
    }

    fn count(&self) -> u32 {
        let last = self.before.last().zip(self.words.last());
        last.map_or(0, |(before, bits)| before + bits.count_ones())
    }

    fn recount_from(&mut self, word: usize) {
        self.before.truncate(word);
        let last = self.before.last().zip(word.checked_sub(1));
        let mut count = last.map_or(0, |(before, last)| {
            before + self.words.get(last).map_or(0, |bits| bits.count_ones())
        });
        for bits in self.words.iter().skip(word) {
            self.before.push(count);
            count += bits.count_ones();
        }
    }
}

/// The word of a row's bit, and its place in it.
const fn split(at: usize) -> (usize, usize) {
    (at / BITS, at % BITS)
}

/// All bits below a place.
const fn below(place: usize) -> u64 {
    (1 << place) - 1
}

fn lowest(bits: u64) -> Option<usize> {
    (bits != 0).then(|| bits.trailing_zeros() as usize)
}

fn highest(bits: u64) -> Option<usize> {
    (bits != 0).then(|| BITS - 1 - bits.leading_zeros() as usize)
}

/// Notes that something was looked up, for tests that count.
fn count_step() {
    #[cfg(test)]
    steps::COUNT.with(|count| count.set(count.get() + 1));
}

/// Bits of a word.
const BITS: usize = 64;

#[cfg(test)]
pub(super) mod steps {
    use std::cell::Cell;

    thread_local! {
        pub(super) static COUNT: Cell<usize> = const { Cell::new(0) };
    }

    /// How many times `work` looked something up.
    pub(crate) fn of<T>(work: impl FnOnce() -> T) -> (T, usize) {
        let before = COUNT.get();
        let done = work();
        (done, COUNT.get() - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Where a change happens, of a thousand parts of the list, and what comes in; or that something goes.
    fn changes() -> impl Strategy<Value = Vec<(usize, Option<bool>)>> {
        let change = (
            0_usize..=1_000,
            prop::option::weighted(0.8, prop::bool::weighted(0.1)),
        );
        prop::collection::vec(change, 0..400)
    }

    fn assert_same(marks: &Marks, plain: &[bool]) {
        let marked = |at: &usize| plain[*at];
        for at in 0..plain.len() + 70 {
            let next = (at..plain.len()).find(marked);
            assert_eq!(marks.first_from(at), next, "from {at}");
            let end = at.min(plain.len());
            assert_eq!(
                marks.last_before(at),
                (0..end).rev().find(marked),
                "before {at}"
            );
            let count = plain[..end].iter().filter(|is_marked| **is_marked).count();
            assert_eq!(marks.count_before(at) as usize, count, "up to {at}");
        }
        assert_ne!(marks.words.last(), Some(&0));
        assert_eq!(marks.words.len(), marks.before.len());
    }

    proptest! {
        #[test]
        fn marks_are_found_and_counted_as_in_a_plain_list(changes in changes()) {
            let (mut marks, mut plain) = (Marks::default(), Vec::new());
            for (where_of_1000, change) in changes {
                match change {
                    Some(is_marked) => {
                        let at = plain.len() * where_of_1000 / 1_000;
                        marks.insert(at, is_marked);
                        plain.insert(at, is_marked);
                    }
                    None if plain.is_empty() => {}
                    None => {
                        let at = (plain.len() - 1) * where_of_1000 / 1_000;
                        marks.remove(at);
                        plain.remove(at);
                    }
                }
            }
            assert_same(&marks, &plain);
        }
    }

    #[test]
    fn a_mark_far_behind_is_found_at_once() {
        let mut marks = Marks::default();
        for at in 0..100_000 {
            marks.insert(at, at == 7 || at == 99_999);
        }
        assert_eq!(marks.first_from(8), Some(99_999));
        assert_eq!(marks.last_before(99_999), Some(7));
        marks.remove(99_999);
        assert_eq!(marks.first_from(8), None);
        assert_eq!(
            marks.words.len(),
            1,
            "nothing is kept for rows without marks at the end"
        );
    }
}
