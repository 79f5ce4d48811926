//! The model's own calendar: seconds since 1970, in UTC, with months counted by hand.

/// The seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// Midnight of 2024-01-01, from which months are counted.
const EPOCH: i64 = 1_704_067_200;
/// The days of the months of four years, of which the first is a leap year.
const MONTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Returns the first instant of the day that is `days` after the day of an instant.
pub(super) fn midnight_after(second: i64, days: i64) -> i64 {
    (second.div_euclid(DAY) + days) * DAY
}

/// Returns the first instant after the end of the next month: points live one month, to its end.
pub(super) fn end_of_next_month(second: i64) -> i64 {
    assert!(second >= EPOCH, "the model's calendar begins in 2024");
    let mut end = EPOCH;
    let mut month = 0;
    while end <= second {
        end += days_of(month) * DAY;
        month += 1;
    }
    end + days_of(month) * DAY
}

/// Returns the day one month after a day, or the month's last day if it has no such day. Days since 1970.
pub(super) fn month_after(day: i64) -> i64 {
    let mut first = EPOCH / DAY;
    let mut month = 0;
    while first + days_of(month) <= day {
        first += days_of(month);
        month += 1;
    }
    first + days_of(month) + (day - first).min(days_of(month + 1) - 1)
}

fn days_of(month: usize) -> i64 {
    let leap_day = i64::from(month % 48 == 1);
    MONTHS[month % 12] + leap_day
}

#[test]
fn months_are_counted_across_a_leap_day() {
    let table = [
        // 2024-01-31T23:59:59Z → 2024-03-01.
        (1_706_745_599, 1_709_251_200),
        // 2024-02-01T00:00:00Z → 2024-04-01.
        (1_706_745_600, 1_711_929_600),
        // 2027-12-15T12:00:00Z → 2028-02-01.
        (1_828_872_000, 1_832_976_000),
        // 2028-01-15T12:00:00Z → 2028-03-01: a leap day.
        (1_831_550_400, 1_835_481_600),
    ];
    for (second, expected) in table {
        assert_eq!(end_of_next_month(second), expected, "{second}");
    }
}

#[test]
fn a_month_after_the_last_day_is_a_last_day() {
    // 2025-01-20 → 2025-02-20, and 2025-01-31 → 2025-02-28.
    for (day, expected) in [(20_108, 20_139), (20_119, 20_147)] {
        assert_eq!(month_after(day), expected, "{day}");
    }
}
