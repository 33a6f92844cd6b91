//! Typed coordinates: the small layer under everything else.
//!
//! *Raw* text is what the loader decoded (byte order mark dropped, line ends as LF). *Clean* text
//! is what the layout stage makes of it: one flowing body without notes, page furniture, markers
//! and line breaks. A span of the one never meets a span of the other without an [`OffsetMap`].

mod code_points;
mod offset_map;
mod overlaps;
mod span;

pub use code_points::CodePoints;
pub use offset_map::OffsetMap;
pub use overlaps::Overlaps;
pub use span::{Clean, Coordinates, Raw, Span};
