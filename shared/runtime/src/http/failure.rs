//! Why a call fails: it is refused, or the table does not answer.

use puntos_api::Problem;
use puntos_domain::field::FieldError;
use puntos_store::StoreError;

use crate::queue::NotQueued;

/// Why a call fails.
#[derive(Debug)]
pub enum Failure {
    /// The request is refused.
    Refused(Problem),
    /// The table or a queue did not answer, or not as expected.
    Store(StoreError),
}

impl Failure {
    /// Returns the problem for the caller. Logs what a person must look at.
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Refused(problem) => problem,
            Self::Store(error) => problem_of(error),
        }
    }

    /// Returns another refusal in place of this one. An outage stays one.
    #[must_use]
    pub fn refused_as(self, problem: Problem) -> Self {
        match self {
            Self::Refused(_) => Self::Refused(problem),
            Self::Store(error) => Self::Store(error),
        }
    }

    /// Returns that the key is used, where it is and the request is refused: the first request of the key named
    /// things that existed. An outage stays one.
    pub async fn unless_key_used(
        self,
        is_used: impl Future<Output = Result<bool, StoreError>>,
    ) -> Self {
        let Self::Refused(problem) = self else { return self };
        match is_used.await {
            Ok(true) => Problem::key_reused().into(),
            Ok(false) => problem.into(),
            Err(error) => error.into(),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotQueued> for Failure {
    fn from(error: NotQueued) -> Self {
        Self::Store(StoreError::unavailable(error))
    }
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Vec<FieldError>> for Failure {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Refused(errors.into())
    }
}

fn problem_of(error: StoreError) -> Problem {
    match error {
        StoreError::Throttled => Problem::throttled("too many at once: try again", 1),
        StoreError::Busy => {
            Problem::new(503, "try_again", "other requests came first: try again with the same key")
        }
        StoreError::OutOfTime => {
            Problem::new(503, "try_again", "the time is over: try again with the same key")
        }
        StoreError::Unavailable(_) => {
            tracing::error!(error = error.chain(), "a service failed");
            Problem::new(
                503,
                "unavailable",
                "nothing is known to have been written: try again with the same key",
            )
        }
        StoreError::BadCursor => {
            Problem::new(400, "cursor_mismatch", "this cursor belongs to another list or filter")
        }
        StoreError::Corrupt { .. } => {
            tracing::error!(error = error.chain(), "an item cannot be read");
            Problem::new(500, "internal_error", "an item of the store cannot be read")
        }
    }
}
