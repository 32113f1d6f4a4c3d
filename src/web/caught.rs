//! Our own mistakes, caught: a panic behind a door becomes its message, so that the door can still answer.
//!
//! The state's mutex is not poisoned by it: what is locked is checked first and changed last.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// What `run` answers, or the message of the panic it ended in.
pub(super) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| message_of(&*panic))
}

/// The same of something that waits.
pub(super) async fn caught_waiting<T>(run: impl Future<Output = T>) -> Result<T, String> {
    let mut run = pin!(run);
    std::future::poll_fn(|context| match caught(|| run.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(answer)) => Poll::Ready(Ok(answer)),
        Err(message) => Poll::Ready(Err(message)),
    })
    .await
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let owned = || panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(owned)
        .unwrap_or("a panic without a message")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message_whatever_it_was_made_of() {
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| panic!("flat")), Err::<(), _>("flat".to_owned()));
        let wheel = 3;
        let made = caught(|| panic!("wheel {wheel} came off"));
        assert_eq!(made, Err::<(), _>("wheel 3 came off".to_owned()));
        let odd = caught(|| std::panic::panic_any(7));
        assert_eq!(odd, Err::<(), _>("a panic without a message".to_owned()));
    }

    #[tokio::test]
    async fn a_panic_after_a_wait_is_caught_too() {
        assert_eq!(caught_waiting(async { 7 }).await, Ok(7));
        let late = caught_waiting(async {
            tokio::task::yield_now().await;
            panic!("late")
        });
        assert_eq!(late.await, Err::<(), _>("late".to_owned()));
    }
}
