use stancemap::{document, load};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let mut w = csv::Writer::from_path(&a[2]).unwrap();
    w.write_record([
        "document",
        "quote_id",
        "start",
        "end",
        "page",
        "type",
        "who",
        "speaker",
        "cue",
        "source",
        "rule",
        "attribution_confidence",
        "footnote",
        "stance",
        "stance_confidence",
        "text",
    ])
    .unwrap();
    for inp in load::discover(&[a[1].clone().into()]).unwrap() {
        let s = load::read(&inp, 1 << 26).unwrap();
        let d = document::read(&s).record;
        for q in &d.quotations {
            let e = q.passage.extent();
            w.write_record([
                d.id.clone(),
                q.id.clone(),
                e.start.to_string(),
                e.end.to_string(),
                q.page.to_string(),
                q.kind.name().into(),
                q.attribution.who.name().into(),
                q.attribution.speaker_cell(),
                q.cue.as_ref().map(|c| c.text.clone()).unwrap_or_default(),
                q.source
                    .as_ref()
                    .map(|c| c.text.clone())
                    .unwrap_or_default(),
                q.attribution.rule.clone(),
                q.attribution.confidence.to_string(),
                q.footnote.map(|f| f.to_string()).unwrap_or_default(),
                "abstained".into(),
                "0".into(),
                q.passage.text.clone(),
            ])
            .unwrap();
        }
        if std::env::var("BACK").is_ok() {
            for n in &d.footnotes {
                println!(
                    "{} {:?} {:?}",
                    n.number,
                    n.works
                        .iter()
                        .map(|w| (&w.authors, &w.cited, w.year))
                        .collect::<Vec<_>>(),
                    n.back_references
                        .iter()
                        .map(|b| (&b.form, b.refers_to))
                        .collect::<Vec<_>>()
                );
            }
        }
    }
    w.flush().unwrap();
}
