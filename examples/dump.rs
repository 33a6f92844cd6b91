use stancemap::{layout, load, sentence};
fn main() {
    for p in std::env::args().skip(1) {
        let inputs = load::discover(&[p.clone().into()]).unwrap();
        for inp in inputs {
            let s = load::read(&inp, 1 << 26).unwrap();
            let l = layout::analyse(&s);
            println!("== {} {:?} pages {}", s.id, l.front, l.pages.len());
            for f in &l.furniture {
                let t = f.of(&s.raw).trim();
                if !t.is_empty() {
                    println!("FURN {t:?}");
                }
            }
            for n in &l.notes {
                println!(
                    "NOTE {} marker {:?} pieces {} {:?}",
                    n.number,
                    n.marker
                        .map(|m| m.of(&s.raw).to_string() + "@" + &m.start.to_string()),
                    n.pieces.len(),
                    &n.text.text
                );
            }
            for p in &l.body.paragraphs {
                println!(
                    "PARA {:?} ind={} {:?}",
                    p.kind,
                    p.indented,
                    p.span.of(&l.body.text)
                );
            }
            if std::env::var("SENT").is_ok() {
                for x in sentence::split(&l.body) {
                    println!("SENT {}", x.span.of(&l.body.text));
                }
            }
        }
    }
}
