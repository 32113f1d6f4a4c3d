//! QCStatements of PSD2 certificates: what a TPP is, and who says so (ETSI TS 119 495, section 5.1).
//!
//! Written and read by hand: no library we use knows the PSD2 statement.

use std::fmt;

use super::der::{self, OBJECT_IDENTIFIER, Reader, SEQUENCE, UTF8_STRING};

/// What a payment service provider may do.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum PspRole {
    /// Services accounts: a bank.
    AccountServicing,
    /// Initiates payments: a PISP.
    PaymentInitiation,
    /// Reads accounts: an AISP.
    AccountInformation,
    /// Issues card-based instruments and asks for confirmation of funds: a CBPII.
    CardIssuing,
}

impl PspRole {
    /// Every role, in the order of their object identifiers.
    pub(crate) const ALL: [Self; 4] = [
        Self::AccountServicing,
        Self::PaymentInitiation,
        Self::AccountInformation,
        Self::CardIssuing,
    ];

    /// The name in the certificate, for example `PSP_AI`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AccountServicing => "PSP_AS",
            Self::PaymentInitiation => "PSP_PI",
            Self::AccountInformation => "PSP_AI",
            Self::CardIssuing => "PSP_IC",
        }
    }

    /// The content octets of its object identifier, 0.4.0.19495.1.x.
    const fn oid(self) -> &'static [u8] {
        match self {
            Self::AccountServicing => &[0x04, 0x00, 0x81, 0x98, 0x27, 0x01, 0x01],
            Self::PaymentInitiation => &[0x04, 0x00, 0x81, 0x98, 0x27, 0x01, 0x02],
            Self::AccountInformation => &[0x04, 0x00, 0x81, 0x98, 0x27, 0x01, 0x03],
            Self::CardIssuing => &[0x04, 0x00, 0x81, 0x98, 0x27, 0x01, 0x04],
        }
    }
}

impl fmt::Display for PspRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a qualified certificate is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum QcType {
    /// Signs data: `OBSeal`, `QSealC`.
    Seal,
    /// Authenticates in TLS: OBWAC, QWAC.
    Web,
}

impl QcType {
    /// The content octets of its object identifier, 0.4.0.1862.1.6.x.
    const fn oid(self) -> &'static [u8] {
        match self {
            Self::Seal => &[0x04, 0x00, 0x8e, 0x46, 0x01, 0x06, 0x02],
            Self::Web => &[0x04, 0x00, 0x8e, 0x46, 0x01, 0x06, 0x03],
        }
    }
}

/// The statements that matter under PSD2; others are passed over when read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct QcStatements {
    /// What the certificate is for, if it says.
    pub(crate) qc_type: Option<QcType>,
    /// What its holder may do, in the order written.
    pub(crate) roles: Vec<PspRole>,
    /// The authority that authorised the holder, for example `Financial Conduct Authority`.
    pub(crate) authority_name: String,
    /// That authority's short name, for example `GB-FCA`.
    pub(crate) authority_id: String,
}

impl QcStatements {
    /// The extension's value in DER.
    pub(super) fn to_der(&self) -> Vec<u8> {
        let mut statements = Vec::new();
        if let Some(qc_type) = self.qc_type {
            let types = sequence(&[oid(qc_type.oid())]);
            statements.push(sequence(&[oid(QC_TYPE), types]));
        }
        let roles: Vec<_> = self
            .roles
            .iter()
            .map(|role| sequence(&[oid(role.oid()), text(role.name())]))
            .collect();
        let psd2 = sequence(&[
            sequence(&roles),
            text(&self.authority_name),
            text(&self.authority_id),
        ]);
        statements.push(sequence(&[oid(PSD2), psd2]));
        sequence(&statements)
    }

    /// Reads the extension's value; `None` when it is not what ETSI describes.
    pub(super) fn from_der(bytes: &[u8]) -> Option<Self> {
        let mut outer = Reader::new(bytes);
        let mut statements = outer.enter(SEQUENCE)?;
        let mut read = Self::default();
        while !statements.is_empty() {
            let mut statement = statements.enter(SEQUENCE)?;
            let id = statement.expect(OBJECT_IDENTIFIER)?;
            if id == QC_TYPE {
                read.read_type(statement.enter(SEQUENCE)?)?;
            } else if id == PSD2 {
                read.read_psd2(statement.enter(SEQUENCE)?)?;
            }
        }
        outer.is_empty().then_some(read)
    }

    /// The first type we know counts.
    fn read_type(&mut self, mut types: Reader<'_>) -> Option<()> {
        while !types.is_empty() {
            let id = types.expect(OBJECT_IDENTIFIER)?;
            let mut known = [QcType::Seal, QcType::Web].into_iter();
            self.qc_type = self.qc_type.or(known.find(|known| known.oid() == id));
        }
        Some(())
    }

    fn read_psd2(&mut self, mut psd2: Reader<'_>) -> Option<()> {
        let mut roles = psd2.enter(SEQUENCE)?;
        while !roles.is_empty() {
            let mut role = roles.enter(SEQUENCE)?;
            let id = role.expect(OBJECT_IDENTIFIER)?;
            // A role we do not know gives no right we know.
            let known = PspRole::ALL.into_iter().find(|known| known.oid() == id);
            self.roles.extend(known);
        }
        self.authority_name = read_text(&mut psd2)?;
        self.authority_id = read_text(&mut psd2)?;
        Some(())
    }
}

fn read_text(reader: &mut Reader<'_>) -> Option<String> {
    let bytes = reader.expect(UTF8_STRING)?;
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    der::element(SEQUENCE, &elements.concat())
}

fn oid(content: &[u8]) -> Vec<u8> {
    der::element(OBJECT_IDENTIFIER, content)
}

fn text(text: &str) -> Vec<u8> {
    der::element(UTF8_STRING, text.as_bytes())
}

/// The extension's object identifier, 1.3.6.1.5.5.7.1.3, as rcgen takes it.
pub(super) const EXTENSION: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 3];
/// The same in DER's content octets.
pub(super) const EXTENSION_DER: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x03];
/// 0.4.0.1862.1.6, the kind of certificate.
const QC_TYPE: &[u8] = &[0x04, 0x00, 0x8e, 0x46, 0x01, 0x06];
/// 0.4.0.19495.2, the PSD2 statement.
const PSD2: &[u8] = &[0x04, 0x00, 0x81, 0x98, 0x27, 0x02];

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the API contract, section 11: web, PI + AI + IC, FCA.
    const VECTOR: &str = "3081813013060604008e4601063009060704008e46010603306a060604008198270230\
         6030393011060704008198270102\
         0c065053505f50493011060704008198270103\
         0c065053505f41493011060704008198270104\
         0c065053505f4943\
         0c1b46696e616e6369616c20436f6e6475637420417574686f72697479\
         0c0647422d464341";

    fn vector() -> Vec<u8> {
        let digits: Vec<u8> = VECTOR.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn statements() -> QcStatements {
        QcStatements {
            qc_type: Some(QcType::Web),
            roles: vec![
                PspRole::PaymentInitiation,
                PspRole::AccountInformation,
                PspRole::CardIssuing,
            ],
            authority_name: "Financial Conduct Authority".to_owned(),
            authority_id: "GB-FCA".to_owned(),
        }
    }

    #[test]
    fn the_vector_of_the_contract_is_written_and_read() {
        assert_eq!(vector().len(), 132);
        assert_eq!(statements().to_der(), vector());
        assert_eq!(QcStatements::from_der(&vector()), Some(statements()));
    }

    #[test]
    fn every_role_and_type_reads_back() {
        for qc_type in [None, Some(QcType::Seal), Some(QcType::Web)] {
            for roles in [vec![], PspRole::ALL.to_vec()] {
                let written = QcStatements {
                    qc_type,
                    roles,
                    ..statements()
                };
                assert_eq!(QcStatements::from_der(&written.to_der()), Some(written));
            }
        }
    }

    #[test]
    fn statements_we_do_not_know_are_passed_over() {
        // 0.4.0.1862.1.1: the certificate is qualified under eIDAS.
        let compliance = sequence(&[oid(&[0x04, 0x00, 0x8e, 0x46, 0x01, 0x01])]);
        let unknown_role = sequence(&[oid(&[0x2a, 0x03]), text("PSP_XX")]);
        let psd2 = sequence(&[sequence(&[unknown_role]), text("BaFin"), text("DE-BAFIN")]);
        let bytes = sequence(&[compliance, sequence(&[oid(PSD2), psd2])]);
        let read = QcStatements::from_der(&bytes).unwrap();
        assert_eq!((read.qc_type, read.roles), (None, vec![]));
        assert_eq!(read.authority_id, "DE-BAFIN");
    }

    #[test]
    fn no_cut_or_stretched_vector_is_read_and_none_panics() {
        let whole = vector();
        for length in 0..whole.len() {
            assert_eq!(
                QcStatements::from_der(&whole[..length]),
                None,
                "cut to {length}"
            );
        }
        let stretched = [whole, vec![0]].concat();
        assert_eq!(QcStatements::from_der(&stretched), None);
    }
}
