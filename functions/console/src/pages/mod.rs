//! The pages, one file for each section of the navigation.

pub(crate) mod campaigns;
pub(crate) mod conversations;
pub(crate) mod home;
pub(crate) mod identity;
pub(crate) mod people;
