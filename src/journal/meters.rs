//! Meters: how many requests of which route ended how, and how long they took. They go on when entries go,
//! and begin again with the bank.

use std::collections::BTreeMap;

use parking_lot::Mutex;

/// The meters of one bank.
#[derive(Debug, Default)]
pub(super) struct Meters(Mutex<Readings>);

/// What the meters show.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Readings {
    /// By the route's name; none for paths that the bank does not serve.
    pub(crate) routes: BTreeMap<Option<&'static str>, RouteReadings>,
    /// Connections that never carried a request.
    pub(crate) connections_failed: u64,
    /// Faults that fired.
    pub(crate) faults_fired: u64,
}

/// What they show of one route.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct RouteReadings {
    /// By the first digit of the status; 0 for requests that were not answered.
    pub(crate) by_class: [u64; 6],
    /// How many answers took at most as long as [`BOUNDS_US`] says, and no less than the bound before.
    pub(crate) by_duration: [u64; BOUNDS_US.len()],
    /// How many took longer than all bounds.
    pub(crate) longer: u64,
    /// How long all of them took together.
    pub(crate) sum_us: u64,
}

impl Meters {
    /// Counts a request that has ended, its status and duration if it was answered.
    pub(super) fn count(
        &self,
        route: Option<&'static str>,
        answered: Option<(u16, u64)>,
        faults_fired: usize,
    ) {
        let mut readings = self.0.lock();
        readings.faults_fired += faults_fired as u64;
        let readings = readings.routes.entry(route).or_default();
        let class = answered.map_or(0, |(status, _)| usize::from(status / 100));
        if let Some(count) = readings.by_class.get_mut(class) {
            *count += 1;
        }
        let Some((_, duration_us)) = answered else {
            return;
        };
        readings.sum_us += duration_us;
        let bound = BOUNDS_US.iter().position(|bound| duration_us <= *bound);
        match bound.and_then(|bound| readings.by_duration.get_mut(bound)) {
            Some(count) => *count += 1,
            None => readings.longer += 1,
        }
    }

    /// Counts a connection that failed, or was spoiled by so many faults.
    pub(super) fn count_connection(&self, faults_fired: usize) {
        let mut readings = self.0.lock();
        readings.faults_fired += faults_fired as u64;
        readings.connections_failed += u64::from(faults_fired == 0);
    }

    pub(super) fn read(&self) -> Readings {
        self.0.lock().clone()
    }
}

/// From what a lookup takes to what a customer would notice, in microseconds.
pub(crate) const BOUNDS_US: [u64; 10] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_class_and_duration() {
        let meters = Meters::default();
        let token = Some("oauth.token");
        meters.count(token, Some((200, 100)), 0);
        meters.count(token, Some((200, 101)), 2);
        meters.count(token, Some((404, 5_000_000)), 0);
        meters.count(None, None, 0);
        meters.count_connection(0);
        meters.count_connection(1);
        let readings = meters.read();
        let of_token = &readings.routes[&token];
        assert_eq!(of_token.by_class, [0, 0, 2, 0, 1, 0]);
        assert_eq!(of_token.by_duration, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!((of_token.longer, of_token.sum_us), (1, 5_000_201));
        assert_eq!(readings.routes[&None].by_class, [1, 0, 0, 0, 0, 0]);
        assert_eq!((readings.connections_failed, readings.faults_fired), (1, 3));
    }
}
