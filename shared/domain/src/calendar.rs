//! Local dates of the programme's time zone: when points become available and when they expire.
//!
//! Every boundary is the first instant of a local day, so it is right on nights when clocks change,
//! also where midnight itself is skipped.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// How long points live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Expiry {
    /// How many months, from 1 to 240.
    pub months: u16,
    /// Whether points expire at the end of their day or of that day's month.
    #[serde(default)]
    pub align: Align,
}

/// Where an expiry date is moved to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// The end of the day.
    Day,
    /// The end of the month: one lot a month, so that an account stays small.
    #[default]
    MonthEnd,
}

/// Returns the local date of an instant.
pub fn local_date(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}

/// Returns the first instant of a local day, saturating at the ends of time.
pub fn start_of_day(date: Date, zone: &TimeZone) -> Timestamp {
    date.to_zoned(zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// Returns the first instant of the local day that comes `days` after a date.
pub fn start_of_day_after(date: Date, days: u16, zone: &TimeZone) -> Timestamp {
    start_of_day(date.saturating_add(Span::new().days(days)), zone)
}

/// Returns the first instant at which points from this local date can no longer be used.
///
/// January 31 and one month is the end of February 28 (or 29).
pub fn expires_at(date: Date, expiry: Expiry, zone: &TimeZone) -> Timestamp {
    let last_day = date.saturating_add(Span::new().months(i32::from(expiry.months)));
    let last_day = match expiry.align {
        Align::Day => last_day,
        Align::MonthEnd => last_day.last_of_month(),
    };
    start_of_day_after(last_day, 1, zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expiry(date: &str, months: u16, align: Align, zone: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        expires_at(date.parse().unwrap(), Expiry { months, align }, &zone).to_string()
    }

    #[test]
    fn expiry_counts_local_months() {
        use Align::{Day, MonthEnd};
        let table = [
            ("2025-01-31", 1, Day, "Europe/Moscow", "2025-02-28T21:00:00Z"),
            ("2024-01-31", 1, Day, "Europe/Moscow", "2024-02-29T21:00:00Z"),
            ("2025-01-15", 12, MonthEnd, "Europe/Moscow", "2026-01-31T21:00:00Z"),
            ("2025-01-31", 12, MonthEnd, "Europe/Moscow", "2026-01-31T21:00:00Z"),
            ("2025-09-06", 12, Day, "America/Santiago", "2026-09-07T03:00:00Z"),
            // In Santiago the clocks skip midnight of 2025-09-07: the day starts at 01:00.
            ("2024-09-06", 12, Day, "America/Santiago", "2025-09-07T04:00:00Z"),
            ("2025-03-30", 6, Day, "Europe/Madrid", "2025-09-30T22:00:00Z"),
        ];
        for (date, months, align, zone, expected) in table {
            assert_eq!(expiry(date, months, align, zone), expected, "{date} + {months} {zone}");
        }
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        let zone = TimeZone::UTC;
        assert_eq!(
            expires_at(Date::MAX, Expiry { months: 240, align: Align::Day }, &zone),
            Timestamp::MAX,
        );
    }
}
