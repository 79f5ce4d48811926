//! The period that a list, a summary or a statement covers: between local days or instants.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use puntos_domain::calendar::{local_date, start_of_day};

use crate::Problem;

/// The requested bounds of a period, as the query has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    from: Option<Bound>,
    to: Option<Bound>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    /// A whole local day.
    Day(Date),
    /// An instant: the start, or the excluded end.
    Instant(Timestamp),
}

impl Period {
    /// Returns the bounds in the query.
    ///
    /// # Errors
    /// Refuses what is neither a date nor an instant.
    pub fn of<'a>(query: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Problem> {
        let bound = |name| query(name).map(|text| bound_of(name, text)).transpose();
        Ok(Self { from: bound("from")?, to: bound("to")? })
    }

    /// Returns whether their instants depend on the programme's time zone.
    pub fn need_zone(&self) -> bool {
        [self.from, self.to].into_iter().flatten().any(|bound| matches!(bound, Bound::Day(_)))
    }

    /// Returns them as instants: the first is included, the last is excluded.
    ///
    /// # Errors
    /// Refuses an end that is not after the start.
    pub fn instants(
        &self,
        zone: &TimeZone,
    ) -> Result<(Option<Timestamp>, Option<Timestamp>), Problem> {
        let from = self.from.map(|bound| match bound {
            Bound::Day(day) => start_of_day(day, zone),
            Bound::Instant(at) => at,
        });
        let until = self.to.map(|bound| match bound {
            Bound::Day(day) => start_of_day(day.tomorrow().unwrap_or(Date::MAX), zone),
            Bound::Instant(at) => at,
        });
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            return Err(Problem::invalid_field("to", "must be after from"));
        }
        Ok((from, until))
    }

    /// Returns them as local days, both included. Instants widen to their whole day.
    ///
    /// # Errors
    /// Refuses an end that is not after the start.
    pub fn days(&self, zone: &TimeZone) -> Result<(Option<Date>, Option<Date>), Problem> {
        let from = self.from.map(|bound| match bound {
            Bound::Day(day) => day,
            Bound::Instant(at) => local_date(at, zone),
        });
        let to = self.to.map(|bound| match bound {
            Bound::Day(day) => day,
            // The instant itself is excluded. If it is midnight, the day before is the last.
            Bound::Instant(at) => {
                local_date(at.checked_sub(Span::new().microseconds(1)).unwrap_or(at), zone)
            }
        });
        self.instants(zone)?;
        Ok((from, to))
    }
}

fn bound_of(name: &str, text: &str) -> Result<Bound, Problem> {
    if let Ok(at) = text.parse() {
        return Ok(Bound::Instant(at));
    }
    // A date of the proleptic calendar without a time is never longer.
    let day = text.parse().ok().filter(|_| text.len() == "2026-03-14".len());
    day.map(Bound::Day).ok_or_else(|| {
        Problem::invalid_field(name, "must be a date, YYYY-MM-DD, or an instant of RFC 3339")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: &str, to: &str) -> Period {
        let bound = |name, text: &str| (!text.is_empty()).then(|| bound_of(name, text).unwrap());
        Period { from: bound("from", from), to: bound("to", to) }
    }

    fn shown<T: ToString>(bound: Option<T>) -> String {
        bound.map(|bound| bound.to_string()).unwrap_or_default()
    }

    #[test]
    fn days_are_the_programmes_own() {
        // In Santiago the clocks skip midnight of 2025-09-07: the day starts at 01:00.
        let table = [
            (
                "Europe/Moscow",
                "2026-03-14",
                "2026-03-14",
                "2026-03-13T21:00:00Z",
                "2026-03-14T21:00:00Z",
            ),
            (
                "America/Santiago",
                "2025-09-07",
                "2025-09-07",
                "2025-09-07T04:00:00Z",
                "2025-09-08T03:00:00Z",
            ),
            ("Europe/Moscow", "2026-03-14T10:00:00+03:00", "", "2026-03-14T07:00:00Z", ""),
            ("Europe/Moscow", "", "2026-03-14", "", "2026-03-14T21:00:00Z"),
        ];
        for (zone, from, to, first, end) in table {
            let zone = TimeZone::get(zone).unwrap();
            let (found, until) = period(from, to).instants(&zone).unwrap();
            assert_eq!(
                (shown(found), shown(until)),
                (first.to_owned(), end.to_owned()),
                "{from} {to}"
            );
        }
    }

    #[test]
    fn instants_widen_to_whole_days() {
        let zone = TimeZone::get("Europe/Moscow").unwrap();
        let table = [
            ("2026-03-14", "2026-03-15", "2026-03-14", "2026-03-15"),
            ("2026-03-13T21:00:00Z", "2026-03-14T21:00:00Z", "2026-03-14", "2026-03-14"),
            ("2026-03-13T20:59:59Z", "2026-03-14T21:00:00.000001Z", "2026-03-13", "2026-03-15"),
            // The range may be long: the store limits how many days it reads.
            ("0001-01-01", "2100-12-31", "0001-01-01", "2100-12-31"),
            ("", "", "", ""),
        ];
        for (from, to, first, last) in table {
            let (found, until) = period(from, to).days(&zone).unwrap();
            assert_eq!(
                (shown(found), shown(until)),
                (first.to_owned(), last.to_owned()),
                "{from} {to}"
            );
        }
        assert!(period("2026-03-15", "2026-03-14").days(&zone).is_err());
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for bad in [
            "yesterday",
            "2026-02-30",
            "2026-3-1",
            "2026-03-14T10:00",
            "20260314",
            "🛒",
            "2026-03-14 ",
        ] {
            assert!(bound_of("from", bad).is_err(), "{bad}");
        }
    }
}
