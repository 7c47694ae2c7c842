"""What the operator decided: environment variables and the file of clinics."""
