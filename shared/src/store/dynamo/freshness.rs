//! [`Freshness`]: whether a read must see the latest writes.

/// Whether a read must see the latest writes. An eventually consistent read costs half (DynamoDB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It sees every write that was acknowledged.
    Consistent,
    /// It may miss the last second or so.
    Eventual,
}
