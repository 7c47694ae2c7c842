"""Used tokens of CDS clients, and answers to cards, in the database that all replicas share."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from service.store.engine import Connection, Engine, different
from service.usecases.card_answers import CardAnswer, Count
from service.usecases.ports import UsedToken

# Of one token all is the same, also when it expires.
_USE = """
    INSERT INTO used_token (tenant, expires, client, token, request) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""
_USED_BY = """
    SELECT request FROM used_token
    WHERE tenant = ? AND expires = ? AND client = ? AND token = ?"""
_CLEAR = "DELETE FROM used_token WHERE tenant = ? AND expires < ?"
_SELDOM = "00"  # one token of 256 begins so: those that have expired go with it
_KEEP = """
    INSERT INTO card_answer (tenant, service, card, outcome, reason, at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (tenant, service, card) DO UPDATE SET
      outcome = excluded.outcome, reason = excluded.reason, at = excluded.at
      WHERE excluded.at >= card_answer.at"""
_COUNT = """
    SELECT outcome, reason, count(*), max(at) FROM card_answer WHERE tenant = ? AND service = ?
    GROUP BY outcome, reason ORDER BY outcome, reason"""
_NEXT_TENANT = "SELECT min(tenant) FROM card_answer WHERE tenant > ?"


def use_token(engine: Engine, connection: Connection, tenant: str, token: UsedToken) -> bool:
    """See usecases.ports.Transaction.use."""
    if token.token.startswith(_SELDOM):
        connection.execute(_CLEAR, (tenant, engine.now(connection)))
    key = (tenant, int(token.expires * 1_000_000), token.client, token.token)
    if connection.execute(_USE, (*key, token.request)).rowcount == 1:
        return True
    # Whoever asks again within the same request, because the database interrupted it, may.
    found = connection.execute(_USED_BY, key).fetchone()
    return found is not None and found[0] == token.request


class DatabaseCardAnswers:
    """What was answered to cards; see usecases.card_answers.CardAnswers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, tenant: str, answers: Iterable[CardAnswer]) -> None:
        with self._engine.writing() as connection:
            for each in answers:
                at = (each.at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
                row = (tenant, each.service, each.card, each.outcome, each.reason, at)
                connection.execute(_KEEP, row)

    def count(self, tenant: str, service: str) -> list[Count]:
        with self._engine.reading() as connection:
            rows = connection.execute(_COUNT, (tenant, service)).fetchall()
        return [
            Count(
                outcome, reason, many, datetime.fromtimestamp(0, UTC) + timedelta(microseconds=at)
            )
            for outcome, reason, many, at in rows
        ]

    def tenants(self) -> list[str]:
        return different(self._engine, _NEXT_TENANT)
