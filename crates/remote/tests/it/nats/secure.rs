//! Connections that are encrypted, and that a password opens.

use std::fs;

use async_nats::ConnectOptions;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use remote::engine::{Engine, EngineError, NatsEngine};
use remote::{Remote, Worker};
use tempfile::TempDir;
use testkit::NatsServer;

use super::{open, options};
use crate::support::{pool, registry, serve, square};

/// A directory with a certificate of this machine and its key.
fn certificate() -> TempDir {
    let directory = TempDir::new().unwrap();
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    fs::write(directory.path().join("certificate"), cert.pem()).unwrap();
    fs::write(directory.path().join("key"), signing_key.serialize_pem()).unwrap();
    directory
}

#[test]
fn jobs_go_over_an_encrypted_connection_to_a_server_that_is_known() {
    let files = certificate();
    let (certificate, key) = (files.path().join("certificate"), files.path().join("key"));
    let server = NatsServer::start_with([
        "--tls".into(),
        "--tlscert".into(),
        certificate.clone().into(),
        "--tlskey".into(),
        key.into(),
    ]);
    let Some(server) = server else { return };
    let url = format!("tls://{}", server.address());
    let stranger = NatsEngine::connect(&url);
    assert!(matches!(stranger, Err(EngineError::Unreachable(_))), "{stranger:?}");

    let known = || ConnectOptions::new().add_root_certificates(certificate.clone());
    let connect = || Remote::new(NatsEngine::connect_with(&url, known()).unwrap());
    let (pool, here) = (pool(2), connect().queue("numbers"));
    let serving = serve(Worker::new(&pool, &connect().queue("numbers")), &registry());
    assert_eq!(here.submit(square, (12,)).unwrap().result(), Ok(144));
    assert_eq!(serving.drain().succeeded, 1);
}

#[test]
fn a_password_opens_the_connection_by_its_url_or_by_options() {
    let arguments = ["--user", "shop", "--pass", "se@cret"].map(Into::into);
    let Some(server) = NatsServer::start_with(arguments) else { return };
    let refused = NatsEngine::connect(&server.url());
    assert!(matches!(refused, Err(EngineError::Unreachable(_))), "{refused:?}");
    let by_url =
        NatsEngine::connect(&format!("nats://shop:se%40cret@{}", server.address())).unwrap();
    let by_options = ConnectOptions::with_user_and_password("shop".into(), "se@cret".into());
    let by_options = NatsEngine::connect_with(&server.url(), by_options).unwrap();
    let wrong = NatsEngine::connect(&format!("nats://shop:guess@{}", server.address()));
    assert!(matches!(wrong, Err(EngineError::Unreachable(_))), "{wrong:?}");
    let queue = open(&by_url);
    super::submit(&*queue, &super::job("a"));
    assert_eq!(by_options.open("q", &options()).unwrap().counts().unwrap().waiting, 1);
}

#[test]
fn a_token_opens_the_connection_by_its_url() {
    let Some(server) = NatsServer::start_with(["--auth", "secret"].map(Into::into)) else { return };
    let url = format!("nats://secret@{},nats://{}", server.address(), server.address());
    let by_url = NatsEngine::connect(&url).unwrap();
    assert_eq!(open(&by_url).counts().unwrap().waiting, 0);
}
