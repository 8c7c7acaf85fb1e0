//! Estimates: how much of the users makes up so many bytes. Floats will do, as nothing but the size of a page depends on
//! them.

/// What one number is of another.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(crate) fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// A number times a factor.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate")]
pub(crate) fn scaled(number: usize, factor: f64) -> usize {
    (number as f64 * factor) as usize
}

/// What a width is of all places.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(crate) fn share_of(width: u128) -> f64 {
    width as f64 / u128::MAX as f64
}

/// The width of a share of all places.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate")]
pub(crate) fn width_of(share: f64) -> u128 {
    (share * u128::MAX as f64) as u128
}
