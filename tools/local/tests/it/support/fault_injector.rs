//! The fault injector of the sandbox.

pub(crate) use sandbox::fault_injector::{Fault, FaultInjector, TableRequest};
