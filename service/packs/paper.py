"""A handout's page as PDF: tagged for screen readers (PDF/UA-1), in normal or large type.

The only module that opens WeasyPrint, the extra `pdf`, and through it Pango, which is no
Python package. Without either there is no press, and handouts are pages and plain text.
"""

import logging
from collections.abc import Callable
from threading import Lock
from typing import Any

from service.domain.content import HandoutForm
from service.domain.errors import NotFound

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


_ONE_AT_A_TIME = Lock()


def print_small(page: bytes) -> bytes:
    """Print a small page about one patient, one at a time; nothing of it is kept.

    Handouts are never printed so: they are made before anybody asks (docs/decisions/0024).

    Raises:
        NotFound: PDFs cannot be made here.
    """
    with _ONE_AT_A_TIME:
        try:
            return open_press()(page, HandoutForm.PDF)
        except NoPress as error:
            raise NotFound(f"there is no PDF here: {error}") from error


def _print(weasyprint: Any, html: bytes, form: HandoutForm) -> bytes:
    whole = html.replace(_PLAIN, _LARGE, 1) if form is HandoutForm.LARGE else html
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())  # a page stands by itself
    document = weasyprint.HTML(string=whole.decode(), url_fetcher=nothing)
    printed: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return printed
