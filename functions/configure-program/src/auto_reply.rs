//! The settings of the automatic reply.

use puntos_api::Problem;
use puntos_api::auto_reply::AutoReplyPatch;
use puntos_domain::auto_reply::{AutoReplyRequest, AutoReplySettings};
use puntos_runtime::http::{Answer, Call, Failure};

use crate::ConfigureProgram;

pub(crate) async fn show(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    Ok(Answer::ok(call.store.auto_reply().await?.settings))
}

pub(crate) async fn replace(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let requested = call.request.body::<AutoReplyRequest>()?.checked()?;
    let settings = call.decide(|_| attempt(call, |_| Ok(requested.clone()))).await?;
    Ok(Answer::ok(settings))
}

pub(crate) async fn change(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let patch = call.request.body::<AutoReplyPatch>()?;
    let settings = call.decide(|_| attempt(call, |before| patch.applied(before))).await?;
    Ok(Answer::ok(settings))
}

async fn attempt(
    call: &Call,
    asked: impl Fn(&AutoReplySettings) -> Result<AutoReplySettings, Problem>,
) -> Result<Option<AutoReplySettings>, Failure> {
    let before = call.store.auto_reply().await?;
    let settings = asked(&before.settings)?.following(&before.settings, call.now);
    let is_same = before.version > 0 && settings == before.settings;
    let is_done = is_same || call.store.put_auto_reply(&before, &settings, &call.stamp()?).await?;
    Ok(is_done.then_some(settings))
}
