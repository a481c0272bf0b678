"""/v1/plans. Published code asks for a portal login here, published documentation shows it with a game key: ours reads a key."""

from __future__ import annotations

from kinetix_local.api.wire import Answer, Call, Route, json_answer
from kinetix_local.store import worlds
from kinetix_local.store.clock import iso


@Route("GET", "/v1/plans", metered=False, tag="plans", answers={200: "Plans"})
def get(call: Call) -> Answer:
    """The plans a virtual world can be on; null is no limit."""
    return json_answer(
        [
            {
                "name": row.name,
                "mugeLimit": row.muge_limit,
                "totalUsersLimit": row.users_limit,
                "callsLimit": row.calls_limit,
                "createdAt": iso(row.created_at),
            }
            for row in worlds.all_plans(call.db)
        ]
    )
