/// Turns byte offsets of one text into Unicode code points and back.
///
/// Everything that leaves the program counts code points; everything inside counts bytes.
#[derive(Debug, Clone)]
pub struct CodePoints {
    /// Code points before every 64th byte; ASCII-only texts need no table.
    blocks: Option<Vec<usize>>,
    bytes: usize,
}

const BLOCK: usize = 64;

impl CodePoints {
    pub fn new(text: &str) -> Self {
        let blocks = (!text.is_ascii()).then(|| {
            let mut blocks = Vec::with_capacity(text.len() / BLOCK + 1);
            let mut count = 0;
            for (i, b) in text.bytes().enumerate() {
                if i % BLOCK == 0 {
                    blocks.push(count);
                }
                if !is_continuation(b) {
                    count += 1;
                }
            }
            blocks
        });
        CodePoints {
            blocks,
            bytes: text.len(),
        }
    }

    /// Code points before byte `offset` of `text` (the text this table was made from).
    pub fn at(&self, text: &str, offset: usize) -> usize {
        let offset = offset.min(self.bytes);
        let Some(blocks) = &self.blocks else {
            return offset;
        };
        if blocks.is_empty() {
            return 0;
        }
        let block = (offset / BLOCK).min(blocks.len() - 1);
        let inside = &text.as_bytes()[block * BLOCK..offset];
        blocks[block] + inside.iter().filter(|b| !is_continuation(**b)).count()
    }

    /// The byte at which code point `index` of `text` begins; the text's length past the end.
    pub fn byte(&self, text: &str, index: usize) -> usize {
        let Some(blocks) = &self.blocks else {
            return index.min(self.bytes);
        };
        let block = blocks
            .partition_point(|&before| before <= index)
            .saturating_sub(1);
        let mut count = blocks.get(block).copied().unwrap_or(0);
        for (i, b) in text.bytes().enumerate().skip(block * BLOCK) {
            if !is_continuation(b) {
                if count == index {
                    return i;
                }
                count += 1;
            }
        }
        self.bytes
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_code_points_agree_in_both_directions() {
        let texts = [
            "",
            "plain ascii",
            "“quoted” — naïve … 東京 🙂",
            &"é".repeat(200),
        ];
        for text in texts {
            let table = CodePoints::new(text);
            for (index, (byte, _)) in text.char_indices().enumerate() {
                assert_eq!(table.at(text, byte), index);
                assert_eq!(table.byte(text, index), byte);
            }
            assert_eq!(table.at(text, text.len()), text.chars().count());
            assert_eq!(table.byte(text, text.chars().count()), text.len());
        }
    }
}
