//! The certificate that the API shows, when there is one.

use crate::config::Tls;
use anyhow::Context;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// What agrees on keys, by the files of the configuration: TLS 1.2 and 1.3, HTTP/1.
pub(crate) fn acceptor(files: &Tls) -> anyhow::Result<TlsAcceptor> {
    let (certificate, key) = (&files.certificate, &files.key);
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| {
            let remedy = "name a PEM file with the certificate and those that sign it";
            format!("http.tls.certificate: {}: {remedy}", certificate.display())
        })?;
    anyhow::ensure!(
        !chain.is_empty(),
        "http.tls.certificate: {} has no certificate; name a PEM file that has",
        certificate.display()
    );
    let private = PrivateKeyDer::from_pem_file(key).with_context(|| {
        let remedy = "name a PEM file with the certificate's private key, readable for the engine";
        format!("http.tls.key: {}: {remedy}", key.display())
    })?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, private);
    let mut config = config.with_context(|| {
        format!(
            "http.tls: the key in {} is not that of {}",
            key.display(),
            certificate.display()
        )
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
