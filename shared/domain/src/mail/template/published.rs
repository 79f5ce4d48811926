//! Every published revision of every mail, compiled in.
//!
//! A published file is never edited, because mails that were sent with it are rendered again when they are
//! read. `templates/SHA256SUMS` guards every file. To change a mail, copy its folder to the next number,
//! change it there, add it here and to the sums, and raise `MailKind::revision`.

use crate::language::Language;
use crate::mail::MailKind;

/// The three templates of one mail in one language.
pub(super) struct Published {
    pub(super) subject: &'static str,
    pub(super) text: &'static str,
    pub(super) html: &'static str,
}

macro_rules! published {
    ($folder:literal, $language:expr) => {
        match $language {
            Language::Es => published!(in $folder, "es"),
            Language::En => published!(in $folder, "en"),
            Language::Pt => published!(in $folder, "pt"),
            Language::Ru => published!(in $folder, "ru"),
        }
    };
    (in $folder:literal, $language:literal) => {
        Published {
            subject: published!(file concat!($folder, $language, ".subject.txt")),
            text: published!(file concat!($folder, $language, ".txt")),
            html: published!(file concat!($folder, $language, ".html")),
        }
    };
    (file $path:expr) => {
        include_str!(concat!("../../../templates/", $path))
    };
}

/// Returns the templates of a revision, if it was published.
pub(super) fn find(kind: MailKind, revision: u32, language: Language) -> Option<Published> {
    match (kind, revision) {
        (MailKind::Coupon, 1) => Some(published!("coupon/1/", language)),
        (MailKind::Reversal, 1) => Some(published!("reversal/1/", language)),
        (MailKind::Reply, 1) => Some(published!("reply/1/", language)),
        (MailKind::Reply, 2) => Some(published!("reply/2/", language)),
        (MailKind::AutoReply, 1) => Some(published!("auto_reply/1/", language)),
        (MailKind::AutoReply, 2) => Some(published!("auto_reply/2/", language)),
        (MailKind::Gift, 1) => Some(published!("gift/1/", language)),
        (MailKind::Gift, 2) => Some(published!("gift/2/", language)),
        (MailKind::ExpiryWarning, 1) => Some(published!("expiry_warning/1/", language)),
        (MailKind::Claim, 1) => Some(published!("claim/1/", language)),
        (MailKind::Claim, 2) => Some(published!("claim/2/", language)),
        (MailKind::Claim, 3) => Some(published!("claim/3/", language)),
        (MailKind::Claim, 4) => Some(published!("claim/4/", language)),
        (MailKind::Rerate, 1) => Some(published!("rerate/1/", language)),
        (MailKind::Invitation, 1) => Some(published!("invitation/1/", language)),
        (MailKind::EmailConfirmation, 1) => Some(published!("email_confirmation/1/", language)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sha2::{Digest, Sha256};

    use super::find;
    use crate::language::Language;
    use crate::mail::MailKind;

    /// The fingerprints of the published files, as `sha256sum` writes them.
    const SUMS: &str = include_str!("../../../templates/SHA256SUMS");

    fn sha256(text: &str) -> String {
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn published_files() -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for kind in MailKind::ALL.iter().copied() {
            for revision in 1..=kind.revision() {
                for language in Language::ALL {
                    let published = find(kind, revision, language).expect("a published revision");
                    let name = format!("{}/{revision}/{}", kind.name(), language.code());
                    files.insert(format!("{name}.subject.txt"), sha256(published.subject));
                    files.insert(format!("{name}.txt"), sha256(published.text));
                    files.insert(format!("{name}.html"), sha256(published.html));
                }
            }
        }
        files
    }

    #[test]
    fn published_templates_never_change() {
        let pins: BTreeMap<&str, &str> = SUMS
            .lines()
            .filter_map(|line| line.split_once("  "))
            .map(|(sum, name)| (name, sum))
            .collect();
        let files = published_files();
        for (name, sum) in &files {
            assert_eq!(
                pins.get(name.as_str()),
                Some(&sum.as_str()),
                "templates/{name} differs from SHA256SUMS. Mails sent with a published revision are \
                 rendered from it again: undo the edit, and make the change in the next revision"
            );
        }
        assert!(files.keys().eq(pins.keys()), "every sum belongs to a published file");
    }

    #[test]
    fn only_published_revisions_are_found() {
        for kind in MailKind::ALL.iter().copied() {
            assert!(find(kind, 0, Language::En).is_none());
            assert!(find(kind, kind.revision() + 1, Language::En).is_none());
        }
    }
}
