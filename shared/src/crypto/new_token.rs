//! A new API token together with the record that decides about it.

use super::{ApiToken, TokenIssuer, random};
use crate::model::{AccountId, Scopes, TenantId, Token, TokenId};
use chrono::{DateTime, Utc};

/// Makes an API token and its record. Nothing accepts the token before the record is stored.
#[must_use]
pub fn issue_token(
    issuer: &TokenIssuer,
    tenant: &TenantId,
    account: &AccountId,
    name: &str,
    scopes: Scopes,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> (Token, ApiToken) {
    let secret = issuer.issue(tenant, account, &scopes, now, expires_at);
    let record = Token {
        id: token_id(),
        tenant: tenant.clone(),
        account: account.clone(),
        name: name.to_owned(),
        scopes,
        created_at: now,
        expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    (record, secret)
}

/// A public name: `tok_` and 12 characters of base62.
fn token_id() -> TokenId {
    let number = u128::from_be_bytes(random()) % 62_u128.pow(12);
    format!("tok_{:0>12}", base62::encode(number)).parse().expect("letters, digits and an underscore")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::TokenVerifier;
    use crate::model::{Scope, time::from_seconds};

    #[test]
    fn the_record_says_what_the_token_claims() {
        let issuer = TokenIssuer::read(&TokenIssuer::generate()).unwrap();
        let (tenant, account) = ("acme".parse().unwrap(), "crm".parse().unwrap());
        let (now, end) = (from_seconds(1000), from_seconds(2000));
        let (record, token) = issue_token(&issuer, &tenant, &account, "CRM", [Scope::LinksRead].into(), now, end);
        let claims = TokenVerifier::new([issuer.public().as_str()]).unwrap().verify(&token.secret, now).unwrap();
        assert_eq!((&claims.tenant, &claims.account), (&record.tenant, &record.account));
        assert_eq!(claims.record(), token.record);
        assert!(record.is_live(now) && !record.is_live(end));
        assert!(record.id.as_str().starts_with("tok_") && record.id.as_str().len() == 16);
    }
}
