"""The clinic's record, spoken to as FHIR R4 over HTTP. Implements usecases.delivering.Record."""
