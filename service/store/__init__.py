"""The database room: plans, outbox, audit and idempotency keys in one transaction."""
