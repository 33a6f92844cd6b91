"""Sentence boundaries of stancemap, pySBD, spaCy's sentencizer and sentencex on one set.

    python3 tests/evaluation/sentences.py target/release/stancemap

Needs `pip install pysbd spacy sentencex`; what is not installed is passed over. The set is
tests/sentences/*.txt: one sentence a line, blank lines between paragraphs. Each half is tried

- plain: a paragraph is one line;
- wrapped: hard-wrapped at 72 columns;
- marked: wrapped, with the digits of a footnote glued to the end of every third sentence.

A boundary is the end of a sentence, counted in characters that are no white space, so that line
breaks do not matter; the end of a paragraph is given to every system and not counted. `--errors`
prints what stancemap gets wrong.
"""

import json
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

SETS = Path(__file__).parent.parent / "sentences"


def paragraphs(path):
    blocks, block = [], []
    for line in path.read_text(encoding="utf-8").splitlines() + [""]:
        if line.startswith("#"):
            continue
        if line.strip():
            block.append(line.strip())
        elif block:
            blocks.append(block)
            block = []
    return blocks


def with_markers(blocks):
    number, count, marked = 0, 0, []
    for block in blocks:
        out = []
        for sentence in block:
            count += 1
            if count % 3 == 0 and sentence[-1] in ".”":
                number += 1
                sentence += str(number)
            out.append(sentence)
        marked.append(out)
    return marked


def texts(blocks, width):
    for block in blocks:
        text = " ".join(block)
        yield textwrap.fill(text, width, break_on_hyphens=False, break_long_words=False) if width else text


def ink(text):
    return sum(not c.isspace() for c in text)


def ends(sentences, total):
    found, at = set(), 0
    for sentence in sentences:
        at += ink(sentence)
        found.add(at)
    return {e for e in found if 0 < e < total}


def stancemap(binary):
    def split(blocks, width):
        text = "\n\n".join(texts(blocks, width)) + "\n"
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            out = subprocess.run(
                [binary, "sentences", file.name, "--format", "jsonl"],
                capture_output=True, text=True, check=True,
            ).stdout
        rows = [json.loads(line) for line in out.splitlines()]
        for row in rows:
            assert text[row["start"]:row["end"]] == row["text"]
        return {ink(text[: row["end"]]) for row in rows}

    return split


def by_paragraph(segment):
    def split(blocks, width):
        found, before = set(), 0
        for text in texts(blocks, width):
            found |= {before + e for e in ends(segment(text), ink(text))}
            before += ink(text)
        return found

    return split


def systems(binary):
    yield "stancemap", stancemap(binary)
    try:
        import pysbd

        segmenter = pysbd.Segmenter(language="en", clean=False)
        yield "pySBD", by_paragraph(segmenter.segment)
    except ImportError:
        pass
    try:
        import spacy

        nlp = spacy.blank("en")
        nlp.add_pipe("sentencizer")
        yield "spaCy sentencizer", by_paragraph(lambda t: [s.text for s in nlp(t).sents])
    except ImportError:
        pass
    try:
        import sentencex

        yield "sentencex", by_paragraph(lambda t: list(sentencex.segment("en", t)))
    except ImportError:
        pass


def main():
    binary = sys.argv[1]
    print(f"{'set':<12} {'as':<8} {'system':<18} {'P':>6} {'R':>6} {'F':>6}")
    for half in ("development", "test"):
        plain = paragraphs(SETS / f"{half}.txt")
        for name, blocks, width in (
            ("plain", plain, None),
            ("wrapped", plain, 72),
            ("marked", with_markers(plain), 72),
        ):
            gold, outer, before = set(), set(), 0
            for block in blocks:
                total = sum(map(ink, block))
                gold |= {before + e for e in ends(block, total)}
                before += total
                outer.add(before)
            for system, split in systems(binary):
                found = split(blocks, width) - outer
                right = len(found & gold)
                p, r = right / max(len(found), 1), right / len(gold)
                f = 2 * p * r / max(p + r, 1e-9)
                print(f"{half:<12} {name:<8} {system:<18} {p:6.3f} {r:6.3f} {f:6.3f}")
                if system == "stancemap" and "--errors" in sys.argv:
                    flat = "".join(c for b in blocks for s in b for c in s if not c.isspace())
                    for e in sorted(found ^ gold):
                        print("   ", "missed" if e in gold else "false ", flat[max(0, e - 30):e], "|", flat[e:e + 20])


if __name__ == "__main__":
    main()
