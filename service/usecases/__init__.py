"""One story per file. What a story needs is handed in; see ports.py."""
