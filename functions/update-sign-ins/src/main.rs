//! Runs `update-sign-ins` on Lambda. What it does is in the library beside this file.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    puntos_runtime::run::<update_sign_ins::Function>().await
}
