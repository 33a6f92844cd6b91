//! The report as a file.

use super::{Exporter, OutputFile};
use crate::analysis::Analysis;
use crate::{Result, report};

/// `report/index.html`: one self-contained page.
pub struct Page;

impl Exporter for Page {
    fn name(&self) -> &'static str {
        "html"
    }

    fn files(&self, analysis: &Analysis) -> Result<Vec<OutputFile>> {
        Ok(vec![OutputFile {
            path: "report/index.html".to_owned(),
            bytes: report::page(analysis).into_bytes(),
        }])
    }
}
