//! A small TLS server that wants client certificates and tells of its connections.

use http::{Request, Response};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SerialNumber};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tasks::watch;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Streams per connection, as kube-apiserver allows.
const MAX_STREAMS: u32 = 100;

/// Who shows this is nobody.
const REFUSED: &str = "Bearer refused";

/// A client's certificate, its key, and the authority that signed it and the server's, all PEM.
pub(super) struct Identity {
    pub(super) certificate: String,
    pub(super) key: String,
    pub(super) authority: String,
    /// The certificate's DER in hex, which the server tells.
    pub(super) serial: String,
    server_certificate: String,
    server_key: String,
}

impl Identity {
    pub(super) fn new(name: &str) -> Self {
        Self::pair(name, name).0
    }

    /// Two identities by one authority.
    pub(super) fn pair(one: &str, two: &str) -> (Self, Self) {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
        let issue = |name: &str| {
            let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
            params.serial_number = Some(SerialNumber::from_slice(name.as_bytes()));
            let key = KeyPair::generate().expect("a key");
            let certificate = params.signed_by(&key, &authority).expect("a certificate");
            (certificate.pem(), key.serialize_pem(), hex(certificate.der()))
        };
        let (server_certificate, server_key, _) = issue("127.0.0.1");
        let identity = |name| {
            let (certificate, key, serial) = issue(name);
            Self {
                certificate,
                key,
                serial,
                authority: authority.pem(),
                server_certificate: server_certificate.clone(),
                server_key: server_key.clone(),
            }
        };
        (identity(one), identity(two))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the server offers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocols {
    Http1,
    Http2,
}

/// The server; it ends with the test's runtime.
pub(super) struct TestServer {
    pub(super) url: String,
    seen: Arc<Seen>,
    closings: watch::Sender<u32>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    open: watch::Sender<usize>,
    user_agent: Mutex<String>,
}

impl TestServer {
    pub(super) async fn start(identity: &Identity, protocols: Protocols) -> Self {
        super::tls::install_provider();
        let pem = |text: &str| CertificateDer::from_pem_slice(text.as_bytes()).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(pem(&identity.authority)).expect("an authority");
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().expect("a verifier");
        let key = PrivateKeyDer::from_pem_slice(identity.server_key.as_bytes()).expect("a key");
        let mut config = rustls::ServerConfig::builder()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![pem(&identity.server_certificate)], key)
            .expect("a configuration");
        if protocols == Protocols::Http2 {
            config.alpn_protocols = vec![b"h2".to_vec()];
        }
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("https://{}", listener.local_addr().expect("an address"));
        let (seen, closings) = (Arc::new(Seen::default()), watch::Sender::new(0));
        let (counted, closed) = (seen.clone(), closings.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen, closed) = (acceptor.clone(), counted.clone(), closed.subscribe());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, seen, closed).await;
                    }
                });
            }
        });
        Self { url, seen, closings }
    }

    /// How many connections there were.
    pub(super) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// Resolves when so many connections are open.
    pub(super) async fn until_open(&self, count: usize) {
        self.seen.open.subscribe().wait_for(|open| *open == count).await.expect("the server lives");
    }

    /// Closes all connections.
    pub(super) async fn close_connections(&self) {
        self.closings.send_modify(|count| *count += 1);
        self.until_open(0).await;
    }

    pub(super) fn user_agent(&self) -> String {
        self.seen.user_agent.lock().expect("no panic").clone()
    }
}

async fn serve(
    stream: tokio_rustls::server::TlsStream<tokio::net::TcpStream>,
    seen: Arc<Seen>,
    mut closed: watch::Receiver<u32>,
) {
    let number = seen.connections.fetch_add(1, Ordering::SeqCst);
    seen.open.send_modify(|open| *open += 1);
    let client = stream.get_ref().1.peer_certificates().map(|chain| hex(&chain[0])).unwrap_or_default();
    let answering = seen.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let agent = request.headers().get(http::header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        *answering.user_agent.lock().expect("no panic") = agent.to_owned();
        let answer = answer(&request, &client, number);
        async move { Ok::<_, Infallible>(answer) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http2().max_concurrent_streams(MAX_STREAMS);
    tokio::select! {
        biased;
        _ = closed.changed() => {}
        _ = builder.serve_connection(TokioIo::new(stream), service) => {}
    }
    seen.open.send_modify(|open| *open -= 1);
}

/// A node with the names of client and connection, or a watch of an empty list that never ends.
fn answer(
    request: &Request<Incoming>,
    client: &str,
    connection: usize,
) -> Response<BoxBody<Bytes, Infallible>> {
    if request.uri().query().is_some_and(|query| query.contains("watch=true")) {
        let bookmark = concat!(
            r#"{"type":"BOOKMARK","object":{"kind":"Node","metadata":{"resourceVersion":"7","#,
            r#""annotations":{"k8s.io/initial-events-end":"true"}}}}"#,
            "\n"
        );
        let first = futures::stream::iter([Ok(Frame::data(Bytes::from_static(bookmark.as_bytes())))]);
        let body = futures::StreamExt::chain(first, futures::stream::pending());
        return Response::new(BodyExt::boxed(StreamBody::new(body)));
    }
    let proof = request.headers().get(http::header::AUTHORIZATION);
    let proof = proof.and_then(|value| value.to_str().ok()).unwrap_or_default();
    if proof == REFUSED {
        let mut response = Response::new(Full::new(Bytes::from_static(b"{}")).boxed());
        *response.status_mut() = http::StatusCode::UNAUTHORIZED;
        return response;
    }
    let annotations =
        serde_json::json!({ "client": client, "connection": connection.to_string(), "proof": proof });
    let node = serde_json::json!({ "metadata": { "name": "here", "annotations": annotations } });
    Response::new(Full::new(Bytes::from(node.to_string())).boxed())
}
