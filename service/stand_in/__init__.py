"""A stand-in for the clinic's record: a small FHIR R4 server, for the demo and the tests.

It keeps what it is given in one SQLite file and knows just enough REST to be written to. It is
no record: it checks no content, and lets everybody on loopback in.
"""
