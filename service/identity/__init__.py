"""Who is calling: bearer tokens of configured issuers."""
