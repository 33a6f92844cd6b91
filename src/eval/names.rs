//! Whether two speaker names mean the same, as the shared scorer decides it.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

const LEFT_OUT: [&str; 12] = [
    "the",
    "a",
    "an",
    "of",
    "mr",
    "mrs",
    "ms",
    "dr",
    "president",
    "and",
    "in",
    "on",
];

/// Whether a predicted speaker is one of the accepted: the same last word up to spelling (and first
/// letters that agree), or most words in common.
pub fn same_speaker(predicted: &str, accepted: &[String]) -> bool {
    let p: Vec<String> = words(predicted);
    if p.is_empty() {
        return false;
    }
    accepted
        .iter()
        .map(|a| words(a))
        .filter(|g| !g.is_empty())
        .any(|g| {
            let last = alike(&p[p.len() - 1], &g[g.len() - 1]) >= 0.85;
            let initials = p.len() < 2 || g.len() < 2 || p[0].chars().next() == g[0].chars().next();
            if last && initials {
                return true;
            }
            let unique =
                |w: &[String]| w.iter().cloned().collect::<std::collections::BTreeSet<_>>();
            let (ps, gs) = (unique(&p), unique(&g));
            let common = ps.intersection(&gs).count() as f64;
            common > 0.0
                && common / ps.len().min(gs.len()) as f64 >= 0.6
                && common / ps.len().max(gs.len()) as f64 >= 0.4
        })
}

fn words(name: &str) -> Vec<String> {
    let plain: String = name
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| {
            if c.is_ascii_lowercase() || c == ' ' {
                c
            } else {
                ' '
            }
        })
        .collect();
    plain
        .split_whitespace()
        .filter(|w| !LEFT_OUT.contains(w))
        .map(fold)
        .collect()
}

/// One spelling for the usual romanisations.
fn fold(word: &str) -> String {
    let word = word
        .replace("khod", "hod")
        .replace("kh", "h")
        .replace("yu", "iu")
        .replace("ya", "ia")
        .replace("ye", "e");
    let mut folded = String::new();
    let mut rest = word.as_str();
    while let Some(c) = rest.chars().next() {
        let pair = ["ii", "iy", "yi", "yy", "ij"]
            .iter()
            .find(|p| rest.starts_with(**p));
        let (c, width) = match (pair, c) {
            (Some(pair), _) => ('i', pair.len()),
            (None, 'y' | 'j') => ('i', 1),
            (None, other) => (other, other.len_utf8()),
        };
        folded.push(c);
        rest = &rest[width..];
    }
    let mut single = String::new();
    let mut doubled = false;
    for c in folded.chars() {
        // A doubled letter counts once, a third one again.
        if single.ends_with(c) && !doubled {
            doubled = true;
            continue;
        }
        doubled = false;
        single.push(c);
    }
    single
}

/// Twice the length of the matching blocks over both lengths (Ratcliff and Obershelp 1988).
fn alike(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.is_empty() && b.is_empty() {
        return 1.0;
    }
    2.0 * matching(&a, &b) as f64 / (a.len() + b.len()) as f64
}

fn matching(a: &[char], b: &[char]) -> usize {
    let mut best = (0, 0, 0);
    for i in 0..a.len() {
        for j in 0..b.len() {
            let n = a[i..]
                .iter()
                .zip(&b[j..])
                .take_while(|(x, y)| x == y)
                .count();
            if n > best.2 {
                best = (i, j, n);
            }
        }
    }
    let (i, j, n) = best;
    if n == 0 {
        return 0;
    }
    n + matching(&a[..i], &b[..j]) + matching(&a[i + n..], &b[j + n..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_agree_and_other_people_do_not() {
        for (got, gold, same) in [
            ("Yevgeny Gaydar", "Yegor Gaidar", true),
            ("Gaydar", "Yegor Gaidar", true),
            ("Anna Gaidar", "Yegor Gaidar", false),
            ("the Foreign Ministry", "Russian Foreign Ministry", true),
            ("Moscow", "Beijing", false),
            ("", "Beijing", false),
        ] {
            assert_eq!(
                same_speaker(got, &[gold.to_owned()]),
                same,
                "{got} / {gold}"
            );
        }
    }
}
