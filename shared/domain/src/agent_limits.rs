//! How many points an agent may give or take, and of what worth gifts may be, without a supervisor.

use crate::points::Points;
use crate::program::AgentLimits;

/// The points or the worth are above the limits for agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("above the programme's limits for agents: a supervisor is needed")]
pub struct AboveLimits;

/// Returns the daily limit that applies to these points; `None` for a supervisor, who has no limits. Only the
/// commit knows what the agent gave that day, so it checks the sum.
///
/// # Errors
/// Refuses points above the limit of one call or of one day.
pub fn day_limit(
    points: Points,
    limits: AgentLimits,
    is_supervisor: bool,
) -> Result<Option<Points>, AboveLimits> {
    within(points.abs(), (limits.points_per_call, limits.points_per_day), is_supervisor)
}

/// Returns the daily limit that applies to a gift of this worth, as [`day_limit`] does for points.
///
/// # Errors
/// Refuses a worth above the limit of one call or of one day.
pub fn worth_day_limit(
    worth_minor: i64,
    limits: AgentLimits,
    is_supervisor: bool,
) -> Result<Option<i64>, AboveLimits> {
    within(worth_minor, (limits.worth_per_call, limits.worth_per_day), is_supervisor)
}

fn within<T: Ord + Copy>(
    size: T,
    (per_call, per_day): (T, T),
    is_supervisor: bool,
) -> Result<Option<T>, AboveLimits> {
    if is_supervisor {
        return Ok(None);
    }
    if size > per_call.min(per_day) {
        return Err(AboveLimits);
    }
    Ok(Some(per_day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_has_limits_and_a_supervisor_none() {
        for (size, per_call, per_day, is_supervisor, expected) in [
            (10, 10, 100, false, Ok(Some(100))),
            (11, 10, 100, false, Err(AboveLimits)),
            (11, 100, 10, false, Err(AboveLimits)),
            (11, 10, 10, true, Ok(None)),
        ] {
            let [size_points, call_points, day_points] = [size, per_call, per_day].map(Points::new);
            let expected_points = expected.map(|limit| limit.map(Points::new));
            let points = AgentLimits {
                points_per_call: call_points,
                points_per_day: day_points,
                worth_per_call: 0,
                worth_per_day: 0,
            };
            assert_eq!(
                day_limit(size_points, points, is_supervisor),
                expected_points,
                "{size} {points:?}"
            );
            assert_eq!(
                day_limit(-size_points, points, is_supervisor),
                expected_points,
                "-{size} {points:?}"
            );
            let worth = AgentLimits {
                points_per_call: Points::ZERO,
                points_per_day: Points::ZERO,
                worth_per_call: per_call,
                worth_per_day: per_day,
            };
            assert_eq!(worth_day_limit(size, worth, is_supervisor), expected, "{size} {worth:?}");
        }
    }
}
