//! Who looks at a rating. An agent counts as a viewer for a minute after they said so, so nothing has to be
//! released.

use jiff::Timestamp;

use super::Rating;

/// The most viewers that are kept.
pub const VIEWERS_MAX: usize = 10;
/// For how long an agent counts as a viewer.
const VIEWING_SECONDS: i64 = 60;

/// An agent who looks at a rating.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The subject of their token.
    pub subject: String,
    /// The name that colleagues see.
    pub name: String,
    /// Since when, in whole seconds.
    pub since: Timestamp,
    /// Until when, unless they say again that they look at it.
    pub until: Timestamp,
}

impl Rating {
    /// Returns who looks at it at an instant, in the order in which they came.
    pub fn viewers_at(&self, now: Timestamp) -> impl Iterator<Item = &Viewer> {
        self.viewers.iter().filter(move |viewer| viewer.until > now)
    }

    /// Records that an agent looks at it. If there are too many viewers, the one who came first leaves.
    #[must_use]
    pub fn viewed_by(mut self, subject: &str, name: &str, now: Timestamp) -> Self {
        let at = |second| Timestamp::from_second(second).unwrap_or(now);
        let (since, until) = (at(now.as_second()), at(now.as_second() + VIEWING_SECONDS));
        self.viewers.retain(|viewer| viewer.until > now);
        match self.viewers.iter_mut().find(|viewer| viewer.subject == subject) {
            Some(known) => {
                known.name = name.to_owned();
                known.until = until;
            }
            None => {
                if self.viewers.len() >= VIEWERS_MAX {
                    self.viewers.remove(0);
                }
                let (subject, name) = (subject.to_owned(), name.to_owned());
                self.viewers.push(Viewer { subject, name, since, until });
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rating::tests::rating;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_760_000_000 + second).unwrap()
    }

    fn seen(rating: &Rating, second: i64) -> Vec<(&str, i64)> {
        let since = |viewer: &Viewer| viewer.since.as_second() - 1_760_000_000;
        rating.viewers_at(at(second)).map(|one| (one.name.as_str(), since(one))).collect()
    }

    #[test]
    fn an_agent_stays_for_a_minute_after_the_last_word() {
        let rating = rating(3, None).viewed_by("s1", "Anna", at(0)).viewed_by("s2", "s2", at(10));
        assert_eq!(seen(&rating, 59), [("Anna", 0), ("s2", 10)]);
        assert_eq!(seen(&rating, 60), [("s2", 10)]);
        let again = rating.clone().viewed_by("s1", "Anna B", at(50));
        assert_eq!(seen(&again, 69), [("Anna B", 0), ("s2", 10)]);
        assert_eq!(seen(&again, 109), [("Anna B", 0)]);
        // Who was gone comes anew, and what is over is not kept.
        let back = rating.viewed_by("s1", "Anna", at(90));
        assert_eq!((seen(&back, 90), back.viewers.len()), (vec![("Anna", 90)], 1));
    }

    #[test]
    fn the_newest_viewers_are_kept() {
        let most = i64::try_from(VIEWERS_MAX).unwrap();
        let rating = (0..=most).fold(rating(3, None), |rating, number| {
            rating.viewed_by(&number.to_string(), &number.to_string(), at(number))
        });
        assert_eq!(rating.viewers.len(), VIEWERS_MAX);
        assert_eq!(seen(&rating, most)[0], ("1", 1));
    }
}
