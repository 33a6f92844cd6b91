use super::{Coordinates, Span};

/// Many spans, asked which of them overlap another, in time that does not grow with those that lie
/// elsewhere.
pub struct Overlaps<C> {
    /// By their beginnings, each with its place in the list that was given.
    spans: Vec<(Span<C>, usize)>,
    /// The farthest end up to each.
    farthest: Vec<usize>,
}

impl<C: Coordinates> Overlaps<C> {
    pub fn new(spans: impl IntoIterator<Item = Span<C>>) -> Overlaps<C> {
        let mut spans: Vec<(Span<C>, usize)> = spans.into_iter().zip(0..).collect();
        spans.sort_unstable();
        let mut end = 0;
        let mut farthest = Vec::with_capacity(spans.len());
        for (span, _) in &spans {
            end = span.end.max(end);
            farthest.push(end);
        }
        Overlaps { spans, farthest }
    }

    /// The places of the spans that overlap `span`, in ascending order.
    pub fn of(&self, span: Span<C>) -> Vec<usize> {
        let begun = (self.spans).partition_point(|(other, _)| other.start < span.end);
        let mut found: Vec<usize> = (0..begun)
            .rev()
            .take_while(|&at| self.farthest[at] > span.start)
            .filter(|&at| self.spans[at].0.overlaps(span))
            .map(|at| self.spans[at].1)
            .collect();
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use crate::text::{Overlaps, Raw, Span};

    #[test]
    fn spans_inside_and_across_are_found_and_neighbours_are_not() {
        let spans = [(40, 50), (0, 100), (10, 20), (20, 30), (15, 25)];
        let overlaps = Overlaps::new(spans.map(|(a, b)| Span::<Raw>::new(a, b)));
        for (span, expected) in [
            ((20, 21), &[1, 3, 4][..]),
            ((30, 40), &[1]),
            ((100, 120), &[]),
            ((0, 1), &[1]),
            ((19, 45), &[0, 1, 2, 3, 4]),
        ] {
            assert_eq!(overlaps.of(Span::new(span.0, span.1)), expected, "{span:?}");
        }
    }
}
