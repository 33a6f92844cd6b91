//! What a run tells whoever watches it.

use crate::infer;

/// The parts of a run that take time, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Counts documents.
    Read,
    /// Counts texts: sentences and quotations.
    Embed,
    /// Counts documents.
    Unify,
    /// Counts documents.
    Write,
}

impl Step {
    pub fn name(self) -> &'static str {
        match self {
            Step::Read => "read",
            Step::Embed => "embed",
            Step::Unify => "unify",
            Step::Write => "write",
        }
    }

    /// What the step counts.
    pub fn unit(self) -> &'static str {
        match self {
            Step::Embed => "texts",
            Step::Read | Step::Unify | Step::Write => "documents",
        }
    }
}

/// Told how a run goes on; told of downloads through [`infer::Progress`]. Every method has a
/// default that does nothing.
pub trait Progress: infer::Progress {
    /// A step begins, with so many things to do.
    fn begin(&self, _step: Step, _total: usize) {}

    /// So many things are done, in all. May come from any thread, and out of order.
    fn advance(&self, _step: Step, _done: usize) {}

    fn end(&self, _step: Step) {}
}

impl Progress for infer::Silent {}
