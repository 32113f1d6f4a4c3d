//! PKCS#12 (RFC 7292): a certificate, its key and its CA in one file under a password, as Java, .NET and the
//! key stores of operating systems take them.

use openssl::error::ErrorStack;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::stack::Stack;
use openssl::x509::X509;

use super::authority::Credential;
use super::key::KeyFault;

/// The bytes of a `.p12` file whose one entry is called `name`.
///
/// # Errors
/// When a text is not what a [`Credential`] holds, or OpenSSL refuses.
pub(crate) fn pkcs12(
    credential: &Credential,
    ca_pem: &str,
    (name, password): (&str, &str),
) -> Result<Vec<u8>, KeyFault> {
    let make = || -> Result<Vec<u8>, ErrorStack> {
        let key = PKey::private_key_from_pem(credential.key_pem.as_bytes())?;
        let mut authorities = Stack::new()?;
        authorities.push(X509::from_pem(ca_pem.as_bytes())?)?;
        let mut builder = Pkcs12::builder();
        let certificate = X509::from_pem(credential.cert_pem.as_bytes())?;
        builder.name(name).pkey(&key).cert(&certificate);
        builder.ca(authorities);
        builder.build2(password)?.to_der()
    };
    make().map_err(|_| KeyFault::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::pki::{Authority, fresh_p256_key};

    #[test]
    fn a_file_opens_with_its_password_alone_and_holds_key_certificate_and_ca() {
        let now = Timestamp::from_unix_seconds(1_705_314_600);
        let authority = Authority::mint(now).unwrap();
        let rsa_key = crate::pki::fresh_rsa_key().unwrap();
        let names = ["localhost".to_owned()];
        let identity = authority.issue_server(&names, &rsa_key, now).unwrap();
        for credential in [&identity.ecdsa, &identity.rsa] {
            let der = pkcs12(credential, authority.cert_pem(), ("server", "s3cret")).unwrap();
            let file = Pkcs12::from_der(&der).unwrap();
            assert!(file.parse2("changeit").is_err());
            let read = file.parse2("s3cret").unwrap();
            let key = read.pkey.unwrap().private_key_to_pem_pkcs8().unwrap();
            assert_eq!(String::from_utf8(key).unwrap(), credential.key_pem);
            let certificate = read.cert.unwrap().to_pem().unwrap();
            let plain = |pem: &str| pem.replace("\r\n", "\n");
            assert_eq!(
                plain(&String::from_utf8(certificate).unwrap()),
                plain(&credential.cert_pem)
            );
            let ca = read.ca.unwrap().iter().next().unwrap().to_der().unwrap();
            assert_eq!(ca, authority.cert_der().as_ref());
        }
        let mixed = Credential {
            cert_pem: identity.ecdsa.cert_pem,
            key_pem: fresh_p256_key().unwrap(),
        };
        assert!(pkcs12(&mixed, authority.cert_pem(), ("server", "x")).is_err());
    }
}
