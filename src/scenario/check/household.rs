//! Who lives with whom: a persona may be two people, who share accounts and move money between them.

use crate::scenario::person::PersonFile;

/// A person, and where she is written.
pub(super) struct Member {
    pub(super) path: String,
    pub(super) person: PersonFile,
    /// The place of her partner among all people.
    partner: Option<usize>,
}

/// Everybody, partners behind those who bring them; `complete` finds a written person's persona.
pub(super) fn all(
    written: Vec<PersonFile>,
    mut complete: impl FnMut(usize, PersonFile) -> PersonFile,
) -> Vec<Member> {
    let mut people = Vec::new();
    for (index, person) in written.into_iter().enumerate() {
        let mut person = complete(index, person);
        let partner = person.partner.take();
        let path = format!("customers[{index}]");
        let Some(mut partner) = partner else {
            people.push(Member {
                path,
                person,
                partner: None,
            });
            continue;
        };
        name_each_other(&mut person, &mut partner);
        let place = people.len();
        let partner_path = format!("{path}.partner");
        for (path, person, partner) in [(path, person, place + 1), (partner_path, *partner, place)]
        {
            people.push(Member {
                path,
                person,
                partner: Some(partner),
            });
        }
    }
    people
}

/// What each may call accounts: her own by name, her partner's with `partner/` before it.
pub(super) fn places(people: &[Member]) -> Vec<Vec<(String, usize)>> {
    let mut first = 0;
    let firsts: Vec<usize> = (people.iter())
        .map(|member| {
            let own = first;
            first += member.person.accounts.as_ref().map_or(0, Vec::len);
            own
        })
        .collect();
    let named = |place: usize, prefix: &str| -> Vec<(String, usize)> {
        let accounts = people.get(place).and_then(|it| it.person.accounts.as_ref());
        let first = firsts.get(place).copied().unwrap_or_default();
        (accounts.into_iter().flatten().enumerate())
            .map(|(index, account)| {
                let name = account.name.as_deref().unwrap_or_default();
                (format!("{prefix}{name}"), first + index)
            })
            .collect()
    };
    (people.iter().enumerate())
        .map(|(place, member)| {
            let mut known = named(place, "");
            known.extend((member.partner).map_or_else(Vec::new, |it| named(it, PARTNERS)));
            known
        })
        .collect()
}

/// `joint_with: [partner]` means whoever that is in this scenario.
fn name_each_other(person: &mut PersonFile, partner: &mut PersonFile) {
    let ids = (person.id.clone(), partner.id.clone());
    for (one, other) in [(person, ids.1), (partner, ids.0)] {
        let holders = (one.accounts.iter_mut().flatten())
            .flat_map(|account| account.joint_with.iter_mut().flatten())
            .filter(|holder| *holder == PARTNER);
        for holder in holders {
            holder.clone_from(other.as_ref().unwrap_or(&PARTNER.to_owned()));
        }
    }
}

const PARTNER: &str = "partner";
const PARTNERS: &str = "partner/";
