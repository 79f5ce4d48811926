//! How many points an agent may give or take without a supervisor.

use crate::program::AgentLimits;

/// The points are above the limits for agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("above the programme's limits for agents: a supervisor is needed")]
pub struct AboveLimits;

/// Returns the daily limit that applies to these points; `None` for a supervisor, who has no limits. Only the
/// commit knows what the agent gave that day, so it checks the sum.
///
/// # Errors
/// Refuses points above the limit of one call or of one day.
pub fn day_limit(
    points: i64,
    limits: AgentLimits,
    is_supervisor: bool,
) -> Result<Option<i64>, AboveLimits> {
    if is_supervisor {
        return Ok(None);
    }
    if points.abs() > limits.points_per_call.min(limits.points_per_day) {
        return Err(AboveLimits);
    }
    Ok(Some(limits.points_per_day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_has_limits_and_a_supervisor_none() {
        let limits =
            |points_per_call, points_per_day| AgentLimits { points_per_call, points_per_day };
        for (points, limits, is_supervisor, expected) in [
            (10, limits(10, 100), false, Ok(Some(100))),
            (-10, limits(10, 100), false, Ok(Some(100))),
            (11, limits(10, 100), false, Err(AboveLimits)),
            (-11, limits(10, 100), false, Err(AboveLimits)),
            (11, limits(100, 10), false, Err(AboveLimits)),
            (11, limits(10, 10), true, Ok(None)),
        ] {
            assert_eq!(day_limit(points, limits, is_supervisor), expected, "{points} {limits:?}");
        }
    }
}
