//! Runs `view-ratings` on Lambda. What it does is in the library beside this file.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    puntos_runtime::run::<view_ratings::Function>().await
}
