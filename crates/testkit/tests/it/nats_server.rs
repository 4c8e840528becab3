//! The server goes and comes back.

use std::net::TcpStream;

use testkit::NatsServer;

#[test]
fn server_answers_on_the_same_address_after_a_stop_and_after_a_kill() {
    let Some(mut server) = NatsServer::start() else { return };
    let address = server.address();
    for end in [NatsServer::stop, NatsServer::kill] {
        end(&mut server);
        assert!(TcpStream::connect(address).is_err(), "it is down");
        server.start_again();
        assert_eq!(server.address(), address);
        assert!(TcpStream::connect(address).is_ok(), "it is up");
    }
    drop(server);
    assert!(TcpStream::connect(address).is_err(), "it goes with its value");
}
