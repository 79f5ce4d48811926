//! The functions that the local stack can run, by the names of their folders.
//!
//! The template decides which of them run. The stack does not start where the template names a function
//! that is not here.

pub(crate) mod local;

use std::collections::BTreeMap;

use puntos_runtime::{Environment, Handler, StartError, in_process};

/// Builds a function from its environment.
pub type Build = fn(Environment) -> Result<Handler, StartError>;

/// Functions by the names of their folders.
pub type Registry = BTreeMap<&'static str, Build>;

/// Returns the functions of this project.
pub fn registry() -> Registry {
    Registry::from([
        ("accrue-points", in_process::<accrue_points::Function> as Build),
        ("adjust-points", in_process::<adjust_points::Function>),
        ("answer-rating", in_process::<answer_rating::Function>),
        ("configure-program", in_process::<configure_program::Function>),
        ("describe-api", in_process::<describe_api::Function>),
        ("find-failures", in_process::<find_failures::Function>),
        ("generate-tasks", in_process::<generate_tasks::Function>),
        ("handle-bounce", in_process::<handle_bounce::Function>),
        ("manage-emails", in_process::<manage_emails::Function>),
        ("manage-members", in_process::<manage_members::Function>),
        ("redeem", in_process::<redeem::Function>),
        ("relay-changes", in_process::<relay_changes::Function>),
        ("release-auto-replies", in_process::<release_auto_replies::Function>),
        ("reverse-redemption", in_process::<reverse_redemption::Function>),
        ("score-rating", in_process::<score_rating::Function>),
        ("send-coupon-email", in_process::<send_coupon_email::Function>),
        ("sweep-unsent", in_process::<sweep_unsent::Function>),
        ("track-claims", in_process::<track_claims::Function>),
        ("track-orders", in_process::<track_orders::Function>),
        ("use-coupon", in_process::<use_coupon::Function>),
        ("view-member", in_process::<view_member::Function>),
        ("view-ratings", in_process::<view_ratings::Function>),
        ("work-tasks", in_process::<work_tasks::Function>),
    ])
}
