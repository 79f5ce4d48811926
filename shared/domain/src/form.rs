//! Written forms: named fields in a fixed order, and their digest.
//!
//! The names are written out and never change, so a renamed field of a type changes no digest. An absent field
//! is not written, so a new optional field leaves all earlier digests as they are. A digest begins with the
//! version of its form. A form that has to change otherwise gets a new version.

use std::fmt::Display;

use crate::id::digest;

/// Fields by name, in a fixed order.
pub(crate) struct Form(Vec<String>);

impl Form {
    pub(crate) fn of(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }

    pub(crate) fn field(mut self, name: &str, value: impl Display) -> Self {
        self.0.extend([name.to_owned(), value.to_string()]);
        self
    }

    pub(crate) fn optional(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }

    /// Returns the digest of the fields, after the version of their form.
    pub(crate) fn digest(self, version: u32) -> String {
        let parts: Vec<&str> = self.0.iter().map(String::as_str).collect();
        format!("{version}.{}", digest(&parts))
    }
}
