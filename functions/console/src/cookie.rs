//! Cookies of the console. The prefix `__Host-` binds them to this host and to HTTPS (RFC 6265bis section 4.1.3); browsers treat
//! loopback addresses as secure.

use crate::page_error::PageError;
use http::{HeaderMap, HeaderValue, header};

/// The value of a cookie.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    cookies.find_map(|cookies| {
        let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(other, _)| *other == name).map(|(_, value)| value)
    })
}

/// The header that stores a cookie for some seconds; none removes it.
///
/// # Errors
/// Returns [`PageError::Failed`] if the value is not one of a header.
pub(crate) fn set(name: &str, value: &str, seconds: i64) -> Result<HeaderValue, PageError> {
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax");
    HeaderValue::from_str(&cookie).map_err(PageError::unexpected)
}
