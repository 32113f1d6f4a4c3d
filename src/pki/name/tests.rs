//! One subject in every form we know, and what must not pass for it.

use super::*;

/// As RFC 4514 prints the subject of an OBWAC.
const SUBJECT: &str =
    "CN=0015800000jfQ9aAAE,organizationIdentifier=PSDGB-FCA-123456,O=Acorn Budget Ltd,C=GB";

fn name(text: &str) -> DistinguishedName {
    DistinguishedName::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

#[test]
fn every_form_of_one_subject_matches() {
    for (form, text) in [
        ("RFC 4514", SUBJECT),
        (
            "the certificate's order",
            "C=GB,O=Acorn Budget Ltd,organizationIdentifier=PSDGB-FCA-123456,CN=0015800000jfQ9aAAE",
        ),
        (
            "OpenSSL 1.1 and 3.0",
            "C = GB, O = Acorn Budget Ltd, organizationIdentifier = PSDGB-FCA-123456, \
             CN = 0015800000jfQ9aAAE",
        ),
        (
            "OpenSSL's slashes",
            "/C=GB/O=Acorn Budget Ltd/organizationIdentifier=PSDGB-FCA-123456/CN=0015800000jfQ9aAAE",
        ),
        (
            "Go",
            "CN=0015800000jfQ9aAAE,2.5.4.97=#0c1050534447422d4643412d313233343536,\
             O=Acorn Budget Ltd,C=GB",
        ),
        (
            "Java, RFC 1779",
            "CN=0015800000jfQ9aAAE, OID.2.5.4.97=PSDGB-FCA-123456, O=Acorn Budget Ltd, C=GB",
        ),
        (
            "a prefix, hex in capitals, a PrintableString",
            "CN=0015800000jfQ9aAAE,oid.2.5.4.97=#131050534447422D4643412D313233343536,\
             O=Acorn Budget Ltd,C=GB",
        ),
        (
            "names in full and other letter case, semicolons",
            "commonname=0015800000jfQ9aAAE;ORGANIZATIONIDENTIFIER=PSDGB-FCA-123456;\
             organizationName=Acorn Budget Ltd;countryName=GB",
        ),
        (
            "quotation marks",
            "CN=\"0015800000jfQ9aAAE\",2.5.4.97=\"PSDGB-FCA-123456\" , O=\"Acorn Budget Ltd\",C=GB",
        ),
        (
            "escapes nobody needs",
            "CN=00158\\300000jfQ9aAAE,2.5.4.97=PSDGB-FCA-123456,O=Acorn\\20Budget\\ Ltd,C=GB",
        ),
    ] {
        assert!(name(text).matches(&name(SUBJECT)), "{form}: {text}");
        assert_eq!(
            name(text).organization_identifier(),
            Some("PSDGB-FCA-123456")
        );
    }
}

#[test]
fn what_differs_does_not_match() {
    for (difference, text) in [
        (
            "Go drops what it has no name for",
            "CN=0015800000jfQ9aAAE,O=Acorn Budget Ltd,C=GB",
        ),
        (
            "another identifier",
            "CN=0015800000jfQ9aAAE,2.5.4.97=PSDGB-FCA-123457,O=Acorn Budget Ltd,C=GB",
        ),
        (
            "letter case of a value",
            "CN=0015800000jfq9aaae,2.5.4.97=PSDGB-FCA-123456,O=Acorn Budget Ltd,C=GB",
        ),
        (
            "a space more in a value",
            "CN=0015800000jfQ9aAAE,2.5.4.97=PSDGB-FCA-123456,O=Acorn  Budget Ltd,C=GB",
        ),
        (
            "an escaped space at a value's end",
            "CN=0015800000jfQ9aAAE,2.5.4.97=PSDGB-FCA-123456,O=Acorn Budget Ltd\\ ,C=GB",
        ),
        (
            "another order than there or back",
            "O=Acorn Budget Ltd,CN=0015800000jfQ9aAAE,2.5.4.97=PSDGB-FCA-123456,C=GB",
        ),
        (
            "an attribute more",
            "CN=0015800000jfQ9aAAE,2.5.4.97=PSDGB-FCA-123456,OU=x,O=Acorn Budget Ltd,C=GB",
        ),
        (
            "an attribute twice",
            "CN=0015800000jfQ9aAAE,2.5.4.97=PSDGB-FCA-123456,O=Acorn Budget Ltd,C=GB,C=GB",
        ),
        (
            "another type with the same value",
            "CN=0015800000jfQ9aAAE,2.5.4.5=PSDGB-FCA-123456,O=Acorn Budget Ltd,C=GB",
        ),
        (
            "two attributes joined into one",
            "CN=0015800000jfQ9aAAE,2.5.4.97=PSDGB-FCA-123456,O=Acorn Budget Ltd+C=GB",
        ),
        (
            "a separator that belongs to a value",
            "CN=0015800000jfQ9aAAE,2.5.4.97=PSDGB-FCA-123456,O=Acorn Budget Ltd\\,C=GB",
        ),
        (
            "hex that is no string",
            "CN=0015800000jfQ9aAAE,2.5.4.97=#020101,O=Acorn Budget Ltd,C=GB",
        ),
    ] {
        assert!(!name(text).matches(&name(SUBJECT)), "{difference}");
    }
}

#[test]
fn what_is_no_name_is_refused() {
    for text in [
        "",
        "   ",
        "acorn",
        "CN",
        "=x",
        "CN=a,",
        "CN=a,,O=b",
        ",CN=a",
        "CN=a+",
        "CN=a;;O=b",
        "Foo=a",
        "1.2.=a",
        "01.2=a",
        "OID.=a",
        "OID.CN=a",
        "CN=\\",
        "CN=a\\",
        "CN=\\zz",
        "CN=#",
        "CN=#0",
        "CN=#zz",
        "CN=#0c",
        "CN=#0c0161ff",
        "CN=\"a",
        "CN=\"a\"b",
        "CN=\\ff",
        "/",
        "/CN",
        "/Foo=a",
        "/CN=\\x",
        "/CN=\\xz1",
        "/CN=\\xff",
    ] {
        assert!(DistinguishedName::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_name_prints_as_rfc_4514_and_reads_back() {
    for (text, printed) in [
        (SUBJECT, SUBJECT),
        ("/C=GB/O=a/b/CN=c", "CN=c,O=a/b,C=GB"),
        ("/O=Caf\\xC3\\xA9", "O=Café"),
        ("O=Caf\\C3\\A9", "O=Café"),
        ("CN=a+OU=b", "OU=b+CN=a"),
        ("CN=Sue\\, Grabbit and Runn", "CN=Sue\\, Grabbit and Runn"),
        ("CN=\"Sue, Grabbit\"", "CN=Sue\\, Grabbit"),
        ("CN=\\#a\\+b\\ ", "CN=\\#a\\+b\\ "),
        ("CN=\\ ", "CN=\\ "),
        ("CN=a\\0Db", "CN=a\\0Db"),
        ("CN=", "CN="),
        ("1.2.3.4=x", "1.2.3.4=#0c0178"),
        ("CN=#1e0400480069", "CN=Hi"),
        ("CN=#1403636166", "CN=caf"),
        ("CN=#1e0148", "2.5.4.3=#1e0148"),
        ("2.5.4.3=#020101", "2.5.4.3=#020101"),
    ] {
        let read = name(text);
        assert_eq!(read.to_string(), printed, "{text}");
        assert!(name(printed).matches(&read), "{text}");
    }
}

#[test]
fn attributes_of_one_rdn_have_no_order() {
    assert!(name("CN=a+OU=b,C=GB").matches(&name("OU=b+CN=a,C=GB")));
    assert!(!name("CN=a+OU=b,C=GB").matches(&name("CN=a,OU=b,C=GB")));
}

#[test]
fn an_empty_name_matches_nothing() {
    let empty = DistinguishedName::default();
    assert!(empty.is_empty() && !empty.matches(&empty));
    assert!(!empty.matches(&name(SUBJECT)) && !name(SUBJECT).matches(&empty));
}

#[test]
fn an_attribute_given_twice_is_not_the_only_one() {
    assert_eq!(name("CN=a,CN=b").common_name(), None);
    assert_eq!(name("CN=a,O=b").common_name(), Some("a"));
    assert_eq!(name("O=b").common_name(), None);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config {
        failure_persistence: None,
        ..proptest::test_runner::Config::with_cases(64)
    })]

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,40}") {
        if let Ok(read) = DistinguishedName::parse(&text) {
            proptest::prop_assert!(name(&read.to_string()).matches(&read));
        }
    }

    #[test]
    fn any_value_survives_printing(value in "\\PC{0,20}") {
        let rdn = vec![Attribute { oid: "2.5.4.3".to_owned(), value: Value::Text(value) }];
        let made = DistinguishedName::new(vec![rdn]);
        proptest::prop_assert!(name(&made.to_string()).matches(&made));
    }
}
