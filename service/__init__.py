"""The education-plan service: an encounter in, a documented education plan out."""

__version__ = "0.1.0"
