//! Forms and shapes that several bodies share.

use crate::banking::identifier::Scheme;
use crate::web::banking::error::Kind;

use super::{Class, Form, Member, Run, Shape, Words, optional, required};

/// The amount of money: unsigned decimal text (API contract, section 1).
pub(crate) static AMOUNT: Form = Form {
    about: "1 to 13 digits, then optionally a point and 1 to 5 digits",
    either: &[
        &[Run::new(Class::Digit, 1, 13)],
        &[
            Run::new(Class::Digit, 1, 13),
            Run::new(Class::Only('.'), 1, 1),
            Run::new(Class::Digit, 1, 5),
        ],
    ],
};

/// A number written as text, as exchange rates are.
pub(crate) static DECIMAL: Form = Form {
    about: "1 to 10 digits, then optionally a point and 1 to 10 digits",
    either: &[
        &[Run::new(Class::Digit, 1, 10)],
        &[
            Run::new(Class::Digit, 1, 10),
            Run::new(Class::Only('.'), 1, 1),
            Run::new(Class::Digit, 1, 10),
        ],
    ],
};

/// A bank's identifier (ISO 9362).
pub(crate) static BIC: Form = Form {
    about: "a BIC of 8 or 11 characters",
    either: &[
        &[
            Run::new(Class::UpperOrDigit, 4, 4),
            Run::new(Class::Upper, 2, 2),
            Run::new(Class::UpperOrDigit, 2, 2),
        ],
        &[
            Run::new(Class::UpperOrDigit, 4, 4),
            Run::new(Class::Upper, 2, 2),
            Run::new(Class::UpperOrDigit, 5, 5),
        ],
    ],
};

/// A country (ISO 3166-1, alpha-2).
pub(crate) static COUNTRY: Form = Form {
    about: "a country code of 2 capital letters",
    either: &[&[Run::new(Class::Upper, 2, 2)]],
};

/// A merchant category (ISO 18245).
pub(crate) static MERCHANT_CATEGORY: Form = Form {
    about: "3 or 4 digits",
    either: &[&[Run::new(Class::Digit, 3, 4)]],
};

/// How accounts are named; another scheme is `unsupported_scheme`.
pub(crate) static SCHEMES: Words = Words {
    list: &Scheme::WORDS,
    otherwise: Kind::UnsupportedScheme,
};

/// An account named by scheme and identification; lengths are those of the UK standard.
pub(crate) const ACCOUNT: Shape = Shape::Object(&[
    required("scheme", Shape::Words(&SCHEMES)),
    required("id", Shape::Text { max: 256 }),
    optional("name", NAME),
    optional("secondary_id", SECONDARY_ID),
]);

/// The holder's name as a scheme knows it.
pub(crate) const NAME: Shape = Shape::Text { max: 350 };

/// A roll number or the like.
pub(crate) const SECONDARY_ID: Shape = Shape::Text { max: 34 };

/// A body may repeat the consent its header names.
pub(crate) const CONSENT_ID: Member = optional("consent_id", Shape::Text { max: 128 });
