"""Real-world inputs for tests: official FHIR examples, JSON traps, naughty strings, mutants."""
