//! The key of the embedded engine: only requests signed with it are answered (AWS Signature Version 4).

use aws_lc_rs::hmac::{self, HMAC_SHA256, Tag};
use http::{HeaderMap, HeaderValue, header};
use std::sync::OnceLock;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: &str = "x-amz-date";
/// Headers that a signature must cover: the address, the time and the operation.
const REQUIRED: [&str; 3] = ["host", DATE, "x-amz-target"];

/// An access key id and its secret, random for each process.
pub(crate) struct EngineKey {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl EngineKey {
    /// The key of every engine of this process. One key is enough: all of them belong to the same program.
    pub(crate) fn of_process() -> &'static Self {
        static KEY: OnceLock<EngineKey> = OnceLock::new();
        let random = || format!("{:032X}", u128::from_be_bytes(shared::crypto::random()));
        KEY.get_or_init(|| Self { id: format!("LOCAL{}", random()), secret: format!("{}{}", random(), random()) })
    }

    /// Whether the headers of a `POST /` sign its host, its operation and its body with this key.
    pub(crate) fn permits(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let (Some(host), Some(authorization)) = (single(headers, "host"), single(headers, "authorization")) else {
            return false;
        };
        let Some(signed) = Signed::parse(authorization) else { return false };
        let covered = |name: &&str| signed.headers.split(';').any(|header| header == *name);
        let Some(text) = signed.text(host, headers, body).filter(|_| REQUIRED.iter().all(covered)) else {
            return false;
        };
        // The comparison takes the same time wherever the two differ.
        let verified = |tag: Vec<u8>| hmac::verify(&self.signing_key(&signed), text.as_bytes(), &tag).is_ok();
        signed.id == self.id && hex::decode(signed.signature).is_ok_and(verified)
    }

    /// Signs a request again whose body or host has changed since this key signed it. A request that another key signed
    /// stays as it is: an engine that is not ours may accept it.
    pub(crate) fn sign_again(&self, host: &str, headers: &mut HeaderMap, body: &[u8]) {
        let Some(authorization) = single(headers, "authorization") else { return };
        let Some(signed) = Signed::parse(authorization).filter(|signed| signed.id == self.id) else { return };
        let Some(text) = signed.text(host, headers, body) else { return };
        let tag = hmac::sign(&self.signing_key(&signed), text.as_bytes());
        let renewed = authorization.replace(signed.signature, &hex::encode(tag));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&renewed).expect("hexadecimal digits"));
    }

    /// The key derived for a day, a region and a service.
    fn signing_key(&self, signed: &Signed<'_>) -> hmac::Key {
        let start = hmac::Key::new(HMAC_SHA256, format!("AWS4{}", self.secret).as_bytes());
        signed.scope.split('/').fold(start, |key, part| {
            let tag: Tag = hmac::sign(&key, part.as_bytes());
            hmac::Key::new(HMAC_SHA256, tag.as_ref())
        })
    }
}

/// The parts of an `Authorization` header.
struct Signed<'a> {
    /// The access key id.
    id: &'a str,
    /// Day, region, service and `aws4_request`.
    scope: &'a str,
    /// The names of the signed headers, in lower case and separated by semicolons.
    headers: &'a str,
    /// The signature in hexadecimal digits.
    signature: &'a str,
}

impl<'a> Signed<'a> {
    fn parse(authorization: &'a str) -> Option<Self> {
        let mut parts = authorization.strip_prefix(ALGORITHM)?.split(',').map(str::trim);
        let mut part = |name: &str| parts.next()?.strip_prefix(name)?.strip_prefix('=');
        let (credential, headers, signature) = (part("Credential")?, part("SignedHeaders")?, part("Signature")?);
        let (id, scope) = credential.split_once('/')?;
        Some(Self { id, scope, headers, signature })
    }

    /// The text that the signature signs. `None` if a signed header is missing.
    fn text(&self, host: &str, headers: &HeaderMap, body: &[u8]) -> Option<String> {
        let line = |name| {
            let value = if name == "host" { host } else { single(headers, name)? };
            Some(format!("{name}:{}\n", value.split_whitespace().collect::<Vec<_>>().join(" ")))
        };
        let lines = self.headers.split(';').map(line).collect::<Option<Vec<_>>>()?.concat();
        let digest = |bytes: &[u8]| hex::encode(shared::crypto::sha256(bytes));
        let request = format!("POST\n/\n\n{lines}\n{}\n{}", self.headers, digest(body));
        let (time, scope) = (single(headers, DATE)?, self.scope);
        Some(format!("{ALGORITHM}\n{time}\n{scope}\n{}", digest(request.as_bytes())))
    }
}

/// The value of a header that occurs once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}
