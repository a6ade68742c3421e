"""Texts of the service in Markdown: a ticket shows them as they are, whatever they hold."""

from __future__ import annotations

import html
import re

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from unsub_tui.present.export.formats import markdown_text, page_markdown
from unsub_tui.present.page import BLANK, Entry, heading

HOSTILE = st.lists(
    st.sampled_from(
        [*r"\`*_{}[]()<>#+-=.!|~&:/;\"'%$^,?", "1", "7", "a", "nbsp", "www", "http", "://", "x.y", " ", "中"]
    ),
    min_size=1,
    max_size=12,
).map(lambda parts: " ".join("".join(parts).split()) or "a")
"""Texts as they come out of cleaning: one line, no control characters."""

MARKDOWN = MarkdownIt("gfm-like")
"""With tables, struck text, and links made of bare addresses."""


@given(HOSTILE)
@example("&rlm;gpj.exe &lt;b&gt;")
@example("https://example.org www.example.org HTTP://x WWW.x.y")
@example("<img src=x onerror=alert(1)>")
@example("![a](http://b) | c | `d`")
@example("7. seven")
@example("- - not sent")
@example("[x] done")
def test_a_page_shows_every_text_as_it_is(text: str) -> None:
    """As a heading, as an entry and as one that belongs to it: no link, no list of its own, no entity."""
    page = page_markdown([heading(text), BLANK, Entry(text), Entry(text, indent=2), Entry("end", indent=2)])
    found = MARKDOWN.render(page)
    assert re.findall(r"<(\w+)", found) == ["h2", "ul", "li", "ul", "li", "li"]
    shown = [line.strip() for line in html.unescape(re.sub(r"<[^>]*>", "\n", found)).splitlines() if line.strip()]
    assert shown == [text, text, text, "end"]


@given(HOSTILE)
@example("a | b")
@example("https://example.org &copy;")
def test_a_table_shows_every_text_as_it_is(text: str) -> None:
    """A cell is a cell."""
    found = MARKDOWN.render(markdown_text(["name", "more"], [[text, "end"]]))
    assert re.findall(r"<td>(.*?)</td>", found)[1:] == ["end"]
    assert html.unescape(re.findall(r"<td>(.*?)</td>", found)[0]) == text
