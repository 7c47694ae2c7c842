"""What patient education is. Standard library only: no FHIR, HTTP or SQL."""
