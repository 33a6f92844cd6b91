//! Where the boxes of an argument map go: layers from left to right, nothing overlapping.
//!
//! A small version of Sugiyama, Tagawa and Toda's method (1981): cycles are broken, each box stands
//! one layer right of the rightmost that points to it, long edges get a slot of their own in the
//! layers they cross, and boxes are ordered by the mean place of their neighbours. Everything is
//! decided by indices, so the same graph gives the same drawing.

pub const WIDTH: f64 = 244.0;
pub const HEIGHT: f64 = 88.0;
const GAP_X: f64 = 84.0;
const GAP_Y: f64 = 18.0;
/// The height of an edge's slot in a layer that it crosses.
const SLOT: f64 = 10.0;
/// Further layers are folded into the last.
const LAYERS: usize = 4;
const MARGIN: f64 = 4.0;
const SWEEPS: usize = 6;

/// An edge between boxes, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub from: usize,
    pub to: usize,
    /// Undirected edges do not push boxes into further layers.
    pub directed: bool,
}

/// A drawing: the upper left corner of each box, and a path (SVG) for each edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    pub width: f64,
    pub height: f64,
    pub boxes: Vec<(f64, f64)>,
    pub paths: Vec<String>,
}

/// What stands in a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Box(usize),
    /// The slot of the edge with this index.
    Slot(usize),
}

impl Item {
    fn height(self) -> f64 {
        match self {
            Item::Box(_) => HEIGHT,
            Item::Slot(_) => SLOT,
        }
    }
}

/// Lays out `n` boxes.
pub fn draw(n: usize, links: &[Link]) -> Drawing {
    let layer = layers(n, links);
    let depth = layer.iter().copied().max().map_or(0, |l| l + 1);
    let mut rows: Vec<Vec<Item>> = vec![Vec::new(); depth];
    for (node, &l) in layer.iter().enumerate() {
        rows[l].push(Item::Box(node));
    }
    for (index, link) in links.iter().enumerate() {
        let (a, b) = ordered(layer[link.from], layer[link.to]);
        for row in rows.iter_mut().take(b).skip(a + 1) {
            row.push(Item::Slot(index));
        }
    }
    let chains = chains(links, &layer);
    order(&mut rows, &chains);

    let tall = |row: &[Item]| {
        let items: f64 = row.iter().map(|item| item.height()).sum();
        items + GAP_Y * row.len().saturating_sub(1) as f64
    };
    let height = rows.iter().map(|row| tall(row)).fold(0.0, f64::max) + 2.0 * MARGIN;
    let mut boxes = vec![(0.0, 0.0); n];
    let mut slots = vec![vec![0.0; depth]; links.len()];
    for (l, row) in rows.iter().enumerate() {
        let mut y = (height - tall(row)) / 2.0;
        for item in row {
            match *item {
                Item::Box(node) => boxes[node] = (left(l), y),
                Item::Slot(edge) => slots[edge][l] = y + SLOT / 2.0,
            }
            y += item.height() + GAP_Y;
        }
    }
    let paths = paths(links, &layer, &boxes, &slots);
    let bulge = if links
        .iter()
        .any(|k| layer[k.from] + 1 == depth && layer[k.to] + 1 == depth)
    {
        GAP_X
    } else {
        0.0
    };
    let width = match depth {
        0 => 0.0,
        depth => left(depth - 1) + WIDTH + bulge + MARGIN,
    };
    Drawing {
        width,
        height,
        boxes,
        paths,
    }
}

fn left(layer: usize) -> f64 {
    MARGIN + layer as f64 * (WIDTH + GAP_X)
}

fn ordered(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

/// The layer of each box.
fn layers(n: usize, links: &[Link]) -> Vec<usize> {
    let mut next = vec![Vec::new(); n];
    for link in links.iter().filter(|k| k.directed && k.from != k.to) {
        next[link.from].push(link.to);
    }
    // Depth first; an edge back to a box that is still open closes a cycle and does not count.
    let mut state = vec![0u8; n];
    let mut finished = Vec::with_capacity(n);
    let mut back = vec![Vec::new(); n];
    for root in 0..n {
        if state[root] != 0 {
            continue;
        }
        state[root] = 1;
        let mut stack = vec![(root, 0)];
        while let Some((node, at)) = stack.pop() {
            let Some(&to) = next[node].get(at) else {
                state[node] = 2;
                finished.push(node);
                continue;
            };
            stack.push((node, at + 1));
            match state[to] {
                0 => {
                    state[to] = 1;
                    stack.push((to, 0));
                }
                1 => back[node].push(to),
                _ => {}
            }
        }
    }
    let mut layer: Vec<Option<usize>> = vec![None; n];
    let in_order = |k: &&Link| k.directed && k.from != k.to;
    for link in links.iter().filter(in_order) {
        layer[link.from] = Some(0);
        layer[link.to] = Some(0);
    }
    for &node in finished.iter().rev() {
        for &to in &next[node] {
            if !back[node].contains(&to) {
                let right = layer[node].unwrap_or(0) + 1;
                layer[to] = Some(layer[to].unwrap_or(0).max(right).min(LAYERS - 1));
            }
        }
    }
    // Boxes with undirected edges only stand beside the first neighbour that has a place.
    loop {
        let beside = (0..n).filter(|&v| layer[v].is_none()).find_map(|v| {
            let neighbours = links.iter().filter_map(|k| match (k.from == v, k.to == v) {
                (true, false) => Some(k.to),
                (false, true) => Some(k.from),
                _ => None,
            });
            let at = neighbours.filter_map(|u| layer[u]).min()?;
            Some((v, if at == 0 { 1 } else { at - 1 }))
        });
        match beside.or_else(|| layer.iter().position(Option::is_none).map(|v| (v, 0))) {
            Some((v, at)) => layer[v] = Some(at),
            None => break,
        }
    }
    layer.into_iter().map(|l| l.unwrap_or(0)).collect()
}

/// Each edge as the items that it passes, from its left end to its right; empty within a layer.
fn chains(links: &[Link], layer: &[usize]) -> Vec<Vec<(usize, Item)>> {
    links
        .iter()
        .enumerate()
        .map(|(index, link)| {
            let (mut a, mut b) = (link.from, link.to);
            if layer[a] > layer[b] {
                (a, b) = (b, a);
            }
            if layer[a] == layer[b] {
                return Vec::new();
            }
            let mut chain = vec![(layer[a], Item::Box(a))];
            chain.extend((layer[a] + 1..layer[b]).map(|l| (l, Item::Slot(index))));
            chain.push((layer[b], Item::Box(b)));
            chain
        })
        .collect()
}

/// Sorts each layer by the mean place of the neighbours in the layer before, then after, in turn.
fn order(rows: &mut [Vec<Item>], chains: &[Vec<(usize, Item)>]) {
    for sweep in 0..SWEEPS {
        let forward = sweep % 2 == 0;
        let layers: Vec<usize> = if forward {
            (1..rows.len()).collect()
        } else {
            (0..rows.len().saturating_sub(1)).rev().collect()
        };
        for l in layers {
            let other = if forward { l - 1 } else { l + 1 };
            let neighbour = |item: Item| -> Vec<usize> {
                chains
                    .iter()
                    .flat_map(|chain| chain.windows(2))
                    .filter_map(|pair| match (pair[0], pair[1]) {
                        ((a, x), (b, y)) if a == l && b == other && x == item => Some(y),
                        ((a, x), (b, y)) if b == l && a == other && y == item => Some(x),
                        _ => None,
                    })
                    .filter_map(|y| rows[other].iter().position(|z| *z == y))
                    .collect()
            };
            let mut keyed: Vec<(f64, Item)> = rows[l]
                .iter()
                .enumerate()
                .map(|(at, &item)| {
                    let places = neighbour(item);
                    let mean = places.iter().sum::<usize>() as f64 / places.len().max(1) as f64;
                    (if places.is_empty() { at as f64 } else { mean }, item)
                })
                .collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            rows[l] = keyed.into_iter().map(|(_, item)| item).collect();
        }
    }
}

fn paths(links: &[Link], layer: &[usize], boxes: &[(f64, f64)], slots: &[Vec<f64>]) -> Vec<String> {
    let ports = ports(links, layer, boxes);
    links
        .iter()
        .enumerate()
        .map(|(index, link)| {
            let (a, b) = (layer[link.from], layer[link.to]);
            let right = |node: usize| boxes[node].0 + WIDTH;
            let (y1, y2) = ports[index];
            if a == b {
                let x = right(link.from);
                let out = x + GAP_X * 0.7;
                return format!("M{x:.1} {y1:.1}C{out:.1} {y1:.1} {out:.1} {y2:.1} {x:.1} {y2:.1}");
            }
            // Rightwards an edge leaves by the right side of its box, leftwards by the left.
            let mut points = Vec::new();
            if a < b {
                points.push((right(link.from), y1));
                for (l, &y) in slots[index].iter().enumerate().take(b).skip(a + 1) {
                    points.push((left(l), y));
                    points.push((left(l) + WIDTH, y));
                }
                points.push((boxes[link.to].0, y2));
            } else {
                points.push((boxes[link.from].0, y1));
                for (l, &y) in slots[index].iter().enumerate().take(a).skip(b + 1).rev() {
                    points.push((left(l) + WIDTH, y));
                    points.push((left(l), y));
                }
                points.push((right(link.to), y2));
            }
            curve(&points)
        })
        .collect()
}

/// Where on the sides of its boxes each edge leaves and arrives: spread, in the order of the other
/// ends, so that arrow heads lie apart.
fn ports(links: &[Link], layer: &[usize], boxes: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut ports = vec![(0.0, 0.0); links.len()];
    for node in 0..boxes.len() {
        for right_side in [false, true] {
            // Edges at this side: (the other end's height, edge, whether it leaves here).
            let mut here: Vec<(f64, usize, bool)> = Vec::new();
            for (index, link) in links.iter().enumerate() {
                for (end, other, leaves) in
                    [(link.from, link.to, true), (link.to, link.from, false)]
                {
                    let at_right = layer[other] >= layer[end];
                    if end == node && at_right == right_side {
                        here.push((boxes[other].1, index, leaves));
                    }
                }
            }
            here.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let step = (HEIGHT - 28.0) / here.len().max(4) as f64;
            for (k, &(_, index, leaves)) in here.iter().enumerate() {
                let offset = (k as f64 - (here.len() as f64 - 1.0) / 2.0) * step;
                let y = boxes[node].1 + HEIGHT / 2.0 + offset;
                if leaves {
                    ports[index].0 = y;
                } else {
                    ports[index].1 = y;
                }
            }
        }
    }
    ports
}

/// Through the points with level tangents.
fn curve(points: &[(f64, f64)]) -> String {
    let mut path = format!("M{:.1} {:.1}", points[0].0, points[0].1);
    for pair in points.windows(2) {
        let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
        let middle = (x1 + x2) / 2.0;
        path.push_str(&format!(
            "C{middle:.1} {y1:.1} {middle:.1} {y2:.1} {x2:.1} {y2:.1}"
        ));
    }
    path
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link((from, to, directed): (usize, usize, bool)) -> Link {
        Link { from, to, directed }
    }

    proptest! {
        #[test]
        fn boxes_never_overlap_and_stay_inside(
            n in 1usize..14,
            ends in prop::collection::vec((0usize..14, 0usize..14, any::<bool>()), 0..30),
        ) {
            let links: Vec<Link> = ends
                .into_iter()
                .map(|(a, b, directed)| link((a % n, b % n, directed)))
                .filter(|k| k.from != k.to)
                .collect();
            let drawing = draw(n, &links);
            prop_assert_eq!(drawing.boxes.len(), n);
            prop_assert_eq!(drawing.paths.len(), links.len());
            for (i, a) in drawing.boxes.iter().enumerate() {
                prop_assert!(a.0 >= 0.0 && a.0 + WIDTH <= drawing.width);
                prop_assert!(a.1 >= 0.0 && a.1 + HEIGHT <= drawing.height);
                for b in &drawing.boxes[i + 1..] {
                    let apart = (a.0 - b.0).abs() >= WIDTH || (a.1 - b.1).abs() >= HEIGHT;
                    prop_assert!(apart, "{:?} and {:?} overlap", a, b);
                }
            }
            prop_assert_eq!(draw(n, &links), drawing);
        }
    }

    #[test]
    fn a_box_stands_right_of_those_that_point_to_it_and_a_cycle_does_not_hang() {
        let drawing = draw(3, &[(2, 1, true), (1, 0, true), (0, 2, true)].map(link));
        let mut columns: Vec<f64> = drawing.boxes.iter().map(|b| b.0).collect();
        columns.sort_by(f64::total_cmp);
        columns.dedup();
        assert_eq!(columns.len(), 3);
        let chain = draw(3, &[(2, 1, true), (1, 0, true)].map(link));
        assert!(chain.boxes[2].0 < chain.boxes[1].0 && chain.boxes[1].0 < chain.boxes[0].0);
    }
}
