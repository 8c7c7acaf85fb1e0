//! Values that were read and checked: all of them, or a sentence for each one that is wrong.

use crate::http::field_errors::FieldErrors;

/// A value, or the sentences about the fields that it was read from.
pub type Checked<T> = Result<T, FieldErrors>;

/// Joins a tuple of [`Checked`] values, so that "nothing is wrong" and "every value exists" are one fact.
///
/// ```
/// use shared::http::{All as _, Checked, field_error};
///
/// let (name, size): (Checked<&str>, Checked<u8>) = (Ok("a"), Ok(1));
/// assert_eq!((name, size).all(), Ok(("a", 1)));
///
/// let wrong = (Checked::<u8>::Err(field_error("a", "No.")), Checked::<u8>::Err(field_error("b", "No.")));
/// assert_eq!(wrong.all().unwrap_err().len(), 2);
/// ```
pub trait All {
    /// The tuple of values.
    type Values;

    /// Joins the values.
    ///
    /// # Errors
    /// Returns the [`FieldErrors`] of every value that has some.
    fn all(self) -> Checked<Self::Values>;
}

macro_rules! all {
    ($($Type:ident $value:ident),+) => {
        impl<$($Type),+> All for ($(Checked<$Type>,)+) {
            type Values = ($($Type,)+);

            fn all(self) -> Checked<Self::Values> {
                match self {
                    ($(Ok($value),)+) => Ok(($($value,)+)),
                    ($($value,)+) => {
                        let mut errors = FieldErrors::new();
                        $(merge(&mut errors, $value.err().unwrap_or_default());)+
                        Err(errors)
                    }
                }
            }
        }
    };
}

all!(A a, B b);
all!(A a, B b, C c);
all!(A a, B b, C c, D d);
all!(A a, B b, C c, D d, E e);
all!(A a, B b, C c, D d, E e, F f);
all!(A a, B b, C c, D d, E e, F f, G g);

/// Collects the errors of values that are read one after the other, where a later check still needs the earlier ones.
#[derive(Debug, Default)]
pub struct ErrorCollector(FieldErrors);

impl FromIterator<(String, String)> for ErrorCollector {
    /// Collects sentences, each with the path of its field.
    fn from_iter<I: IntoIterator<Item = (String, String)>>(sentences: I) -> Self {
        let mut errors = Self::default();
        for (path, sentence) in sentences {
            errors.note(path, sentence);
        }
        errors
    }
}

impl ErrorCollector {
    /// Notes a sentence about a field.
    pub fn note(&mut self, path: impl Into<String>, sentence: impl Into<String>) {
        self.0.entry(path.into()).or_default().push(sentence.into());
    }

    /// Notes the errors of a value, or gives the value.
    pub fn keep<T>(&mut self, read: Checked<T>) -> Option<T> {
        read.map_err(|errors| merge(&mut self.0, errors)).ok()
    }

    /// The errors that were noted.
    #[must_use]
    pub fn into_errors(self) -> FieldErrors {
        self.0
    }

    /// Ends the reading with what the values make up.
    ///
    /// # Errors
    /// Returns the [`FieldErrors`] that were noted, and those of `last`.
    pub fn finish<T>(mut self, last: Checked<T>) -> Checked<T> {
        match last {
            Ok(value) if self.0.is_empty() => Ok(value),
            last => {
                self.keep(last);
                Err(self.0)
            }
        }
    }
}

fn merge(errors: &mut FieldErrors, more: FieldErrors) {
    for (path, sentences) in more {
        errors.entry(path).or_default().extend(sentences);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::field_errors::field_error;

    #[test]
    fn a_collector_ends_in_the_value_or_in_every_error() {
        let mut errors = ErrorCollector::default();
        assert_eq!(errors.keep(Ok(7)), Some(7));
        assert_eq!(errors.finish(Ok("all")), Ok("all"));

        let mut errors = ErrorCollector::default();
        errors.note("a", "One.");
        assert_eq!(errors.keep(Checked::<u8>::Err(field_error("a", "Two."))), None);
        let all = errors.finish(Checked::<u8>::Err(field_error("b", "Three."))).unwrap_err();
        let expected =
            [("a".to_owned(), vec!["One.".to_owned(), "Two.".to_owned()]), ("b".to_owned(), vec!["Three.".to_owned()])];
        assert_eq!(all, FieldErrors::from(expected));

        let mut errors = ErrorCollector::default();
        errors.note("a", "One.");
        assert_eq!(errors.finish(Ok(7)), Err(field_error("a", "One.")));
    }
}
