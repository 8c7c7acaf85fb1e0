//! The links of a new campaign.

use crate::form::{Form, Upload};
use crate::page_error::PageError;
use crate::pages::campaigns::new::created::created;
use crate::pages::campaigns::new::page::page;
use crate::pages::campaigns::new::people::People;
use crate::pages::campaigns::new::terms::Terms;
use axum::response::Response;
use recipients::{Batch, Link};
use serde_json::{Map, Value};
use shared::crypto::{base64url, from_base64url, sha256};

const GENERATE: &str = "/public/api/generate-webchat-deep-link";

/// `POST /console/new-campaign`: creates the links, and shows them once. The same form again, as after a failure or a click too
/// many, shows the same links.
pub(crate) async fn create(Upload(form): Upload) -> Result<Response, PageError> {
    let terms = Terms::of(&form);
    let file = from_base64url(form.field("table")).map_err(|_| PageError::Forged)?;
    let links = match people(&file, &terms) {
        Ok((people, members)) => create_all(&form, &members, &people, &file).await.map(|links| (people, links)),
        Err(problems) => return page(&form.person, &terms, &problems).await,
    };
    let campaign = terms.campaign(&file).map_err(|_| PageError::Forged)?;
    match links {
        Ok((people, links)) => created(&form.person, &campaign, &people, &links),
        Err(error) => page(&form.person, &terms, &error.into_sentences()?).await,
    }
}

/// The people and the members of a request, or what is wrong with them.
fn people(file: &[u8], terms: &Terms) -> Result<(People, Map<String, Value>), Vec<String>> {
    let people = People::read(file)?;
    let members = terms.campaign(file).and_then(|campaign| terms.members(&campaign));
    members.map(|members| (people, members)).map_err(|sentence| vec![sentence])
}

/// Creates the links of all people, request by request. The idempotency keys follow from file and terms.
async fn create_all(
    form: &Form,
    members: &Map<String, Value>,
    people: &People,
    file: &[u8],
) -> Result<Vec<Option<Link>>, PageError> {
    let max = form.person.caller.tenant.limits.users_per_request;
    let name = [base64url(&sha256(file)), Value::Object(members.clone()).to_string()].concat();
    let name = base64url(&sha256(name.as_bytes()));
    let mut links = Vec::with_capacity(people.recipients.rows.len());
    let mut rows = people.recipients.rows.iter().cloned().peekable();
    while rows.peek().is_some() {
        let batch = Batch::take(&mut rows, max);
        let created: Vec<Link> = if batch.recipients.is_empty() {
            Vec::new()
        } else {
            let key = format!("console-{name}-{}-{}", links.len(), batch.recipients.len());
            let mut body = members.clone();
            body.insert("dataset".to_owned(), batch.recipients.clone().into());
            form.person.api.post_once(GENERATE, &key, &Value::Object(body)).await?
        };
        links.extend(batch.spread(created));
    }
    Ok(links)
}
