//! Other banks, all invented: where counterparties keep their money.
//!
//! A BIC whose location code ends in 0 is set aside for test and training (ISO 9362), so none of these
//! can be anybody's.

use crate::banking::identifier::{Iban, Scheme, SortCodeAccountNumber};
use crate::banking::transaction::Counterparty;

/// Somebody with an account at another British bank.
pub(in crate::scenario::people) fn holder(
    name: &str,
    account: SortCodeAccountNumber,
) -> Counterparty {
    Counterparty {
        name: name.to_owned(),
        account: Some((Scheme::SortCodeAccountNumber, account.to_string())),
        agent: Some(bic(account.sort_code())),
        agent_name: None,
    }
}

/// Somebody of whom the bank knows no account: a collector, a payer by Bacs.
pub(in crate::scenario::people) fn named(name: &str) -> Counterparty {
    let number = name.bytes().fold(0_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    Counterparty {
        name: name.to_owned(),
        account: None,
        agent: Some(bic(number)),
        agent_name: None,
    }
}

/// Somebody with an account abroad.
pub(in crate::scenario::people) fn abroad(name: &str, iban: &Iban) -> Counterparty {
    let country = iban.as_str().get(..2).unwrap_or_default();
    Counterparty {
        name: name.to_owned(),
        account: Some((Scheme::Iban, iban.to_string())),
        agent: Some(format!("HAYB{country}20")),
        agent_name: None,
    }
}

/// The bank of a sort code or whatever else tells banks apart: always the same one for the same number.
fn bic(number: u32) -> String {
    let count = u32::try_from(BANKS.len()).unwrap_or(1);
    let bank = BANKS.get((number % count) as usize).unwrap_or(&BANKS[0]);
    format!("{bank}GB20")
}

/// Acorn, Burrow, Clover, Hedge, Thistle, Warren, Wheel.
const BANKS: [&str; 7] = ["ACRN", "BRRW", "CLVR", "HDGE", "THST", "WRRN", "WHEL"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counterparty_s_bank_is_a_test_bank_and_stays_the_same() {
        let account = SortCodeAccountNumber::new(4_711, 20_118_834).unwrap();
        let payee = holder("A", account);
        assert_eq!(payee.agent, holder("B", account).agent);
        let iban = Iban::parse("NL15HAYB0417164300").unwrap();
        for party in [payee, named("Warren Water"), abroad("Nocciola", &iban)] {
            let agent = party.agent.unwrap();
            assert!(agent.len() == 8 && agent.ends_with("20"), "{agent}");
        }
        assert_eq!(abroad("Nocciola", &iban).agent.as_deref(), Some("HAYBNL20"));
        assert_eq!(named("Warren Water"), named("Warren Water"));
    }
}
