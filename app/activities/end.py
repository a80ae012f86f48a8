"""The view and form of an end."""

from __future__ import annotations

from app.activities.activity_form import ActivityForm
from app.activity_views import ActivityView
from app.translation import mark, tr
from app.widgets.controls import wrapped


class EndForm(ActivityForm):
    """A form without settings of its own."""

    def build(self) -> None:
        self.column.addWidget(wrapped(tr("The label says how the journey ended for people who come here."), "hint"))


VIEW = ActivityView(key="end", title=mark("End"), icon="flag", form=EndForm)
