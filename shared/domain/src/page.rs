//! Pages of lists: what is asked for, and what comes.

use serde::Serialize;

/// The paging that a list is asked for.
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
