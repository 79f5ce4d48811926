//! The keys of what a stack has once besides its programme.

use super::Key;

impl Key {
    /// The settings of the automatic reply.
    pub fn auto_reply_settings() -> Self {
        Self::new("settings", "auto-reply")
    }

    /// The key of signed tokens.
    pub fn token_key() -> Self {
        Self::new("settings", "token-key")
    }
}
