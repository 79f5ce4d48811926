//! The scenes in the contact centre: proof that it happened, and undoing it.

use anyhow::ensure;
use serde_json::json;

use super::cast::{Ana, BRANCH, Redemption};
use super::till::available;
use crate::stage::{Actor, Stage};

/// Proves by the key that the redemption happened.
pub(super) async fn prove_that_it_happened(
    stage: &mut Stage,
    redemption: &Redemption,
) -> anyhow::Result<()> {
    stage.step("Ana calls: did that really happen? The agent asks by the key.");
    let path = format!("/v1/redemptions/by-key/{}", redemption.key);
    let found = stage.get(&Actor::Agent, path).answers(200).await?;
    let redemption_id = found.text("/redemption_id")?;
    ensure!(
        redemption_id == redemption.redemption_id,
        "the key leads to another redemption, {redemption_id}"
    );
    stage.fact("it happened", &redemption_id);
    stage.fact("at", found.text("/created_at")?);
    stage.fact("coupon", found.text("/coupon/status")?);
    stage
        .get(&Actor::Agent, format!("/v1/redemptions/by-key/{}-never", redemption.key))
        .answers(404)
        .await?;
    stage.fact("a key never used", "404, provably nothing");
    Ok(())
}

/// Reverses the redemption with a reason.
pub(super) async fn reverse(
    stage: &mut Stage,
    ana: &Ana,
    redemption: &Redemption,
) -> anyhow::Result<()> {
    stage.step("The agent takes it back.");
    let before = available(stage, ana).await?;
    let answer = stage
        .post(&Actor::Agent, path_of(redemption))
        .key(format!("{}-reversal", redemption.key))
        .body(reason())
        .answers(201)
        .await?;
    let restored = answer.number("/points_restored")?;
    let after = available(stage, ana).await?;
    ensure!(
        restored == redemption.points_spent && after == before + restored,
        "{} points were spent and {restored} restored; the balance went from {before} to {after}",
        redemption.points_spent
    );
    stage.fact("points restored", restored);
    stage.fact("points expired", answer.number("/points_expired")?);
    stage.fact("coupon", answer.text("/coupon/status")?);
    stage.fact("points now", after);
    Ok(())
}

/// Reverses it a second time: nothing more may happen.
pub(super) async fn reverse_again(
    stage: &mut Stage,
    redemption: &Redemption,
) -> anyhow::Result<()> {
    stage.step("A second agent, on another screen, takes it back as well.");
    let answer = stage
        .post(&Actor::Agent, path_of(redemption))
        .key(format!("{}-second-reversal", redemption.key))
        .body(reason())
        .answers(200)
        .await?;
    ensure!(
        answer.number("/points_restored")? == redemption.points_spent
            && answer.text("/coupon/status")? == "cancelled",
        "the second reversal does not tell what the first did"
    );
    stage.fact("the same answer", "yes, nothing was restored twice");
    Ok(())
}

/// Tries to use the coupon that no longer counts.
pub(super) async fn try_the_cancelled_coupon(
    stage: &mut Stage,
    redemption: &Redemption,
) -> anyhow::Result<()> {
    stage.step("Somebody tries the coupon at the till all the same.");
    let refused = stage
        .post(&Actor::Till, format!("/v1/coupons/{}/use", redemption.code))
        .key(format!("{}-use", redemption.key))
        .body(json!({"branch": BRANCH, "invoice_number": format!("{}-use", redemption.key)}))
        .answers(409)
        .await?;
    let code = refused.text("/code")?;
    ensure!(code == "coupon_cancelled", "it was refused as {code}");
    stage.fact("refused", code);
    stage.fact("the till reads", refused.text("/detail")?);
    Ok(())
}

fn path_of(redemption: &Redemption) -> String {
    format!("/v1/redemptions/{}/reversal", redemption.redemption_id)
}

fn reason() -> serde_json::Value {
    json!({"reason": "Redeemed by accident at the till"})
}
