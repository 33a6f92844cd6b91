//! Which language a text is in: the models and the word lists know English alone.

use whatlang::{Lang, Script};

/// Fewer letters than these say too little.
const LETTERS: usize = 40;

/// Of a long text its beginning is enough, in bytes.
const ENOUGH: usize = 20_000;

/// The language of a text that is surely not English, by its English name.
pub fn foreign(text: &str) -> Option<&'static str> {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    if letters.take(LETTERS).count() < LETTERS {
        return None;
    }
    let mut end = text.len().min(ENOUGH);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let info = whatlang::detect(&text[..end])?;
    let sure = info.is_reliable() || info.script() != Script::Latin;
    (info.lang() != Lang::Eng && sure).then(|| info.lang().eng_name())
}

#[cfg(test)]
mod tests {
    use super::foreign;

    #[test]
    fn other_languages_are_told_and_english_with_foreign_names_is_not() {
        for (text, language) in [
            (
                "Die Regierung hat gestern erklärt, dass sie den Vertrag nicht verlängern werde, weil er zu teuer sei.",
                Some("German"),
            ),
            (
                "Президент заявил, что страна не будет участвовать в новом союзе без согласия парламента.",
                Some("Russian"),
            ),
            (
                "总统表示，没有议会的同意，国家不会参加新的联盟，因为这太昂贵了，而且风险很高，人民也不同意这样做，所以必须等待下一届政府来决定。",
                Some("Mandarin"),
            ),
            (
                "The treaty between Zhang Wei and Abdülkadir Özgür was signed in Ürümqi by both of the ministers.",
                None,
            ),
            ("Nyet.", None),
            ("", None),
        ] {
            assert_eq!(foreign(text), language, "{text}");
        }
    }
}
