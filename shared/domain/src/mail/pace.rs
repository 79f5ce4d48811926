//! How fast the sweep requests mails again: as many as the account of SES may send, spread over some minutes.
//!
//! The spread is shorter than the time between two runs. So new mails find a free part of the rate, and the next
//! run finds only mails that were tried since.

/// The seconds over which the requests of one run are spread. SQS delays a message by 900 at most.
const SPREAD_S: u32 = 600;

/// The number of mail requests of one run, and their delays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    per_second: u32,
    most: u32,
}

impl Pace {
    /// The pace if SES does not say what the account may send: that of the SES sandbox.
    pub const SLOWEST: Self = Self { per_second: 1, most: SPREAD_S };

    /// Returns the pace of an account that may send so many mails a second, and so many more today.
    pub fn new(per_second: u32, left_today: Option<u32>) -> Self {
        let per_second = per_second.max(1);
        let most = per_second.saturating_mul(SPREAD_S);
        Self { per_second, most: left_today.map_or(most, |left| left.min(most)) }
    }

    /// Returns the delay of the request with this index, in seconds; `None` if the next run makes it.
    pub fn delay_s(&self, index: u32) -> Option<u32> {
        (index < self.most).then(|| index / self.per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_spread_as_the_account_may_send() {
        let table = [
            (Pace::new(14, None), 0, Some(0)),
            (Pace::new(14, None), 13, Some(0)),
            (Pace::new(14, None), 14, Some(1)),
            (Pace::new(14, None), 14 * 600 - 1, Some(599)),
            (Pace::new(14, None), 14 * 600, None),
            (Pace::new(14, Some(20)), 19, Some(1)),
            (Pace::new(14, Some(20)), 20, None),
            (Pace::new(14, Some(0)), 0, None),
            (Pace::new(14, Some(u32::MAX)), 14 * 600, None),
            (Pace::new(0, None), 7, Some(7)),
            (Pace::new(u32::MAX, None), u32::MAX - 1, Some(0)),
            (Pace::SLOWEST, 599, Some(599)),
            (Pace::SLOWEST, 600, None),
        ];
        for (pace, index, delay_s) in table {
            assert_eq!(pace.delay_s(index), delay_s, "{pace:?} at {index}");
        }
    }
}
