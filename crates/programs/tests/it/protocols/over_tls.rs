//! TLS by the crate `rustls`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;

use executor::io::net::TcpStream;
use executor::sync::Barrier;
use greenstd::sync::Arc;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};

use super::exchange;

const NAME: &str = "localhost";

#[test]
fn rustls_has_five_hundred_connections_open_at_once_on_two_carriers() {
    let (server, client) = identity();
    exchange(
        move |stream, all_have_asked| serve(&server, stream, all_have_asked),
        move |address, number| ask(&client, address, number),
    );
}

fn serve(config: &Arc<ServerConfig>, stream: TcpStream, all_have_asked: &Barrier) {
    let session = ServerConnection::new(config.clone()).unwrap();
    let mut connection = BufReader::new(StreamOwned::new(session, stream));
    let mut question = String::new();
    connection.read_line(&mut question).unwrap();
    all_have_asked.wait().unwrap();
    let mut stream = connection.into_inner();
    write!(stream, "you said {question}").unwrap();
    stream.conn.send_close_notify();
    stream.flush().unwrap();
}

fn ask(config: &Arc<ClientConfig>, address: SocketAddr, number: usize) {
    let name = ServerName::try_from(NAME).unwrap();
    let session = ClientConnection::new(config.clone(), name).unwrap();
    let stream = TcpStream::connect(address).unwrap();
    let mut connection = StreamOwned::new(session, stream);
    writeln!(connection, "{number}").unwrap();
    connection.flush().unwrap();
    let mut answer = String::new();
    // Without an error, only if the other end has said that this is all.
    connection.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, format!("you said {number}\n"));
}

/// Who the server is, and whom the clients trust.
fn identity() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([NAME.to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server), Arc::new(client))
}
