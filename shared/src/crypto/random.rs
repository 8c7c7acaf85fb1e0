//! Random bytes.

use aws_lc_rs::rand;

/// Random bytes from the operating system's generator.
///
/// # Panics
/// Panics if the operating system cannot provide random bytes: nothing safe can be done without them.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the system's random generator");
    bytes
}
