//! Whom a client trusts.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

/// Trusts the authorities that browsers trust.
pub fn trust_the_web() -> ClientConfig {
    trust(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
}

/// Trusts these alone.
pub fn trust(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has all that these versions need")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
