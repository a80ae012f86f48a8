"""The built-in views of activities, one module for each kind with its form.

The rest of the studio asks the registry ``app.activity_views.ACTIVITY_VIEWS``.
"""

from __future__ import annotations

from app.activities import (
    condition,
    custom_action,
    end,
    event,
    jump,
    reaction,
    segment_qualification,
    update_profile,
    wait,
)
from app.activities.message import message_views
from app.activity_views import ActivityView


def built_in_views() -> tuple[ActivityView, ...]:
    """Return the views in the order of the palette."""
    return (
        event.VIEW,
        reaction.VIEW,
        segment_qualification.VIEW,
        condition.DATA_SOURCE,
        condition.TIME,
        condition.PERCENTAGE,
        condition.DATE,
        condition.PROFILE_CAP,
        wait.DURATION,
        wait.CUSTOM,
        end.VIEW,
        *message_views(),
        custom_action.VIEW,
        update_profile.VIEW,
        jump.VIEW,
    )
