//! The functions that the local stack can run, by the names of their folders.
//!
//! The template decides which of them run. The stack does not start where the template names a function
//! that is not here.

pub(crate) mod local;

use std::collections::BTreeMap;

use puntos_api::Route;
use puntos_runtime::{Environment, Function, Handler, StartError, in_process};

/// Builds a function from its environment.
pub type Build = fn(Environment) -> Result<Handler, StartError>;

/// Functions by the names of their folders.
pub type Registry = BTreeMap<&'static str, Build>;

macro_rules! functions {
    ($($name:literal => $function:ty),+ $(,)?) => {
        /// Returns the functions of this project.
        pub fn registry() -> Registry {
            Registry::from([$(($name, in_process::<$function> as Build)),+])
        }

        /// Returns the routes of each function of this project.
        pub fn routes() -> BTreeMap<&'static str, &'static [&'static Route]> {
            BTreeMap::from([$(($name, <$function as Function>::ROUTES)),+])
        }
    };
}

functions! {
    "accrue-points" => accrue_points::Function,
    "adjust-points" => adjust_points::Function,
    "admit-members" => admit_members::Function,
    "answer-rating" => answer_rating::Function,
    "configure-program" => configure_program::Function,
    "describe-api" => describe_api::Function,
    "find-failures" => find_failures::Function,
    "generate-tasks" => generate_tasks::Function,
    "handle-bounce" => handle_bounce::Function,
    "invite-to-rate" => invite_to_rate::Function,
    "manage-emails" => manage_emails::Function,
    "manage-members" => manage_members::Function,
    "redeem" => redeem::Function,
    "relay-changes" => relay_changes::Function,
    "release-auto-replies" => release_auto_replies::Function,
    "rerate-purchases" => rerate_purchases::Function,
    "reverse-redemption" => reverse_redemption::Function,
    "run-reports" => run_reports::Function,
    "score-rating" => score_rating::Function,
    "send-coupon-email" => send_coupon_email::Function,
    "serve-pages" => serve_pages::Function,
    "sweep-unsent" => sweep_unsent::Function,
    "track-claims" => track_claims::Function,
    "track-orders" => track_orders::Function,
    "update-sign-ins" => update_sign_ins::Function,
    "use-coupon" => use_coupon::Function,
    "view-member" => view_member::Function,
    "view-ratings" => view_ratings::Function,
    "warn-of-expiry" => warn_of_expiry::Function,
    "work-tasks" => work_tasks::Function,
}
