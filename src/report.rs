//! The report page.

use crate::analysis::Analysis;

/// One self-contained HTML page.
pub fn page(analysis: &Analysis) -> String {
    analysis.manifest.question.clone()
}
