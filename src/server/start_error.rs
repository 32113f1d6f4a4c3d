//! Why a server does not start, as programs and people are told.

use crate::bank::opening::OpeningError;
use crate::pki::StoreError;
use crate::scenario;
use crate::wire::server::listen::BindError;

/// Why a server cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// A listener cannot be had.
    #[error("{source}")]
    Bind {
        /// The flag that chose it.
        flag: &'static str,
        /// Why.
        source: BindError,
    },
    /// A listener's own address cannot be told.
    #[error("the listener does not know its own address")]
    NoAddress,
    /// The bank itself cannot be opened.
    #[error(transparent)]
    Opening(#[from] OpeningError),
    /// The doors cannot be opened.
    #[error("cannot open the doors: {0}")]
    Doors(#[from] std::io::Error),
    /// The scenario is wrong.
    #[error(transparent)]
    Scenario(#[from] scenario::Error),
    /// The directory of certificates cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StartError {
    /// Whether the scenario is to blame: it is wrong, or asks for what this bank could never do.
    pub(crate) const fn is_of_scenario(&self) -> bool {
        matches!(
            self,
            Self::Scenario(_) | Self::Opening(OpeningError::Misfit(_))
        )
    }

    /// The word for programs; the list is closed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Bind { source, .. } => match source.source.kind() {
                std::io::ErrorKind::AddrInUse => "address_in_use",
                std::io::ErrorKind::PermissionDenied => "address_forbidden",
                _ => "address_unavailable",
            },
            Self::Doors(_) | Self::NoAddress => "address_unavailable",
            _ if self.is_of_scenario() => "scenario_invalid",
            Self::Store(_) | Self::Opening(OpeningError::Store(_)) => "certs_unusable",
            Self::Scenario(_) | Self::Opening(_) => "keys_unusable",
        }
    }

    /// The flag to look at, where one is to blame.
    pub(crate) const fn flag(&self) -> Option<&'static str> {
        match self {
            Self::Bind { flag, .. } => Some(flag),
            _ if self.is_of_scenario() => Some("--scenario"),
            Self::Store(_) | Self::Opening(OpeningError::Store(_)) => Some("--certs-dir"),
            Self::Doors(_) | Self::NoAddress | Self::Scenario(_) | Self::Opening(_) => None,
        }
    }
}
