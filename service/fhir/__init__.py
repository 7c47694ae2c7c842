"""Plan to FHIR R4 and back, as pure functions over plain dicts. No I/O."""
