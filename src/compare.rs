//! Stances side by side: across documents, people, years and runs.

pub mod statistics;
