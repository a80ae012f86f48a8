"""The built-in views of activities with their forms: a module for each category, and one for the messages of channels.

The rest of the studio asks the registry ``app.activity_views.ACTIVITY_VIEWS``.
"""

from __future__ import annotations

from app.activities import actions, events, orchestration
from app.activities.message import message_views
from app.activity_views import ActivityView


def built_in_views() -> tuple[ActivityView, ...]:
    """Return the views in the order of the palette."""
    return (
        events.EVENT,
        events.REACTION,
        events.SEGMENT_QUALIFICATION,
        orchestration.DATA_SOURCE,
        orchestration.TIME,
        orchestration.PERCENTAGE,
        orchestration.DATE,
        orchestration.PROFILE_CAP,
        orchestration.WAIT_DURATION,
        orchestration.WAIT_CUSTOM,
        orchestration.END,
        *message_views(),
        actions.CUSTOM_ACTION,
        actions.UPDATE_PROFILE,
        actions.JUMP,
    )
