//! Mutual TLS from the files a TPP is given: nothing of the bank's own TLS code is used.

use std::pin::Pin;
use std::sync::Arc;

use openidconnect::http::Response;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use hamsterbank::Bank;

use super::kit::Kit;

/// An HTTP client that trusts the bank's CA and follows no redirect.
#[derive(Clone, Debug)]
pub(crate) struct Transport(reqwest::Client);

impl Transport {
    /// A TPP's: it presents its transport certificate.
    pub(crate) fn of_tpp(bank: &Bank, kit: &Kit) -> Self {
        let chain = CertificateDer::pem_slice_iter(kit.text("transport_cert_pem").as_bytes());
        let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
        let key = kit.text("transport_key_pem");
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        Self::over(
            trusting(bank)
                .with_client_auth_cert(chain, key)
                .expect("key and certificate fit"),
        )
    }

    /// A customer's browser: it has no certificate.
    pub(crate) fn of_browser(bank: &Bank) -> Self {
        Self::over(trusting(bank).with_no_client_auth())
    }

    /// The client below, for calls that the library does not know.
    pub(crate) const fn http(&self) -> &reqwest::Client {
        &self.0
    }

    fn over(mut tls: ClientConfig) -> Self {
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let client = reqwest::Client::builder()
            .use_preconfigured_tls(tls)
            .redirect(Policy::none())
            .no_proxy()
            .build();
        Self(client.unwrap())
    }
}

type WantsClientCertificate = rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>;

fn trusting(bank: &Bank) -> WantsClientCertificate {
    let ca = CertificateDer::from_pem_slice(bank.ca_pem().as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(ca).unwrap();
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
}

impl<'c> AsyncHttpClient<'c> for Transport {
    type Error = reqwest::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Self::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async {
            let answer = self.0.execute(request.try_into()?).await?;
            let mut response = Response::new(Vec::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = answer.bytes().await?.to_vec();
            Ok(response)
        })
    }
}
