"""The log of a test session: what happened to each person, as JSON (runtime.md, Test mode)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from engine.core.instance import Instance
from engine.store import report_queries
from engine.store.results import Connection
from engine.store.runtime_queries import InstanceRow
from engine.store.tables import STATUS_NAMES

_STEPS = 1_000
_PHASES = {
    "running": "running",
    "finished": "finished",
    "error": "error",
    "timed_out": "timed out",
    "stopped": "finished",
}


def log_of(connection: Connection, sandbox: str, row: InstanceRow) -> Mapping[str, Any]:
    """One person's log, from its row of ``instances``."""
    instance = report_queries.read_instance(row)
    steps = report_queries.latest_steps(connection, row.version_id, _STEPS, row.id)
    history = [json.loads(step.fields) for step in reversed(steps)]
    payloads = report_queries.payloads(
        connection, sandbox, [step["event_id"] for step in history if step.get("event_id")]
    )
    return {
        "id": instance.id,
        "currentStep": row.activity,
        "phase": _PHASES[STATUS_NAMES[row.status]],
        "extraInfo": _extra(row, instance, history),
        "fetchErrors": [_fetch_error(step) for step in history if step.get("fetch_error_code")],
        "externalKeys": [{"key": row.key, "namespace": instance.namespace}],
        "enrichedData": dict(instance.enriched),
        "transitionHistory": [_with_payload(step, payloads, instance) for step in history],
        "payloads": dict(instance.events),
        "actionErrors": [_action_error(step) for step in history if step.get("action_error_code")],
    }


def _extra(row: InstanceRow, instance: Instance, history: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return more about the current step: its times and the last errors."""
    waiting = instance.waiting
    failed = next((step for step in reversed(history) if step.get("error")), None)
    return {
        "enteredAt": row.entered_at,
        "since": row.changed_at,
        "waiting": list(waiting.members) if waiting is not None else [],
        "dueAt": waiting.due if waiting is not None and waiting.timer else None,
        "expiresAt": instance.expires_at,
        "errorNode": instance.error_node,
        "error": _error(failed) if failed is not None else "",
    }


def _error(step: Mapping[str, Any]) -> str:
    """Return the code of an error with its origin."""
    origin = step.get("action_error") or step.get("fetch_error") or ""
    return f"{step['error']}: {origin}" if origin else str(step["error"])


def _with_payload(step: Mapping[str, Any], payloads: Mapping[str, Any], instance: Instance) -> Mapping[str, Any]:
    """Return a transition with the payload of the event that caused it, if there is one."""
    name = step.get("event_name")
    if not name:
        return step
    payload = payloads.get(step.get("event_id", ""), instance.events.get(name))
    return step if payload is None else {**step, "payload": payload}


def _fetch_error(step: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "step": step["node"],
        "group": step.get("fetch_group_in_error", ""),
        "code": step["fetch_error_code"],
        "detail": step.get("fetch_error", ""),
    }


def _action_error(step: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"step": step["node"], "code": step["action_error_code"], "detail": step.get("action_error", "")}
