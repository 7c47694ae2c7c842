"""A handout's page as PDF: tagged for screen readers (PDF/UA-1), in normal or large type.

The only module that opens WeasyPrint, the extra `pdf`, and through it Pango, which is no
Python package. Without either there is no press, and handouts are pages and plain text.
"""

import logging
from collections.abc import Callable
from typing import Any

from service.domain.content import HandoutForm

PRINTED = (HandoutForm.PDF, HandoutForm.LARGE)
Press = Callable[[bytes, HandoutForm], bytes]  # a page, and which of PRINTED; gives the PDF

_PLAIN, _LARGE = b"<html ", b'<html class="large" '


class NoPress(Exception):
    """PDFs cannot be made here; the text says what is missing."""


def open_press() -> Press:
    """Return what prints a page.

    Raises:
        NoPress: the extra, or a library that it needs, is not installed.
    """
    try:
        import weasyprint
    except ImportError:
        raise NoPress(
            "the extra is not installed: pip install 'education-plan-service[pdf]'"
        ) from None
    except OSError as error:  # as WeasyPrint lets the loader's error through
        missing = str(error).partition(":")[0]
        raise NoPress(f"a library of the system is missing: {missing}") from None
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    return lambda html, form: _print(weasyprint, html, form)


def _print(weasyprint: Any, html: bytes, form: HandoutForm) -> bytes:
    whole = html.replace(_PLAIN, _LARGE, 1) if form is HandoutForm.LARGE else html
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())  # a page stands by itself
    document = weasyprint.HTML(string=whole.decode(), url_fetcher=nothing)
    printed: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return printed
