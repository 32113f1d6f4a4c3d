//! A bank that is wanted beside the main one.

use std::time::Duration;

use crate::scenario::Scenario;

use super::At;

/// A bank to be opened.
#[derive(Debug)]
pub(crate) struct Order {
    /// What it is to be called; drawn when nobody says.
    pub(crate) name: Option<String>,
    /// What it plays, with seed and clock as they were asked for.
    pub(crate) scenario: Scenario,
    /// How it is to be reached.
    pub(crate) at: Option<At>,
    /// Where it is to listen.
    pub(crate) port: Option<u16>,
    /// When it closes by itself, in real time.
    pub(crate) ttl: Option<Duration>,
}
