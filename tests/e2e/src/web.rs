//! A small web server whose answer a test changes as it likes.

use anyhow::Context;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

#[derive(Debug, Default)]
struct State {
    status: u16,
    body: String,
    requests: Vec<HeaderMap>,
}

/// The server; it ends when it is dropped.
#[derive(Debug)]
pub struct Web {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Web {
    /// Listens on a free loopback port and answers 200 with `body`.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(body: &str) -> anyhow::Result<Self> {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), body).await
    }

    /// The same on a given port: a server that comes back.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start_at(address: SocketAddr, body: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await.context("no port for the web server")?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State { status: 200, body: body.to_owned(), requests: Vec::new() }));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                let service = service_fn(move |request| {
                    let response = answer(&shared, &request);
                    async move { Ok::<_, Infallible>(response) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .keep_alive(false)
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        Ok(Self { address, state, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}/manifests", self.address)
    }

    /// What it answers from now on.
    pub fn set(&self, status: u16, body: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.status = status;
        body.clone_into(&mut state.body);
    }

    /// The headers of all requests so far.
    pub fn requests(&self) -> Vec<HeaderMap> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).requests.clone()
    }
}

fn answer(state: &Mutex<State>, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.requests.push(request.headers().clone());
    let mut response = Response::new(Full::new(Bytes::from(state.body.clone())));
    *response.status_mut() = StatusCode::from_u16(state.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

impl Drop for Web {
    fn drop(&mut self) {
        self.task.abort();
    }
}
