use super::{Clean, Raw, Span};

/// Where each stretch of the clean text comes from in the raw text.
///
/// A segment is a stretch of clean bytes that stands unchanged in the raw text, or one that replaces
/// a raw character ("fi" for the ligature "ﬁ"): a span that touches the latter covers the whole raw
/// character, so that raw text and clean text agree after the same replacement. Clean bytes that were
/// put in by the layout stage (the space for a line break, say) belong to no segment.
#[derive(Debug, Clone, Default)]
pub struct OffsetMap {
    /// Sorted by clean offset; neither clean nor raw stretches overlap. Raw offsets fall where the
    /// text goes on further up the page, at the head of the next column.
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, Copy)]
struct Segment {
    clean: usize,
    raw: usize,
    len: usize,
    /// The raw bytes that are replaced; `None` where they stand unchanged.
    replaced: Option<usize>,
}

impl Segment {
    fn raw_end(&self) -> usize {
        self.raw + self.replaced.unwrap_or(self.len)
    }
}

impl OffsetMap {
    /// Records that the next `len` clean bytes, from `clean` on, are the raw bytes from `raw` on.
    pub fn push(&mut self, clean: usize, raw: usize, len: usize) {
        if len == 0 {
            return;
        }
        if let Some(last) = self.segments.last_mut() {
            debug_assert!(last.clean + last.len <= clean);
            if last.replaced.is_none()
                && last.clean + last.len == clean
                && last.raw + last.len == raw
            {
                last.len += len;
                return;
            }
        }
        self.segments.push(Segment {
            clean,
            raw,
            len,
            replaced: None,
        });
    }

    /// Records that the next `len` clean bytes stand for the `raw_len` raw bytes from `raw` on.
    pub fn push_replaced(&mut self, clean: usize, len: usize, raw: usize, raw_len: usize) {
        self.segments.push(Segment {
            clean,
            raw,
            len,
            replaced: Some(raw_len),
        });
    }

    /// The map of the same clean text over another raw text: `raw` gives the stretches that a span
    /// of this map's raw text comes from, in order. A replaced character must come from one.
    #[must_use]
    pub fn led_back(&self, raw: impl Fn(Span<Raw>) -> Vec<Span<Raw>>) -> OffsetMap {
        let mut map = OffsetMap::default();
        for segment in &self.segments {
            let mut clean = segment.clean;
            for stretch in raw(Span::new(segment.raw, segment.raw_end())) {
                if segment.replaced.is_some() {
                    map.push_replaced(clean, segment.len, stretch.start, stretch.len());
                } else {
                    map.push(clean, stretch.start, stretch.len());
                }
                clean += stretch.len();
            }
        }
        map
    }

    /// Forgets everything from the clean byte `len` on: the text was cut back to it.
    pub fn truncate(&mut self, len: usize) {
        while let Some(last) = self.segments.last_mut() {
            if last.clean + last.len <= len {
                break;
            }
            if last.clean < len && last.replaced.is_none() {
                last.len = len - last.clean;
                break;
            }
            self.segments.pop();
        }
    }

    /// The raw stretches under a clean span, in the order of the clean text.
    pub fn raw_segments(&self, span: Span<Clean>) -> Vec<Span<Raw>> {
        let first = self
            .segments
            .partition_point(|s| s.clean + s.len <= span.start);
        self.segments[first..]
            .iter()
            .take_while(|s| s.clean < span.end)
            .map(|s| {
                if s.replaced.is_some() {
                    return Span::new(s.raw, s.raw_end());
                }
                let from = span.start.max(s.clean) - s.clean;
                let to = span.end.min(s.clean + s.len) - s.clean;
                Span::new(s.raw + from, s.raw + to)
            })
            .filter(|s: &Span<Raw>| !s.is_empty())
            .collect()
    }

    /// The raw pieces of a clean span, in the order of the clean text: segments parted only by white
    /// space of the raw text are one piece, so that a piece spans line breaks but never a note or a
    /// page head.
    pub fn pieces(&self, span: Span<Clean>, raw: &str) -> Vec<Span<Raw>> {
        let mut pieces: Vec<Span<Raw>> = Vec::new();
        for segment in self.raw_segments(span) {
            if let Some(last) = pieces.last_mut()
                && last.end <= segment.start
                && raw[last.end..segment.start]
                    .chars()
                    .all(|c| c.is_whitespace() || c == '\u{ad}')
            {
                last.end = segment.end;
                continue;
            }
            pieces.push(segment);
        }
        pieces
            .into_iter()
            .map(|p| p.trim(raw))
            .filter(|p| !p.is_empty())
            .collect()
    }

    /// The raw byte of the clean byte at `clean`, or of the next one that has a raw byte.
    pub fn raw_offset(&self, clean: usize) -> Option<usize> {
        let i = self.segments.partition_point(|s| s.clean + s.len <= clean);
        self.segments.get(i).map(|s| match s.replaced {
            Some(_) => s.raw,
            None => s.raw + clean.saturating_sub(s.clean),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_over_a_note_has_two_pieces_and_one_over_a_line_break_has_one() {
        let raw = "alpha beta\ngamma [note] delta";
        let mut map = OffsetMap::default();
        map.push(0, 0, 10); // "alpha beta"
        map.push(11, 11, 6); // "gamma "
        map.push(17, 24, 5); // "delta"
        let pieces = map.pieces(Span::new(6, 22), raw);
        let texts: Vec<&str> = pieces.iter().map(|p| p.of(raw)).collect();
        assert_eq!(texts, ["beta\ngamma", "delta"]);
    }
}
