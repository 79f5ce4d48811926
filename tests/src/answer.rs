//! An answer of the API, with short ways to read it.

use serde_json::Value;

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Whether it repeats an earlier answer.
    pub replayed: bool,
    /// The headers, in lower case.
    pub headers: Vec<(String, String)>,
    /// The body: JSON, a sheet as text, or null for anything else.
    pub body: Value,
}

impl Answer {
    /// Returns the value at a path of field names: `balance.available`.
    pub fn at(&self, path: &str) -> &Value {
        let pointer = format!("/{}", path.replace('.', "/"));
        self.body.pointer(&pointer).unwrap_or(&Value::Null)
    }

    /// Returns the text at a path.
    ///
    /// # Panics
    /// Where there is none: the answer is not what the test is about.
    pub fn text(&self, path: &str) -> String {
        self.at(path).as_str().unwrap_or_else(|| panic!("no text at {path}: {self:?}")).to_owned()
    }

    /// Returns the number at a path.
    ///
    /// # Panics
    /// Where there is none: the answer is not what the test is about.
    pub fn number(&self, path: &str) -> i64 {
        self.at(path).as_i64().unwrap_or_else(|| panic!("no number at {path}: {self:?}"))
    }

    /// Returns the code of a problem; empty for any other answer.
    pub fn code(&self) -> &str {
        self.at("code").as_str().unwrap_or_default()
    }

    /// Returns the answer, expected to have this status.
    ///
    /// # Panics
    /// Where it has another one.
    #[must_use]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Returns the answer, expected to be this problem.
    ///
    /// # Panics
    /// Where it is another one.
    #[must_use]
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{self:?}");
        self
    }
}
