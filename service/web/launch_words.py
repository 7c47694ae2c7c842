"""What a person is told when a SMART launch opens nothing: what is wrong, and what mends it."""

from flask_babel import gettext as _

from service.domain.errors import Unopened


def words_of(reason: Unopened) -> list[str]:
    """Return the sentences for a reason, the mend last."""
    again = _("Open it from the record again.")
    settings = _("Whoever runs this service must look at the clinic's settings for the record.")
    record = _("Whoever runs the record must look at how this service is registered there.")
    found = {
        Unopened.UNKNOWN_RECORD: (
            _("The record that sent you here is not one that this service knows."),
            settings,
        ),
        Unopened.MALFORMED: (_("The address that opened this page cannot be read."), record),
        Unopened.NOT_SMART: (
            _("What the record says of its login cannot be used."),
            settings,
        ),
        Unopened.UNKNOWN_STATE: (
            _("This login was used already, or took longer than ten minutes."),
            again,
        ),
        Unopened.OTHER_BROWSER: (
            _(
                "The login came back to another browser than it left from, "
                "or the browser kept no cookie inside the record's window."
            ),
            again,
        ),
        Unopened.DECLINED: (_("The record's login let nobody in."), again),
        Unopened.OTHER_SERVER: (
            _("Another login answered than the one you were sent to. Nothing was opened."),
            settings,
        ),
        Unopened.NO_TOKEN: (_("The record's login did not accept this service."), record),
        Unopened.WRONG_IDENTITY: (
            _("What the record says of who you are does not hold. Nothing was opened."),
            record,
        ),
        Unopened.NO_PATIENT: (
            _("The record did not say which patient this is about."),
            _("Choose a patient in the record, and open it from there again."),
        ),
        Unopened.NO_USER: (_("The record did not say who you are."), record),
        Unopened.NO_PAGES: (_("There are no pages here for the one who logged in."), again),
    }
    return list(found[reason])
