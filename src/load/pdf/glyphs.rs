//! The characters of each page, with their places.

use hayro_interpret::font::{Glyph as Shown, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect, Shape};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, SoftMask, TransformExt, interpret_page,
};

use crate::{Error, Result, Stage};

/// A character on a page. Lengths are in points; `y` grows downwards.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Glyph {
    pub text: String,
    /// The left end of its baseline.
    pub x: f64,
    pub y: f64,
    pub advance: f64,
    /// The font's size as shown.
    pub size: f64,
}

impl Glyph {
    pub fn right(&self) -> f64 {
        self.x + self.advance
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Page {
    pub width: f64,
    pub height: f64,
    /// Upright visible characters, in the order of drawing; no blanks.
    pub glyphs: Vec<Glyph>,
    /// Blanks that were drawn: their left ends and baselines.
    pub blanks: Vec<(f64, f64)>,
    /// Thin horizontal lines: left, right, height on the page.
    pub rules: Vec<(f64, f64, f64)>,
    /// How many characters no font names.
    pub unknown: usize,
}

/// Reads all pages.
///
/// # Errors
/// More text than `max_bytes`.
pub(super) fn read(file: &Pdf, max_bytes: u64) -> Result<Vec<Page>> {
    let cache = InterpreterCache::new();
    let mut pages = Vec::new();
    let mut bytes = 0;
    for page in file.pages().iter() {
        let (width, height) = page.render_dimensions();
        let (width, height) = (f64::from(width), f64::from(height));
        let mut context = Context::new(
            page.initial_transform(true).to_kurbo(),
            Rect::new(0.0, 0.0, width, height),
            &cache,
            file.xref(),
            InterpreterSettings::default(),
        );
        let mut device = Reader {
            page: Page {
                width,
                height,
                ..Page::default()
            },
            left: max_bytes.saturating_sub(bytes),
        };
        interpret_page(page, &mut context, &mut device);
        let own = device.page.glyphs.iter().map(|g| g.text.len() as u64);
        bytes += own.sum::<u64>();
        if bytes >= max_bytes {
            return Err(Error::new(
                Stage::Load,
                format!("the text is above the limit of {max_bytes} bytes"),
            )
            .remedy("split it, or raise the limit with --max-bytes"));
        }
        pages.push(device.page);
    }
    Ok(pages)
}

struct Reader {
    page: Page,
    /// Bytes of text that may still be taken.
    left: u64,
}

/// How far a character may lean and still stand upright, as a slope.
const UPRIGHT: f64 = 0.05;
/// A drawn line is a rule up to this height, and from this length on, in points.
const RULE_HEIGHT: f64 = 2.5;
const RULE_LENGTH: f64 = 30.0;
/// The same character this near to itself, in parts of its size, is drawn twice to look bold.
const TWICE: f64 = 0.1;

impl Reader {
    fn take(&mut self, text: String, transform: Affine, advance: f64) {
        let [a, b, _, _, x, y] = transform.as_coeffs();
        let length = (a * a + b * b).sqrt();
        let upright = a > 0.0 && b.abs() <= UPRIGHT * a;
        let finite = x.is_finite() && y.is_finite() && length.is_finite();
        if !(upright && finite) {
            // Stamps across the page, and the margin's upward lines.
            return;
        }
        let size = length * 1000.0;
        let inside = (-size..=self.page.width + size).contains(&x)
            && (-size..=self.page.height + size).contains(&y);
        if !inside || size < 0.5 {
            return;
        }
        if text.chars().all(char::is_whitespace) {
            self.page.blanks.push((x, y));
            return;
        }
        let twice = self.page.glyphs.iter().rev().take(400).any(|g| {
            g.text == text
                && (g.x - x).abs() < TWICE * size
                && (g.y - y).abs() < TWICE * size
                && (g.size - size).abs() < TWICE * size
        });
        if twice || (text.len() as u64) > self.left {
            return;
        }
        self.left -= text.len() as u64;
        self.page.glyphs.push(Glyph {
            text,
            x,
            y,
            advance: advance * length,
            size,
        });
    }
}

impl<'a> Device<'a> for Reader {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, _: &DrawMode) {
        let bounds = (props.transform * path.clone()).bounding_box();
        if bounds.height() <= RULE_HEIGHT && bounds.width() >= RULE_LENGTH {
            let y = bounds.center().y;
            self.page.rules.push((bounds.x0, bounds.x1, y));
        }
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            let transform = props.transform * glyph.transform();
            let shown: &Shown = glyph;
            let advance = match shown {
                Shown::Outline(g) => g.advance_width(),
                Shown::Type3(g) => g.advance_width(),
            };
            let advance = advance.map_or(500.0, f64::from);
            let text = match glyph.as_unicode() {
                Some(BfString::Char(c)) => plain(c),
                Some(BfString::String(s)) => s.chars().map(plain).collect(),
                None => {
                    self.page.unknown += 1;
                    "\u{fffd}".to_owned()
                }
            };
            let text: String = text.chars().filter(|c| !c.is_control()).collect();
            if !text.is_empty() && (transform * Point::ZERO).is_finite() {
                self.take(text, transform, advance);
            }
        }
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}

/// The letters that a ligature joins, and a hyphen by its plain name: one that is drawn is there,
/// whatever its font calls it.
fn plain(c: char) -> String {
    match c {
        '\u{ad}' | '\u{2010}' | '\u{2011}' => "-",
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' | 'ﬆ' => "st",
        _ => return c.to_string(),
    }
    .to_owned()
}
