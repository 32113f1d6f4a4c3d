//! Whose turn it is to read a document: one caller's at a time for each URL. Who comes meanwhile waits
//! for that turn to be over, and then looks again.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

/// The turns that are taken; as many as calls are under way at most.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    taken: Mutex<HashMap<String, Waiting>>,
}

/// What came of asking for a turn.
#[derive(Debug)]
pub(crate) enum Turn {
    /// It is the caller's.
    Own(Taken),
    /// It is another's.
    Others(Waiting),
}

/// A turn; over when dropped, however that comes.
#[derive(Debug)]
pub(crate) struct Taken {
    turns: Arc<Turns>,
    url: String,
    /// Dropped after the turn is given back, which is what those who wait hear.
    over: watch::Sender<()>,
}

/// The wait for the end of somebody's turn.
#[derive(Clone, Debug)]
pub(crate) struct Waiting(watch::Receiver<()>);

impl Turns {
    /// Takes the turn for a URL, unless somebody has it.
    pub(crate) fn take(self: &Arc<Self>, url: &str) -> Turn {
        let mut taken = self.taken.lock();
        if let Some(waiting) = taken.get(url) {
            return Turn::Others(waiting.clone());
        }
        let (over, waiting) = watch::channel(());
        taken.insert(url.to_owned(), Waiting(waiting));
        Turn::Own(Taken {
            turns: Arc::clone(self),
            url: url.to_owned(),
            over,
        })
    }
}

impl Taken {
    /// The wait for the end of this turn.
    pub(crate) fn waiting(&self) -> Waiting {
        Waiting(self.over.subscribe())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.turns.taken.lock().remove(&self.url);
    }
}

impl Waiting {
    /// Resolves once the turn is over.
    pub(crate) async fn over(mut self) {
        // Nothing is ever sent: the sender goes.
        while self.0.changed().await.is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_is_one_caller_s_until_it_is_dropped() {
        let turns = Arc::new(Turns::default());
        let Turn::Own(own) = turns.take("a") else {
            panic!("nobody has it");
        };
        assert!(matches!(turns.take("b"), Turn::Own(_)), "of another URL");
        let Turn::Others(waiting) = turns.take("a") else {
            panic!("it is taken");
        };
        let also = own.waiting();
        drop(own);
        waiting.over().await;
        also.over().await;
        assert!(matches!(turns.take("a"), Turn::Own(_)));
        assert!(turns.taken.lock().is_empty());
    }
}
