//! Starts a stack from a template: `assembly` puts the parts together, `demo` gives a new store its first
//! programme.

mod assembly;
mod demo;

use anyhow::Context;

use crate::functions::{Registry, registry};
use crate::stack::{Options, Stack};

/// The template of the stack, as of the build.
pub const TEMPLATE: &str = include_str!("../../template.yaml");

/// Starts the project's stack, and stores the first programme in a new store.
///
/// # Errors
/// Fails if the template has unknown parts, the data cannot be opened or the port is in use.
pub async fn start(mut options: Options) -> anyhow::Result<Stack> {
    let (program, tap) = (options.program.take(), options.tap.take());
    let stack = assembly::start(TEMPLATE, &registry(), options).await?;
    demo::seed(&stack, program).await.context("the programme to start with")?;
    stack.parts.open_for_business(tap);
    Ok(stack)
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
    let stack = assembly::start(template, registry, options).await?;
    stack.parts.open_for_business(tap);
    Ok(stack)
}
