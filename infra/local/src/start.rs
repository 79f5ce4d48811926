//! Starts a stack from a template: `assembly` puts the parts together, `demo` gives a new store its first
//! programme.

mod assembly;
mod demo;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use anyhow::Context;

use crate::functions::{Registry, registry};
use crate::stack::{Options, Stack};
use crate::wiring::Plan;
use crate::wiring::template::Template;

/// The template of the stack, as of the build.
pub const TEMPLATE: &str = include_str!("../../template.yaml");

/// Starts the project's stack, and stores the first programme in a new store.
///
/// # Errors
/// Fails if the template has unknown parts, the data cannot be opened or the port is in use.
pub async fn start(mut options: Options) -> anyhow::Result<Stack> {
    let (program, tap) = (options.program.take(), options.tap.take());
    let stack = assembly::start(project_plan()?, &registry(), options).await?;
    demo::seed(&stack, program).await.context("the programme to start with")?;
    stack.parts.open_for_business(tap);
    Ok(stack)
}

/// Returns the plan of the project's template, which is read once in a process.
fn project_plan() -> anyhow::Result<Plan> {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    if let Some(plan) = PLAN.get() {
        return Ok(plan.clone());
    }
    let plan = Plan::of(&Template::parse(TEMPLATE)?, &BTreeMap::new())?;
    Ok(PLAN.get_or_init(|| plan).clone())
}

/// Starts a stack from another template and other functions, with an empty table.
///
/// # Errors
/// Fails as [`start`] does.
pub async fn start_from(
    template: &str,
    registry: &Registry,
    mut options: Options,
) -> anyhow::Result<Stack> {
    let tap = options.tap.take();
    let plan = Plan::of(&Template::parse(template)?, &BTreeMap::new())?;
    let stack = assembly::start(plan, registry, options).await?;
    stack.parts.open_for_business(tap);
    Ok(stack)
}
