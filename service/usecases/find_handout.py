"""The story of one handout: which exact page is meant, may it still be read, is there a newer.

A page is named by its SHA-256, or by a version of its pack, or it is the one that the pack
has now. The first two find also what the pack does not have any more.
"""

from service.domain.content import ANY_OTHER, Edition, HandoutFile, HandoutForm, Pack, PackState
from service.domain.errors import NotFound, Withdrawn
from service.domain.values import dataclass
from service.usecases.ports import Catalogue, IssuedHandout, IssuedHandouts


@dataclass(frozen=True, slots=True)
class WantedHandout:
    """What is asked for. `edition` and `language` are "" where the page itself decides.

    `sha256` is that of the page and names the text in every form; it goes before `version`.
    """

    pack: str
    handout: str
    edition: str = ""
    language: str = ""
    sha256: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class FoundHandout:
    """A page that may be read.

    `state` is how far its pack is today, None when the clinic has no such pack in use any
    more. `newer` is the SHA-256 of the page that the pack has now in this edition and
    language, "" when it is this one or there is none.
    """

    page: IssuedHandout
    state: PackState | None
    newer: str


@dataclass(frozen=True, slots=True)
class Successor:
    """What is to be read in the place of a page that was withdrawn."""

    pack: str
    handout: str
    edition: str
    language: str
    title: str
    sha256: str


@dataclass(frozen=True, slots=True)
class FindHandout:
    """Finds pages among those that were made; makes none."""

    catalogue: Catalogue
    issued: IssuedHandouts

    def find(self, tenant: str, wanted: WantedHandout) -> FoundHandout:
        """Return the page that is meant.

        A language that the handout is not in gives the source text with a note on it.

        Raises:
            NotFound: there is no such page, or the hash is of another one.
            Withdrawn: the version was taken back; knows what to read instead.
        """
        pack = self._pack(tenant, wanted.pack)
        page = self.issued.page(self._sha256(tenant, pack, wanted))
        if page is None or not _is_meant(page, wanted):
            raise NotFound("this version of the handout is not here")
        self._refuse_withdrawn(tenant, page.version, wanted, page)
        now = _sha256_now(pack, page.handout, page.edition, page.language) if pack else ""
        newer = now if now != page.sha256 else ""
        return FoundHandout(page, pack.state if pack else None, newer)

    def read(self, page: IssuedHandout, form: HandoutForm) -> bytes:
        """The bytes of the page in this form.

        Raises:
            NotFound: it was not made in this form.
        """
        return self.issued.read(page, form)

    def read_page(self, sha256: str) -> bytes:
        """The page with this SHA-256.

        Raises:
            NotFound: there is none.
        """
        page = self.issued.page(sha256)
        if page is None:
            raise NotFound("this version of the handout is not here")
        return self.read(page, HandoutForm.PAGE)

    def _pack(self, tenant: str, pack_id: str) -> Pack | None:
        packs = self.catalogue.packs(tenant)
        return next((pack for pack in packs if pack.id == pack_id), None)

    def _sha256(self, tenant: str, pack: Pack | None, wanted: WantedHandout) -> str:
        if wanted.sha256:
            return wanted.sha256
        edition = wanted.edition or Edition.FULL.value
        if wanted.version:
            return self._of_version(wanted, edition)
        if pack is None:
            self._refuse_withdrawn(tenant, "", wanted)
            raise NotFound(
                "there is no such pack", how_to_fix="See /api/v1/packs for what there is."
            )
        return _sha256_now(pack, wanted.handout, edition, wanted.language or pack.languages[0])

    def _of_version(self, wanted: WantedHandout, edition: str) -> str:
        pages = {
            language: sha256
            for (handout, of, language), sha256 in self.issued.of_version(
                wanted.pack, wanted.version
            ).items()
            if (handout, of) == (wanted.handout, edition)
        }
        source = next(iter(pages), "")  # the language that the pack is written in stands first
        asked = wanted.language or source
        spoken = (asked, asked.partition("-")[0], ANY_OTHER)
        return next((pages[language] for language in spoken if language in pages), "")

    def _refuse_withdrawn(
        self, tenant: str, version: str, wanted: WantedHandout, page: IssuedHandout | None = None
    ) -> None:
        withdrawal = self.catalogue.withdrawal(wanted.pack, version)
        if withdrawal is None:
            return
        edition = (page.edition if page else wanted.edition) or Edition.FULL.value
        language = page.language if page else wanted.language
        raise Withdrawn(
            f"this text was withdrawn: {withdrawal.reason}",
            language=language,
            successor=self._successor(
                tenant, withdrawal.successor, wanted.handout, edition, language
            ),
        )

    def _successor(
        self, tenant: str, pack_id: str, handout_id: str, edition: str, language: str
    ) -> Successor | None:
        pack = self._pack(tenant, pack_id)
        handout = pack.handout(handout_id) if pack else None
        if pack is None or handout is None:
            return None
        file = _file_now(pack, handout_id, edition, language or pack.languages[0])
        if file is None:
            return None
        title = handout.title.in_language(file.language)
        return Successor(pack.id, handout_id, edition, file.language, title, file.sha256)


def embedded(page: bytes) -> tuple[str, str]:
    """Return a page's style sheet and its article, to be shown inside another page.

    The article is the page's own, byte for byte. The style is allowed by the page's `style`
    (a CSP source). An empty `<div class="slot"></div>` in it may be filled, with a code.
    """
    html = page.decode()
    style = html.partition("<style>")[2].partition("</style>")[0]
    article = html.partition("<article")[2].rpartition("</article>")[0]
    return style, f"<article{article}</article>"


def _file_now(pack: Pack, handout_id: str, edition: str, language: str) -> HandoutFile | None:
    handout = pack.handout(handout_id)
    if handout is None or edition not in list(Edition):
        return None
    return handout.file(Edition(edition), language)


def _sha256_now(pack: Pack, handout_id: str, edition: str, language: str) -> str:
    """The page that the pack has now; "" for none."""
    file = _file_now(pack, handout_id, edition, language)
    return file.sha256 if file else ""


def _is_meant(page: IssuedHandout, wanted: WantedHandout) -> bool:
    """Whether a page has all that was said of it; a note may stand on it for any language."""
    same = (page.pack, page.handout) == (wanted.pack, wanted.handout)
    spoken = wanted.language.partition("-")[0]
    known = {wanted.language, spoken} & {language for _, language in page.others}
    speaks = not wanted.language or page.language in known or not known
    return same and wanted.edition in ("", page.edition) and speaks
