//! Lines counted in the margin: every line, or every fifth or tenth.

use super::lines::{Line, Role};
use crate::text::{Raw, Span};

/// Numbers that must follow the count, before they are line numbers: where each line is counted, and
/// where only some are.
const ALL: usize = 12;
const SOME: usize = 4;
/// Numbers between two that follow one another, at most.
const BETWEEN: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Margin {
    Left,
    Right,
}

/// A number in the margin.
struct Number {
    line: usize,
    /// Lines with text before it.
    visible: usize,
    value: usize,
    /// With the blanks that part it from the text on the right margin.
    span: Span<Raw>,
    /// Nothing else stands on its line.
    alone: bool,
}

/// Takes line numbers off their lines and returns them. The count rises by one on each line, or by
/// five or ten on every fifth or tenth, and may begin anew on each page.
pub(super) fn strip(lines: &mut [Line], raw: &str) -> Vec<Span<Raw>> {
    let visible = lines.iter().filter(|l| l.role == Role::Body).count();
    for margin in [Margin::Left, Margin::Right] {
        let numbers = numbers(lines, raw, margin);
        for step in [1, 5, 10] {
            let counted = counted(&numbers, step);
            let (least, covered) = if step == 1 { (ALL, 9) } else { (SOME, 6) };
            if counted.len() >= least && counted.len() * step * 10 >= visible * covered {
                for number in &counted {
                    take_off(&mut lines[number.line], raw, number, margin, step);
                }
                return counted
                    .iter()
                    .map(|n| n.span.trim(raw))
                    .filter(|s| !s.is_empty())
                    .collect();
            }
        }
    }
    Vec::new()
}

fn numbers(lines: &[Line], raw: &str, margin: Margin) -> Vec<Number> {
    let mut numbers = Vec::new();
    let mut visible = 0;
    for (i, line) in lines.iter().enumerate() {
        if line.role != Role::Body {
            continue;
        }
        visible += 1;
        let text = line.text(raw);
        let is_digit = |c: char| c.is_ascii_digit();
        let rest = match margin {
            Margin::Left => text.trim_start_matches(is_digit),
            Margin::Right => text.trim_end_matches(is_digit),
        };
        let digits = text.len() - rest.len();
        let parted = rest.is_empty()
            || match margin {
                Margin::Left => rest.starts_with([' ', '\t']),
                Margin::Right => rest.ends_with("  ") || rest.ends_with('\t'),
            };
        if !(1..=4).contains(&digits) || !parted {
            continue;
        }
        let trimmed = line.span.trim(raw);
        let (number, span) = match margin {
            Margin::Left => {
                let end = trimmed.start + digits;
                (&text[..digits], Span::new(line.span.start, end))
            }
            Margin::Right => {
                let start = trimmed.start + rest.trim_end().len();
                (
                    &text[text.len() - digits..],
                    Span::new(start, line.span.end),
                )
            }
        };
        if let Ok(value) = number.parse() {
            numbers.push(Number {
                line: i,
                visible,
                value,
                span,
                alone: rest.is_empty(),
            });
        }
    }
    numbers
}

/// The numbers that follow a count by `step`.
fn counted(numbers: &[Number], step: usize) -> Vec<&Number> {
    let follows = |before: &Number, this: &Number| {
        let passed = this.visible - before.visible;
        let lines = passed == step
            || this.line - before.line == step
            || (step > 1 && (before.alone || this.alone) && passed == step + 1);
        this.value == before.value + step && lines
    };
    let numbers: Vec<&Number> = numbers.iter().filter(|n| n.value % step == 0).collect();
    let mut linked = vec![false; numbers.len()];
    for (i, this) in numbers.iter().enumerate() {
        // Other numbers may begin or end a line in between by chance.
        for before in i.saturating_sub(BETWEEN)..i {
            if follows(numbers[before], this) {
                linked[before] = true;
                linked[i] = true;
            }
        }
    }
    numbers
        .into_iter()
        .zip(linked)
        .filter_map(|(number, linked)| linked.then_some(number))
        .collect()
}

fn take_off(line: &mut Line, raw: &str, number: &Number, margin: Margin, step: usize) {
    if number.alone {
        // A counted blank line parts paragraphs; a number beside a line of text does not.
        line.role = if step == 1 {
            Role::Blank
        } else {
            Role::Furniture
        };
        return;
    }
    match margin {
        Margin::Left => {
            let text = line.span.of(raw);
            line.indent = text.chars().count()
                - text[number.span.end - line.span.start..]
                    .trim_start()
                    .chars()
                    .count();
            line.span.start = number.span.end;
        }
        Margin::Right => line.span.end = number.span.start,
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::split;
    use super::*;

    const TEXT: [&str; 7] = [
        "The harbour was opened in the spring of 1990 and",
        "was widened twice since then, at no small cost to",
        "the towns along the bay, whose councils had asked",
        "for a school and a road instead. In all there were",
        "12 of them, and the",
        "minister said that the road would come when the",
        "ships came, which nobody believed.",
    ];

    /// The text over and over, each line as `line` writes it.
    fn read(count: usize, line: impl Fn(usize, &str) -> String) -> (String, usize) {
        let raw: String = (0..count)
            .map(|i| line(i + 1, TEXT[i % TEXT.len()]) + "\n")
            .collect();
        let mut lines = split(&raw);
        let taken = strip(&mut lines, &raw).len();
        let text: Vec<&str> = lines
            .iter()
            .filter(|l| l.role == Role::Body)
            .map(|l| l.text(&raw))
            .collect();
        (text.join("\n"), taken)
    }

    #[test]
    fn numbers_on_each_line_and_on_every_fifth_go_from_both_margins() {
        let count = 35;
        let plain = read(count, |_, text| text.to_owned());
        assert_eq!(plain.1, 0);
        type Write = fn(usize, &str) -> String;
        let cases: [(Write, usize); 5] = [
            (|n, text| format!("{n:>3}  {text}"), 35),
            (|n, text| format!("{text:<56}{n:>3}"), 35),
            (|n, text| format!("{:>3}  {text}", (n - 1) % 20 + 1), 35),
            (
                |n, text| {
                    if n % 5 == 0 {
                        format!("{n:<5}{text}")
                    } else {
                        format!("     {text}")
                    }
                },
                7,
            ),
            (
                |n, text| {
                    if n % 5 == 0 {
                        format!("{text:<56}{n:>3}")
                    } else {
                        text.to_owned()
                    }
                },
                7,
            ),
        ];
        for (i, (write, taken)) in cases.into_iter().enumerate() {
            let read = read(count, write);
            assert_eq!(read, (plain.0.clone(), taken), "case {i}");
        }
    }

    #[test]
    fn numbers_that_begin_or_end_lines_by_chance_stay() {
        type Write = fn(usize, &str) -> String;
        let cases: [Write; 4] = [
            // A table of fives, a line each.
            |n, _| format!("Port {n:<20}{}", n * 5),
            // Years that end lines.
            |n, text| format!("{text}  {}", 1900 + n * 7),
            // Numbers glued to the sentence.
            |n, text| {
                if n % 5 == 0 {
                    format!("{n}. {text}")
                } else {
                    text.to_owned()
                }
            },
            // Too far apart.
            |n, text| {
                if n % 7 == 0 {
                    format!("{}  {text}", n / 7 * 5)
                } else {
                    text.to_owned()
                }
            },
        ];
        for (i, write) in cases.into_iter().enumerate() {
            assert_eq!(read(35, write).1, 0, "case {i}");
        }
    }
}
