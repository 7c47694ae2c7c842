"""Used tokens of CDS clients, and answers to cards, in the database that all replicas share."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from service.store.engine import Engine
from service.usecases.card_answers import CardAnswer, Count

# Whoever asks again within the same request, because the database interrupted it, is the same.
_USE = """
    INSERT INTO used_token (tenant, client, token, request, expires) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""
_USED_BY = "SELECT request FROM used_token WHERE tenant = ? AND client = ? AND token = ?"
_CLEAR = "DELETE FROM used_token WHERE tenant = ? AND expires < ?"
_KEEP = """
    INSERT INTO card_answer (tenant, service, card, outcome, reason, at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (tenant, service, card) DO UPDATE SET
      outcome = excluded.outcome, reason = excluded.reason, at = excluded.at
      WHERE excluded.at >= card_answer.at"""
_COUNT = """
    SELECT outcome, reason, count(*), max(at) FROM card_answer WHERE tenant = ? AND service = ?
    GROUP BY outcome, reason ORDER BY outcome, reason"""
_NEXT_TENANT = "SELECT min(tenant) FROM card_answer WHERE tenant > ?"


class DatabaseUsedTokens:
    """The tokens that were used; see usecases.answer_hook.UsedTokens."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def use(self, tenant: str, client: str, token: str, expires: float, request: str) -> bool:
        key = (tenant, client, token)
        with self._engine.writing() as connection:
            connection.execute(_CLEAR, (tenant, self._engine.now(connection)))
            row = (*key, request, int(expires * 1_000_000))
            if connection.execute(_USE, row).rowcount == 1:
                return True
            found = connection.execute(_USED_BY, key).fetchone()
            return found is not None and found[0] == request


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
        found: list[str] = []
        with self._engine.reading() as connection:
            while True:
                after = found[-1] if found else ""
                (name,) = connection.execute(_NEXT_TENANT, (after,)).fetchone()
                if name is None:
                    return found
                found.append(name)
