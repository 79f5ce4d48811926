//! Pages of lists: the request and the answer.

use serde::Serialize;

/// The requested paging of a list.
#[derive(Debug, Clone)]
pub struct PageQuery {
    /// The most rows.
    pub limit: u32,
    /// Where the page begins.
    pub cursor: Option<String>,
}

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Where the next page begins; null after the last.
    pub next_cursor: Option<String>,
}
