//! Consents that end on purpose, when nobody expects it.

use super::Event;

/// What happens to a consent behind the TPP's back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Twist {
    /// The bank ends it although its date has not come.
    ExpiredEarly,
    /// The customer says no.
    Rejected,
    /// The customer takes it back before it is used for the first time.
    RevokedBeforeFirstCall,
    /// The customer takes it back while a list is read page by page.
    RevokedBetweenPages,
}

impl Twist {
    /// What ends a consent in force; none of what keeps one from coming into force.
    pub(crate) const fn end(self) -> Option<Event> {
        match self {
            Self::ExpiredEarly => Some(Event::Expire),
            Self::Rejected => None,
            Self::RevokedBeforeFirstCall | Self::RevokedBetweenPages => {
                Some(Event::RevokeByCustomer)
            }
        }
    }
}
