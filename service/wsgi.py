"""Gunicorn's door: `service.wsgi:app`, with the settings of the environment."""

import gc

gc.disable()  # what a start makes stays: looking through it for garbage costs a tenth of it

from service.app import create_app  # noqa: E402
from service.config.settings import read_settings  # noqa: E402

app = create_app(read_settings())
gc.enable()
