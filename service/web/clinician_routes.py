"""The routes of the physiotherapist's pages under /clinician.

Their views, with the templates' languages, are loaded at the first page: a worker that only
makes plans needs none of it, and the first plan after a start does not wait for it.
"""

from typing import Any

from flask import Blueprint

from service.web.access import launched
from service.web.late_pages import late_pages
from service.web.parts import Parts

# Address, view, method. Every view is of `clinician.Views`.
ROUTES = (
    ("/plans", "plans", "GET"),
    ("/plans/<plan_id>", "plan", "GET"),
    ("/plans/<plan_id>", "save", "POST"),
    ("/plans/<plan_id>/draft", "autosave", "POST"),
    ("/plans/<plan_id>/discard", "discard", "POST"),
    ("/plans/<plan_id>/check", "check", "GET"),
    ("/plans/<plan_id>/check", "sign", "POST"),
    ("/plans/<plan_id>/rebase", "rebase", "POST"),
    ("/plans/<plan_id>/confirm", "confirm", "POST"),
    ("/plans/<plan_id>/send", "send_again", "POST"),
    ("/plans/<plan_id>/delivery", "delivery", "GET"),
    ("/plans/<plan_id>/print", "print_view", "GET"),
    ("/plans/<plan_id>/entries/<int:number>/correct", "correct", "GET"),
    ("/plans/<plan_id>/entries/<int:number>/correct", "correct_now", "POST"),
    ("/plans/<plan_id>/goals/<goal_id>/correct", "correct_goal", "GET"),
    ("/plans/<plan_id>/goals/<goal_id>/correct", "correct_goal_now", "POST"),
    ("/plans/<plan_id>/handouts/<int:number>/withdraw", "withdraw", "GET"),
    ("/plans/<plan_id>/handouts/<int:number>/withdraw", "withdraw_now", "POST"),
    ("/plans/<plan_id>/close", "close", "GET"),
    ("/plans/<plan_id>/close", "close_now", "POST"),
    ("/plans/<plan_id>/sheet", "sheet", "GET"),
    ("/plans/<plan_id>/sheet.pdf", "sheet_pdf", "GET"),
    ("/plans/<plan_id>/ticks", "ticks", "GET"),
    ("/plans/<plan_id>/ticks", "ticks_now", "POST"),
    ("/paper", "paper", "GET"),
    ("/paper/<code>", "paper_of", "GET"),
    ("/language", "language", "POST"),
    ("/left", "left", "GET"),
)


def blueprint(parts: Parts) -> Blueprint:
    """The pages with their parts; all but the last open with a launch only."""

    def load() -> Any:
        from service.web.clinician import Views

        return Views(parts)

    return late_pages("clinician", ROUTES, launched, load)
