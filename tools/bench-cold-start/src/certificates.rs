//! What a TLS client of DynamoDB verifies: a certificate of RSA with 2,048 bits, one between, and a store of many roots.

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, PKCS_RSA_SHA256,
    generate_simple_self_signed,
};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Certificates in a trust store of the usual size, which every start reads.
const ROOTS: usize = 140;

/// A server named `localhost`, and the trust store (PEM) to reach it with.
pub(crate) fn server() -> Result<(ServerConfig, String)> {
    let root = CertifiedIssuer::self_signed(authority("root")?, key()?)?;
    let between = CertifiedIssuer::signed_by(authority("between")?, key()?, &root)?;
    let leaf_key = key()?;
    let leaf = CertificateParams::new(["localhost".to_owned()])?.signed_by(&leaf_key, &between)?;
    let mut roots = root.pem();
    for number in 1..ROOTS {
        roots += &generate_simple_self_signed([format!("root-{number}.invalid")])?.cert.pem();
    }
    let chain = vec![leaf.der().clone(), between.der().clone()];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    Ok((ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?, roots))
}

fn key() -> Result<KeyPair> {
    Ok(KeyPair::generate_for(&PKCS_RSA_SHA256)?)
}

fn authority(name: &str) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(params)
}
