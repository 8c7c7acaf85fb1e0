//! The accounts of a person: those of the identity, and at the first sign-in those of the mail address.

use crate::openid::id_token::Person;
use crate::openid::refusal::Refusal;
use shared::app::App;
use shared::model::{AccountId, Email, PersonHash, TenantId};

/// Binds the accounts that wait for the person's mail address, and returns all accounts of the person.
///
/// # Errors
/// Returns [`Refusal::Unverified`] or [`Refusal::Unknown`] if the person has no account, and [`Refusal::Table`] if the table
/// rejects a request.
pub(crate) async fn accounts(app: &App, issuer: &str, person: &Person) -> Result<Vec<(TenantId, AccountId)>, Refusal> {
    let identity = app.store.data_key().identity_hash(issuer, &person.subject);
    let email = person.verified_email.as_deref().and_then(|email| Email::read(email).ok());
    if let Some(email) = &email {
        bind(app, email, &identity).await?;
    }
    let mut accounts = Vec::new();
    for (tenant, account) in app.store.person_accounts(&identity).await? {
        // The account decides: an entry may be left of a change that was cut off.
        let found = app.store.account_get(&tenant, &account).await?;
        if found.is_some_and(|found| found.identity.as_ref() == Some(&identity)) {
            accounts.push((tenant, account));
        }
    }
    match email {
        _ if !accounts.is_empty() => Ok(accounts),
        Some(email) => Err(Refusal::Unknown(email.as_str().to_owned())),
        None => Err(Refusal::Unverified(person.subject.clone())),
    }
}

/// Binds every account that was created for a mail address, and that nobody has signed in as, to a person.
async fn bind(app: &App, email: &Email, identity: &PersonHash) -> Result<(), Refusal> {
    for (tenant, account) in app.store.person_accounts(&app.store.data_key().email_hash(email)).await? {
        let Some(account) = app.store.account_get(&tenant, &account).await? else { continue };
        if account.email.as_ref() == Some(email) && account.identity.is_none() {
            // If the account has changed meanwhile, it is not among the accounts that are read next.
            app.store.account_set_person(&tenant, &account, Some(email), Some(identity), app.clock.now()).await?;
        }
    }
    Ok(())
}
