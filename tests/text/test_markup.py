"""Markup, entities, emoji and drawn letters: what is heard of them, and what is not."""

from __future__ import annotations

import pytest

from studio.text import prepare
from tests.text.saying import spoken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# News\nAll is well", ["News.", "All is well"]),
        ("* one\n* two\n  - three", ["one.", "two.", "three."]),
        ("1. Mix\n2) Bake", ["One, Mix.", "Two, Bake."]),
        ("- [x] shop\n- [ ] cook", ["shop.", "cook."]),
        ("a **bold** and _soft_ ~~old~~ `word`", ["a bold and soft old word"]),
        ("***very*** __much__ so", ["very much so"]),
        ("read [this page](https://example.org/a_b) now", ["read this page now"]),
        ("![a cat](cat.png) sleeps", ["a cat sleeps"]),
        ("see <https://example.org>", ["see example dot org"]),
        ("> quoted\n\n---\n\nafter", ["quoted", "after"]),
        ("```js\nlet it be\n```", ["let it be."]),
        ("| Name | Age |\n|:--|--:|\n| Bo | 7 |", ["Name, Age.", "Bo, seven."]),
        ("<p>Hello <b>you</b></p><br/>there", ["Hello you", "there"]),
        ("Tea &lt; milk &amp; sugar&nbsp;&#33; &copy;", ["Tea is less than milk and sugar!"]),
        ("2 * 3 and x * y", ["Two times three and x times y"]),
        ("note[^1] here", ["note here"]),
        ("Great 👍🏽 work 🎉!", ["Great work!"]),
        ("a 👨‍👩‍👧 b ❤️ c 1️⃣", ["a b c one"]),
        ("𝓗𝓮𝓵𝓵𝓸 ｗｏｒｌｄ ﬁne ①", ["Hello world fine one"]),
        ("Brand™ name® here©", ["Brand name here"]),
        ("zero\u200bwidth soft\u00adhyphen", ["zerowidth softhyphen"]),
        ("so … it – goes — on", ["so… it — goes — on"]),
        ("!!! Really??? Yes!?!", ["Really?", "Yes?"]),
        ("a (b) [c] {d}", ["a, b, c, d"]),
        ("你好，世界", ["你好, 世界"]),
    ],
)
def test_it_is_read_without_its_markup(text: str, said: list[str]) -> None:
    assert spoken(text) == said


@pytest.mark.parametrize(
    "text", ["", "  \n ", "🎈🎈", "?! ... --", "***", "---\n\n***", "&nbsp;", "\u200b"]
)
def test_nothing_to_say_has_no_sentences(text: str) -> None:
    assert prepare(text, "en").sentences == ()
