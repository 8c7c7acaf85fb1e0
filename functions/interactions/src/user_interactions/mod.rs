//! `GET /api/user-interactions` and `GET /public/api/user-interactions`.

pub(crate) mod by_record;
pub(crate) mod by_user;
pub(crate) mod format;
pub(crate) mod query;
pub(crate) mod respond;
