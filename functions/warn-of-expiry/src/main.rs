//! Runs `warn-of-expiry` on Lambda. What it does is in the library beside this file.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    puntos_runtime::run::<warn_of_expiry::Function>().await
}
