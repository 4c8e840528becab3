//! A certificate of our own for this machine, for as long as the program runs.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{RootCertStore, ServerConfig};

use crate::error::Error;

/// Both sides of the trust.
pub(crate) struct Identity {
    /// Who has it can show that it is the server.
    pub(crate) server: Arc<ServerConfig>,
    /// Who trusts these trusts the server, and nobody else.
    pub(crate) roots: RootCertStore,
}

/// Makes a key and a certificate for `name`.
pub(crate) fn make(name: &str) -> Result<Identity, Error> {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_owned()]).map_err(Error::Certificate)?;
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).map_err(Error::Tls)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key)
        })
        .map_err(Error::Tls)?;
    Ok(Identity { server: Arc::new(server), roots })
}
