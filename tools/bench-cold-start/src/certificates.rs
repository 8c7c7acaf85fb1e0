//! Certificates like DynamoDB's: RSA with 2,048 bits, one intermediate certificate, and a trust store of many roots.

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, PKCS_RSA_SHA256,
    generate_simple_self_signed,
};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Number of certificates in the trust store, the usual size. Every start reads all of them.
const ROOTS: usize = 140;

/// The configuration of a server named `localhost`, and the trust store (PEM) of its clients.
pub(crate) fn server() -> Result<(ServerConfig, String)> {
    let root = CertifiedIssuer::self_signed(authority("root")?, key()?)?;
    let intermediate = CertifiedIssuer::signed_by(authority("intermediate")?, key()?, &root)?;
    let leaf_key = key()?;
    let leaf = CertificateParams::new(["localhost".to_owned()])?.signed_by(&leaf_key, &intermediate)?;
    let mut roots = root.pem();
    for number in 1..ROOTS {
        roots += &generate_simple_self_signed([format!("root-{number}.invalid")])?.cert.pem();
    }
    let chain = vec![leaf.der().clone(), intermediate.der().clone()];
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
