//! The limit: a bare hyper and rustls server that asks for a client certificate and answers fixed bytes.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The name of its thread, by which its processor time is found.
pub(crate) const THREAD: &str = "limit";

/// What it answers, by path.
pub(crate) type Answers = HashMap<String, Bytes>;

/// Where it listens, and the certificate to trust.
pub(crate) struct Limit {
    pub(crate) address: SocketAddr,
    pub(crate) certificate: CertificateDer<'static>,
}

/// Starts it on a thread of its own, which ends with the process.
pub(crate) fn start(client_ca: &CertificateDer<'static>, answers: Answers) -> Limit {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = own.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(client_ca.clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
        .allow_unauthenticated()
        .build()
        .unwrap();
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    tls.ticketer = rustls::crypto::ring::Ticketer::new().unwrap();
    let (tell, told) = mpsc::channel();
    std::thread::Builder::new()
        .name(THREAD.to_owned())
        .spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build();
            runtime
                .unwrap()
                .block_on(serve(TlsAcceptor::from(Arc::new(tls)), answers, &tell));
        })
        .unwrap();
    Limit {
        address: told.recv().unwrap(),
        certificate,
    }
}

async fn serve(acceptor: TlsAcceptor, answers: Answers, tell: &mpsc::Sender<SocketAddr>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    tell.send(listener.local_addr().unwrap()).unwrap();
    let answers = Arc::new(answers);
    while let Ok((socket, _)) = listener.accept().await {
        socket.set_nodelay(true).unwrap();
        tokio::spawn(converse(acceptor.clone(), socket, Arc::clone(&answers)));
    }
}

async fn converse(acceptor: TlsAcceptor, socket: TcpStream, answers: Arc<Answers>) {
    let Ok(stream) = acceptor.accept(socket).await else {
        return;
    };
    let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let path = request.uri().path_and_query().unwrap().as_str();
        let mut response = Response::new(Full::new(answers[path].clone()));
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, json);
        async { Ok::<_, std::convert::Infallible>(response) }
    });
    // A client that goes away in the middle is no matter here.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
