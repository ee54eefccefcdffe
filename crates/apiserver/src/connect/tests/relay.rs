//! A program between client and server: an HTTP proxy, a SOCKS proxy, or a wire that stops carrying anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tasks::watch;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the client must say first.
#[derive(Clone, Copy)]
pub(super) enum Manners {
    /// Nothing: all goes to this address.
    Wire(std::net::SocketAddr),
    /// `CONNECT`, with `Proxy-Authorization: Basic` for `user:word`.
    Connect,
    /// SOCKS 5 without a password.
    Socks,
}

/// The program; it ends with the test's runtime.
pub(super) struct Relay {
    pub(super) address: std::net::SocketAddr,
    /// How many connections came by.
    carried: Arc<AtomicUsize>,
    /// Connections of a number below this one carry nothing any more.
    silent_below: watch::Sender<usize>,
}

impl Relay {
    pub(super) async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (carried, silent_below) = (Arc::new(AtomicUsize::new(0)), watch::Sender::new(0));
        let relay = Self { address, carried: carried.clone(), silent_below: silent_below.clone() };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = carried.fetch_add(1, Ordering::SeqCst);
                let mut silent = silent_below.subscribe();
                tokio::spawn(async move {
                    let mut client = client;
                    let mut server =
                        TcpStream::connect(greet(&mut client, manners).await).await.expect("a server");
                    tokio::select! {
                        biased;
                        _ = silent.wait_for(|below| number < *below) => {}
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => return,
                    }
                    // Neither end hears of it.
                    std::future::pending::<()>().await;
                });
            }
        });
        relay
    }

    pub(super) fn carried(&self) -> usize {
        self.carried.load(Ordering::SeqCst)
    }

    /// The connections that there are carry nothing any more; others do.
    pub(super) fn fall_silent(&self) {
        self.silent_below.send_replace(self.carried());
    }
}

/// Where the client wants to go.
async fn greet(client: &mut TcpStream, manners: Manners) -> std::net::SocketAddr {
    match manners {
        Manners::Wire(address) => address,
        Manners::Connect => {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.expect("a head"));
            }
            let head = String::from_utf8(head).expect("text");
            assert!(head.contains("Proxy-Authorization: Basic dXNlcjp3b3Jk\r\n"), "{head}");
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("written");
            let target = head.split(' ').nth(1).expect("a target");
            target.parse().expect("an address")
        }
        Manners::Socks => {
            let mut hello = [0; 3];
            client.read_exact(&mut hello).await.expect("a greeting");
            assert_eq!(hello, [5, 1, 0]);
            client.write_all(&[5, 0]).await.expect("written");
            let mut request = [0; 10];
            client.read_exact(&mut request).await.expect("a request");
            assert_eq!(request[..4], [5, 1, 0, 1], "an IPv4 address");
            client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.expect("written");
            let ip = [request[4], request[5], request[6], request[7]];
            (ip, u16::from_be_bytes([request[8], request[9]])).into()
        }
    }
}
