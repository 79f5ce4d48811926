//! The one signal that tells every part of the stack to stop.

use tokio::sync::watch;

/// Sends the signal; dropping it sends it too.
pub(crate) struct ShutdownSender(watch::Sender<bool>);

/// Receives the signal.
#[derive(Clone)]
pub(crate) struct Shutdown(watch::Receiver<bool>);

/// Returns both ends.
pub(crate) fn channel() -> (ShutdownSender, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (ShutdownSender(sender), Shutdown(receiver))
}

impl ShutdownSender {
    /// Tells everything to stop.
    pub(crate) fn send(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// Returns whether the stack is to stop.
    pub(crate) fn requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits until the stack is to stop.
    pub(crate) async fn wait(&mut self) {
        // An error says that the sender is gone, which asks for the same.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}
