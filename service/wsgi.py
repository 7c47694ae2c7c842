"""Gunicorn's door: `service.wsgi:app`, with the settings of the environment."""

from service.app import create_app
from service.config.settings import read_settings

app = create_app(read_settings())
