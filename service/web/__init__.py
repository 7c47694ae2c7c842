"""HTTP in, HTTP out: authorise, parse, act, present."""
