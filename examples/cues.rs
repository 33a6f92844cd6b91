use stancemap::{
    quote::{
        cues,
        names::{self, NameIndex},
        source::Words,
        tokens,
    },
    text::Span,
};
fn main() {
    for l in std::io::stdin().lines() {
        let l = l.unwrap();
        let mut ix = NameIndex::of([l.as_str()].into_iter());
        for n in std::env::args().skip(1) {
            ix.learn(&n);
        }
        let mut t = tokens::tokenise(&l, Span::new(0, l.len()));
        let mut q = false;
        for x in &mut t {
            if x.text == "“" {
                q = true;
            } else if x.text == "”" {
                q = false;
            } else {
                x.quoted = q;
            }
        }
        let ns = names::find(&t, &ix);
        println!(
            "{l}\n  names {:?}",
            ns.iter().map(|n| &n.name).collect::<Vec<_>>()
        );
        let w = Words {
            tokens: &t,
            names: &ns,
        };
        for r in cues::find(&w) {
            let tx = |r: &std::ops::Range<usize>| {
                t[r.clone()]
                    .iter()
                    .map(|t| t.text.as_str())
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            println!(
                "  {} cue[{}] src[{}] {:?} content {:?} {:?}",
                r.rule,
                tx(&r.cue),
                tx(&r.source.tokens),
                r.source.holder,
                r.content.iter().map(tx).collect::<Vec<_>>(),
                r.strength
            );
        }
    }
}
