//! Rounds of measurements, and their medians.

use anyhow::Result;

/// Runs one round that is not measured, then `rounds` measured ones, and returns the median of each value.
///
/// The first round opens connections and fills caches. The values of one round are measured in turns, so that other load
/// on the machine affects all of them. `round` receives the number of its round, which starts at 0.
///
/// # Errors
/// Returns the first error of `round`.
///
/// # Panics
/// Panics if `rounds` is 0.
pub async fn medians<const N: usize>(
    rounds: u16,
    mut round: impl AsyncFnMut(u16) -> Result<[f64; N]>,
) -> Result<[f64; N]> {
    let mut samples = [const { Vec::new() }; N];
    for number in 0..=rounds {
        let values = round(number).await?;
        if number > 0 {
            samples.iter_mut().zip(values).for_each(|(samples, value)| samples.push(value));
        }
    }
    Ok(samples.map(median))
}

/// The middle value, or the higher of the two middle values.
///
/// # Panics
/// Panics if there are no values.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_value_or_the_higher_one_of_two() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]).to_bits(), 3.0_f64.to_bits());
    }
}
