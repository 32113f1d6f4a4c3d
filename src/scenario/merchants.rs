//! The shops of `seed-data/merchants.yaml`: invented names with real category codes (ISO 18245).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::plan::habit::Merchant;
use super::text::Quoted;

/// All shops, by group. Read at the first use and kept: they are the same for every bank.
pub(super) struct Merchants {
    groups: BTreeMap<String, Vec<Merchant>>,
}

impl Merchants {
    /// The shops compiled in.
    pub(super) fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// The shops of one group; `None` when there is no such group.
    pub(super) fn group(&self, name: &str) -> Option<&[Merchant]> {
        self.groups.get(name).map(Vec::as_slice)
    }

    /// One shop by its name.
    pub(super) fn named(&self, name: &str) -> Option<&Merchant> {
        (self.groups.values().flatten()).find(|merchant| merchant.name == name)
    }

    /// The names of all groups.
    pub(super) fn group_names(&self) -> impl Iterator<Item = &str> {
        self.groups.keys().map(String::as_str)
    }

    /// The names of all shops.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        (self.groups.values().flatten()).map(|merchant| merchant.name.as_str())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupFile {
    category_code: Quoted,
    town: String,
    names: Vec<String>,
}

static BUILTIN: LazyLock<Merchants> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "compiled in, and read by every test that opens a scenario"
    )]
    let groups: BTreeMap<String, GroupFile> =
        serde_yaml::from_str(SOURCE).expect("the table of merchants is well formed");
    let groups = groups.into_iter().map(|(name, group)| {
        let category_code = group.category_code.0.parse().unwrap_or_default();
        let merchant = |name: String| Merchant {
            information: format!("{name} {}", group.town).to_uppercase(),
            name,
            category_code,
        };
        (name, group.names.into_iter().map(merchant).collect())
    });
    Merchants {
        groups: groups.collect(),
    }
});

const SOURCE: &str = include_str!("../../seed-data/merchants.yaml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shop_has_a_category_and_a_name_of_its_own() {
        let merchants = Merchants::builtin();
        let mut names: Vec<_> = merchants.names().collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for merchant in merchants.groups.values().flatten() {
            assert!(
                (700..=9999).contains(&merchant.category_code),
                "{merchant:?}"
            );
            assert!(merchant.information.chars().count() <= 40, "{merchant:?}");
        }
    }

    #[test]
    fn an_unknown_shop_is_not_made_up() {
        let merchants = Merchants::builtin();
        assert!(merchants.group("grocery").is_none());
        assert!(merchants.named("burrow grocers").is_none());
    }
}
