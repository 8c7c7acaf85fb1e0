//! How an endpoint writes users, and where a user who is too large for a page is cut.

use crate::reader::batch_reader::BatchReader;
use crate::reader::user_batch::UserInteractions;
use shared::http::{ApiError, ResponseBody, TextSize};
use shared::model::{Interaction, UserHash};
use shared::store::StoreError;

/// The end of a user's JSON: of the interactions, of the user, and of the object that has the user id as its one key.
const END: &[u8] = b"]}}";

/// How an endpoint writes users.
pub(crate) trait UserJson {
    /// What the JSON of a user needs besides the interactions.
    type Context: Send + Sync;

    /// Maximum number of requests after which a page ends rather than begin another batch. A batch takes at most two
    /// per day: one for the users, one for their interactions.
    const MAX_REQUESTS: usize;

    /// Reads the context of users.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    fn context(
        &self,
        reader: &BatchReader<'_>,
        users: Vec<UserHash>,
    ) -> impl Future<Output = Result<Self::Context, StoreError>> + Send;

    /// Writes a user without interactions: an object with the user id as its one key, whose value ends with an empty
    /// array of interactions. `is_continued` marks a user whose first interactions are on the page before.
    ///
    /// # Errors
    /// Returns [`ApiError::Unexpected`] if the user cannot be serialised.
    fn user(
        &self,
        context: &Self::Context,
        user_hash: &UserHash,
        user: &UserInteractions,
        is_continued: bool,
    ) -> Result<Vec<u8>, ApiError>;

    /// Writes one interaction of a user.
    ///
    /// # Errors
    /// Returns [`ApiError::Unexpected`] if the interaction cannot be serialised, for instance because its stored data is
    /// not JSON.
    fn interaction(&self, user: &UserInteractions, interaction: &Interaction) -> Result<Vec<u8>, ApiError>;
}

/// The JSON of a user, in parts: it can be cut after any interaction without being written again.
#[derive(Debug)]
pub(crate) struct WrittenUser {
    /// Everything before the first interaction.
    start: Vec<u8>,
    /// The interactions, with commas between them.
    interactions: Vec<u8>,
    /// Where each interaction ends.
    ends: Vec<usize>,
}

impl WrittenUser {
    /// Writes a user.
    ///
    /// # Errors
    /// Returns [`ApiError::Unexpected`] if the user or an interaction cannot be serialised.
    pub(crate) fn of<W: UserJson>(
        writer: &W,
        context: &W::Context,
        user_hash: &UserHash,
        user: &UserInteractions,
        is_continued: bool,
    ) -> Result<Self, ApiError> {
        let mut start = writer.user(context, user_hash, user, is_continued)?;
        if !start.ends_with(END) {
            return Err(ApiError::Unexpected("a user's JSON does not end with its interactions".into()));
        }
        start.truncate(start.len() - END.len());
        let (mut interactions, mut ends) = (Vec::new(), Vec::with_capacity(user.interactions.len()));
        for interaction in &user.interactions {
            if !interactions.is_empty() {
                interactions.push(b',');
            }
            interactions.extend(writer.interaction(user, interaction)?);
            ends.push(interactions.len());
        }
        Ok(Self { start, interactions, ends })
    }

    /// The number of bytes of the whole user.
    pub(crate) fn len(&self) -> usize {
        self.start.len() + self.interactions.len() + END.len()
    }

    /// Appends the user with its first interactions to a body, if that fits, and returns whether it did.
    pub(crate) fn push_to(&self, body: &mut ResponseBody, interactions: usize) -> bool {
        let end = interactions.checked_sub(1).map_or(0, |last| self.ends[last]);
        body.push_element(&[&self.start, &self.interactions[..end], END])
    }

    /// The number of interactions with which the user fits a body.
    pub(crate) fn fitting(&self, body: &ResponseBody) -> usize {
        let mut size = TextSize::of(b",") + TextSize::of(&self.start) + TextSize::of(END);
        let mut start = 0;
        let does_not_fit = |end: &usize| {
            size = size + TextSize::of(&self.interactions[start..*end]);
            start = *end;
            !body.fits(size)
        };
        self.ends.iter().position(does_not_fit).unwrap_or(self.ends.len())
    }
}
