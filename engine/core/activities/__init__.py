"""One handler for each kind of activity, in a table."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.activities import actions, awaited, conditions
from engine.core.handlers import TaskHandler, WaitHandler

HANDLERS: Mapping[str, TaskHandler | WaitHandler] = {
    "event": awaited.EVENT,
    "reaction": awaited.REACTION,
    "segment_qualification": awaited.QUALIFICATION,
    "condition.data_source": conditions.DATA_SOURCE,
    "condition.time": conditions.TIME,
    "condition.percentage": conditions.PERCENTAGE,
    "condition.date": conditions.DATE,
    "condition.profile_cap": conditions.PROFILE_CAP,
    "wait.duration": awaited.DURATION_WAIT,
    "wait.custom": awaited.CUSTOM_WAIT,
    "end": actions.END,
    "action": actions.CUSTOM_ACTION,
    "email": actions.MESSAGE,
    "sms": actions.MESSAGE,
    "push": actions.MESSAGE,
    "update_profile": actions.UPDATE_PROFILE,
    "jump": actions.JUMP,
}
"""Every kind of ``engine.model.activities.KINDS``."""
