"""Makes other formats of essays: Markdown, HTML (two habits of notes), DOCX, EPUB, and PDF by a
typesetter, in one column and in two.

    cargo run --example structure -- corpus | python3 tests/formats/generate.py DIR

Each format gets a folder in DIR, with one file an essay. The essays' text is that of the layout
stage's own reading, so that what differs afterwards differs because of the format. PDF needs the
packages of requirements.txt; without them it is left out, and a line says so.
"""

import html
import json
import re
import sys
import zipfile
from pathlib import Path

# Files with the same content have the same bytes.
DAY = (2020, 1, 1, 0, 0, 0)


def pieces(paragraph, marker, plain=lambda text: text):
    """The paragraph's text with its markers put in."""
    text, out, at = paragraph["text"], [], 0
    for found in paragraph["markers"]:
        out.append(plain(text[at : found["at"]]))
        out.append(marker(found["number"]))
        at = found["at"]
    out.append(plain(text[at:]))
    return "".join(out)


def linked(essay):
    numbers = {m["number"] for p in essay["paragraphs"] for m in p["markers"]}
    return [n for n in essay["notes"] if n["number"] in numbers]


def markdown(essay):
    def plain(text):
        for sign in "\\*_`<>[]#":
            text = text.replace(sign, "\\" + sign)
        return text

    lines = ["---", "title: " + json.dumps(essay["title"] or "", ensure_ascii=False)]
    if essay["date"]:
        lines.append("date: " + json.dumps(essay["date"]))
    if essay["authors"]:
        lines.append("author:")
        lines += ["  - " + name for name in essay["authors"]]
    lines += ["---", ""]
    before = {"heading": "## ", "quotation": "> ", "item": "- "}
    for i, paragraph in enumerate(essay["paragraphs"]):
        text = pieces(paragraph, lambda n: f"[^{n}]", plain)
        sign = "# " if i == 0 else before.get(paragraph["kind"], "")
        # "1. A road" at a line's start would be a list.
        text = re.sub(r"^(\d+)([.)])", r"\1\\\2", text)
        lines += [sign + text, ""]
    for note in linked(essay):
        lines.append(f"[^{note['number']}]: {plain(note['text'])}")
    return "\n".join(lines) + "\n"


def body_of_page(essay, marker, tag_of_title="h1"):
    out = []
    for i, paragraph in enumerate(essay["paragraphs"]):
        text = pieces(paragraph, marker, html.escape)
        kind = paragraph["kind"]
        if i == 0:
            out.append(f"<{tag_of_title}>{text}</{tag_of_title}>")
        elif kind == "heading":
            out.append(f"<h2>{text}</h2>")
        elif kind == "quotation":
            out.append(f"<blockquote><p>{text}</p></blockquote>")
        elif kind == "item":
            out.append(f"<ul><li>{text}</li></ul>")
        else:
            out.append(f"<p>{text}</p>")
    return "\n".join(out)


def head(essay):
    tags = [f"<title>{html.escape(essay['title'] or '')} | Sample Review</title>"]
    for author in essay["authors"]:
        tags.append(f'<meta name="citation_author" content="{html.escape(author)}">')
    if essay["date"]:
        tags.append(f'<meta name="citation_date" content="{html.escape(essay["date"])}">')
    return "\n".join(tags)


def page(essay):
    """As blogs have it: `fn:1`, a list of notes, the site's frame around the article."""

    def marker(n):
        return f'<sup id="fnref:{n}"><a href="#fn:{n}" class="footnote-ref">{n}</a></sup>'

    notes = "\n".join(
        f'<li id="fn:{n["number"]}" value="{n["number"]}"><p>{html.escape(n["text"])} '
        f'<a href="#fnref:{n["number"]}" class="footnote-backref">&#8617;</a></p></li>'
        for n in linked(essay)
    )
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
{head(essay)}
<style>body {{ color: black }}</style></head>
<body><header><nav><a href="/">Home</a> <a href="/about">About</a></nav></header>
<main><article>
{body_of_page(essay, marker)}
<section class="footnotes"><hr><ol>
{notes}
</ol></section>
</article></main>
<aside class="sidebar"><p>Read more: <a href="/a">Another essay</a></p></aside>
<footer><p>&copy; Sample Review. All rights reserved.</p></footer></body></html>
"""


def saved_page(essay):
    """As a word processor saves it: `#_ftn1`, a `div` for each note."""

    def marker(n):
        return f'<a href="#_ftn{n}" name="_ftnref{n}"><sup>[{n}]</sup></a>'

    notes = "\n".join(
        f'<div id="ftn{n["number"]}"><p class="MsoFootnoteText"><a href="#_ftnref{n["number"]}" '
        f'name="_ftn{n["number"]}"><sup>[{n["number"]}]</sup></a> {html.escape(n["text"])}</p></div>'
        for n in linked(essay)
    )
    return f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">
{head(essay)}</head>
<body><div class="Section1">
{body_of_page(essay, marker, "h1")}
</div><div><br clear="all"><hr align="left" size="1" width="33%">
{notes}
</div></body></html>
"""


def archive(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in entries:
            info = zipfile.ZipInfo(name, DAY)
            stored = name == "mimetype"
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            out.writestr(info, text)


WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(essay, path):
    def run(text):
        return f'<w:r><w:t xml:space="preserve">{html.escape(text, False)}</w:t></w:r>' if text else ""

    numbers = [n["number"] for n in linked(essay)]
    # Word counts its notes itself; where one is missing, the numbers are typed.
    typed = numbers != list(range(1, len(numbers) + 1))

    def marker(n):
        own = ' w:customMarkFollows="1"' if typed else ""
        text = f"<w:t>{n}</w:t>" if typed else ""
        return (
            '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/><w:vertAlign w:val="superscript"/></w:rPr>'
            f'<w:footnoteReference{own} w:id="{n}"/>{text}</w:r>'
        )

    styles = {"heading": "Heading2", "quotation": "Quote", "item": "ListBullet"}
    paragraphs = []
    for i, paragraph in enumerate(essay["paragraphs"]):
        style = "Title" if i == 0 else styles.get(paragraph["kind"])
        properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        paragraphs.append(f"<w:p>{properties}{pieces(paragraph, marker, run)}</w:p>")
    notes = [
        '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    ]
    for note in linked(essay):
        notes.append(
            f'<w:footnote w:id="{note["number"]}"><w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr>'
            '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteRef/></w:r>'
            f'{run(" " + note["text"])}</w:p></w:footnote>'
        )
    names = [
        ("Title", "Title"),
        ("Heading2", "heading 2"),
        ("Quote", "Quote"),
        ("ListBullet", "List Bullet"),
        ("FootnoteText", "footnote text"),
    ]
    style_sheet = "".join(
        f'<w:style w:type="paragraph" w:styleId="{i}"><w:name w:val="{n}"/></w:style>' for i, n in names
    )
    top = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    content = "http://schemas.openxmlformats.org/package/2006/content-types"
    part = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    archive(
        path,
        [
            (
                "[Content_Types].xml",
                f'{top}<Types xmlns="{content}"><Default Extension="rels" '
                'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                f'<Override PartName="/word/document.xml" ContentType="{part}.document.main+xml"/>'
                f'<Override PartName="/word/styles.xml" ContentType="{part}.styles+xml"/>'
                f'<Override PartName="/word/footnotes.xml" ContentType="{part}.footnotes+xml"/></Types>',
            ),
            (
                "_rels/.rels",
                f'{top}<Relationships xmlns="{relations}"><Relationship Id="r1" '
                f'Type="{office}/officeDocument" Target="word/document.xml"/></Relationships>',
            ),
            (
                "word/_rels/document.xml.rels",
                f'{top}<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{office}/styles" '
                f'Target="styles.xml"/><Relationship Id="r2" Type="{office}/footnotes" '
                'Target="footnotes.xml"/></Relationships>',
            ),
            ("word/styles.xml", f"{top}<w:styles {WORD}>{style_sheet}</w:styles>"),
            ("word/footnotes.xml", f"{top}<w:footnotes {WORD}>{''.join(notes)}</w:footnotes>"),
            (
                "word/document.xml",
                f"{top}<w:document {WORD}><w:body>{''.join(paragraphs)}</w:body></w:document>",
            ),
        ],
    )


def epub(essay, path):
    def marker(n):
        return f'<a epub:type="noteref" href="notes.xhtml#n{n}">{n}</a>'

    def xhtml(body):
        return (
            '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html>'
            '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
            f"<head><title>{html.escape(essay['title'] or '')}</title></head><body>{body}</body></html>"
        )

    notes = "".join(
        f'<aside epub:type="footnote" id="n{n["number"]}"><p>{n["number"]}. '
        f"{html.escape(n['text'])}</p></aside>"
        for n in linked(essay)
    )
    creators = "".join(
        f'<dc:creator>{html.escape(a)}</dc:creator>' for a in essay["authors"]
    )
    package = f"""<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">{essay["id"]}</dc:identifier>
<dc:title>{html.escape(essay["title"] or "")}</dc:title>{creators}<dc:language>en</dc:language>
<dc:date>{html.escape(essay["date"] or "")}</dc:date></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="text" href="text/essay.xhtml" media-type="application/xhtml+xml"/>
<item id="notes" href="text/notes.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="nav" linear="no"/><itemref idref="text"/><itemref idref="notes" linear="no"/></spine>
</package>"""
    container = (
        '<?xml version="1.0"?><container version="1.0" '
        'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
        'full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    archive(
        path,
        [
            ("mimetype", "application/epub+zip"),
            ("META-INF/container.xml", container),
            ("OEBPS/book.opf", package),
            ("OEBPS/nav.xhtml", xhtml('<nav epub:type="toc"><ol><li><a href="text/essay.xhtml">Essay</a></li></ol></nav>')),
            ("OEBPS/text/essay.xhtml", xhtml(body_of_page(essay, marker))),
            ("OEBPS/text/notes.xhtml", xhtml(notes)),
        ],
    )


def typst_source(essay, columns):
    def plain(text):
        return "#" + json.dumps(text, ensure_ascii=False).replace("\\u", "\\u") + ";" if text else ""

    notes = {n["number"]: n["text"] for n in essay["notes"]}

    def marker(n):
        # The counter is set, so that a note that was never linked shifts no number.
        return f"#counter(footnote).update({n - 1})#footnote[{plain(notes.get(n, ''))}]"

    out = [
        f"#set document(title: {json.dumps(essay['title'] or '', ensure_ascii=False)})",
        f"#set page(paper: \"a4\", margin: 2.4cm, columns: {columns}, header: context "
        f"if counter(page).get().first() > 1 [#smallcaps[Sample Review] #h(1fr) Essays of the Year], "
        "footer: align(center, context counter(page).display()))",
        '#set text(lang: "en", size: 10.5pt, hyphenate: true)',
        "#set par(justify: true, first-line-indent: 1.2em, leading: 0.62em, spacing: 0.62em)",
        "#set super(typographic: false)",
        "#show quote.where(block: true): set block(above: 1.1em, below: 1.1em)",
        "#show heading: set block(above: 1.4em, below: 1em)",
        "#set columns(gutter: 7mm)",
    ]
    for i, paragraph in enumerate(essay["paragraphs"]):
        text = pieces(paragraph, marker, plain)
        kind = paragraph["kind"]
        if i == 0:
            out.append(f"#align(center, text(size: 17pt, weight: \"bold\")[{text}])")
        elif kind == "front":
            out.append(f"#align(center)[{text}]")
        elif kind == "heading":
            out.append(f"#heading(level: 2)[{text}]")
        elif kind == "quotation":
            out.append(f"#quote(block: true)[{text}]")
        elif kind == "item":
            out.append(f"#list[{text}]")
        else:
            out.append(f"#par[{text}]")
    return "\n\n".join(out) + "\n"


def main():
    folder = Path(sys.argv[1])
    essays = [json.loads(line) for line in sys.stdin if line.strip()]
    try:
        import typst
    except ImportError:
        typst = None
        print("no PDF: the packages of requirements.txt are not here", file=sys.stderr)
    for essay in essays:
        for name, make in [("markdown", markdown), ("html", page), ("html_saved", saved_page)]:
            (folder / name).mkdir(parents=True, exist_ok=True)
            end = "md" if name == "markdown" else "html"
            (folder / name / f"{essay['id']}.{end}").write_text(make(essay), encoding="utf-8")
        for name, write in [("docx", docx), ("epub", epub)]:
            (folder / name).mkdir(parents=True, exist_ok=True)
            write(essay, folder / name / f"{essay['id']}.{name}")
        for name, columns in [("pdf", 1), ("pdf_columns", 2)] if typst else []:
            (folder / name).mkdir(parents=True, exist_ok=True)
            source = folder / name / f"{essay['id']}.typ"
            source.write_text(typst_source(essay, columns), encoding="utf-8")
            target = source.with_suffix(".pdf")
            typst.compile(str(source), output=str(target))
            source.unlink()


main()
