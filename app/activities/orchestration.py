"""The views and forms of orchestration: the form that all conditions share, waits, and ends."""

from __future__ import annotations

from app import theme
from app.activities.activity_form import ActivityForm
from app.activities.path_cards import DateCard, ExpressionCard, PathCard, SplitCard, TimeCard
from app.activities.path_list import PathList, convert_paths
from app.activity_views import ACTIVITY_VIEWS, ActivityView, ConditionView, duration_text, no_items
from app.translation import mark, tr
from app.widgets.controls import Choice, Segmented, Toggle, label, wrapped
from app.widgets.duration_input import DurationInput
from app.widgets.number_input import NumberInput
from app.widgets.texts import show_text
from engine.activities.conditions.base import ConditionBase
from engine.activities.conditions.choice import CapPath, ExpressionPath, ProfileCapCondition, SplitPath
from engine.activities.conditions.time import DatePath, TimePath
from engine.activities.wait import CustomWait, DurationWait, EndActivity
from engine.expression.types import MOMENT
from engine.json_types import JsonDict
from engine.model.activity import ACTIVITY_KINDS, kind_of


def condition_view(kind: str) -> ConditionView:
    """Return the view of a kind of condition; raises KeyError."""
    view = ACTIVITY_VIEWS[kind]
    assert isinstance(view, ConditionView)
    return view


def _has_others(kind: str) -> bool:
    return "others" in ACTIVITY_KINDS[kind].settings.model_fields


class ConditionForm(ActivityForm[ConditionBase]):
    """The kind, the paths from the top, and the paths for other cases and for errors."""

    def build(self) -> None:
        views = [view for view in ACTIVITY_VIEWS.values() if isinstance(view, ConditionView)]
        self._kind = Choice()
        icons = [theme.icon(view.variant_icon, "secondary") for view in views]
        self._kind.offer([(view.key, tr(view.variant)) for view in views], icons)
        self._kind.chosen.connect(lambda kind: self.kind_changed.emit(str(kind)))
        self.add("kind", tr("Type"), self._kind)
        self.build_own()
        self._heading = label("", "caption")
        self.column.addWidget(self._heading)
        self.paths = PathList(self.context.scope)
        self.paths.changed.connect(self.changed)
        self.column.addWidget(self.paths)
        self._others = Toggle(tr("Path for other cases"))
        self._error = Toggle(tr("Path for timeout or error"))
        for toggle in (self._others, self._error):
            toggle.toggled.connect(lambda _: self.changed.emit())
            self.column.addWidget(toggle)

    def build_own(self) -> None:
        """Make the inputs that only this kind has."""

    def fill(self, activity: ConditionBase) -> None:
        view, known = condition_view(kind_of(activity)), vars(activity)
        self._kind.choose(view.key)
        show_text(self._heading.setText, tr("Paths, tried from the top") if view.ordered else tr("Paths"))
        self.paths.show_paths(view, known["paths"])
        self._others.setVisible(_has_others(view.key))
        self._others.setChecked(known.get("others", False))
        self._error.setChecked(known["on_error"])

    def settings(self) -> JsonDict:
        others = {"others": self._others.isChecked()} if _has_others(str(self._kind.key())) else {}
        return {"paths": self.paths.paths(), "on_error": self._error.isChecked(), **others}

    def settings_for(self, kind: str, activity: ConditionBase) -> JsonDict:
        known, view = vars(activity), condition_view(kind)
        others = {"others": known.get("others", False) or view.single} if _has_others(kind) else {}
        return {"paths": convert_paths(view, known["paths"]), "on_error": known["on_error"], **others}


class ProfileCapForm(ConditionForm):
    """A condition with a limit."""

    def build_own(self) -> None:
        self._limit = NumberInput(100_000_000, least=1)
        self._limit.changed.connect(self.changed)
        self.add("limit", tr("Share of people on the path"), self._limit, required=True)

    def fill(self, activity: ConditionBase) -> None:
        super().fill(activity)
        assert isinstance(activity, ProfileCapCondition)
        self._limit.show_number(activity.limit)

    def settings(self) -> JsonDict:
        return {**super().settings(), "limit": self._limit.number() or None}


class WaitForm(ActivityForm[DurationWait | CustomWait]):
    """A length of time, or an expression for the end."""

    def build(self) -> None:
        self._kind = Segmented([("duration", tr("Duration")), ("custom", tr("Until a time"))])
        self._kind.chosen.connect(lambda kind: self.kind_changed.emit(f"wait.{kind}"))
        self.add("kind", tr("Wait"), self._kind)
        self._length = DurationInput()
        self._length.changed.connect(self.changed)
        self.add("duration", tr("Duration"), self._length, tr("At least a second, at most 30 days."), required=True)
        hint = tr("A time, in the journey's zone unless it has an offset. If it is past, the person continues at once.")
        self._until = self.add_expression("until", tr("Until"), MOMENT, hint)

    def fill(self, activity: DurationWait | CustomWait) -> None:
        self._kind.choose(activity.kind)
        self.fields["duration"].setVisible(activity.kind == "duration")
        self.fields["until"].setVisible(activity.kind == "custom")
        if isinstance(activity, DurationWait):
            self._length.show_length(activity.duration)
        else:
            self._until.set_text(activity.until)

    def settings(self) -> JsonDict:
        if self._kind.key() == "duration":
            return {"duration": self._length.length()}
        return {"until": self._until.text()}


class EndForm(ActivityForm[EndActivity]):
    """A form without settings of its own."""

    def build(self) -> None:
        self.column.addWidget(wrapped(tr("The label names the outcome for people who end here."), "hint"))


_TITLE, _ICON = mark("Condition"), "git-branch"
_ONE_PATH = {"paths": ({"id": "path_1"},)}

DATA_SOURCE = ConditionView(
    key="condition.data_source", title=_TITLE, icon=_ICON, form=ConditionForm, defaults=_ONE_PATH, ordered=True,
    variant=mark("Data source condition"), variant_icon="database", path=ExpressionPath, path_card=ExpressionCard,
)  # fmt: skip
TIME = ConditionView(
    key="condition.time", title=_TITLE, icon=_ICON, form=ConditionForm, defaults=_ONE_PATH, ordered=True,
    variant=mark("Time condition"), variant_icon="clock", path=TimePath, path_card=TimeCard, palette_items=no_items,
)  # fmt: skip
PERCENTAGE = ConditionView(
    key="condition.percentage", title=_TITLE, icon=_ICON, form=ConditionForm,
    defaults={"paths": ({"id": "path_1", "weight": 50}, {"id": "path_2", "weight": 50})},
    variant=mark("Percentage split"), variant_icon="percent", path=SplitPath, path_card=SplitCard,
    palette_items=no_items,
)  # fmt: skip
DATE = ConditionView(
    key="condition.date", title=_TITLE, icon=_ICON, form=ConditionForm, defaults=_ONE_PATH, ordered=True,
    variant=mark("Date condition"), variant_icon="calendar-blank", path=DatePath, path_card=DateCard,
    palette_items=no_items,
)  # fmt: skip
PROFILE_CAP = ConditionView(
    key="condition.profile_cap", title=_TITLE, icon=_ICON, form=ProfileCapForm,
    defaults={**_ONE_PATH, "others": True}, single=True,
    variant=mark("Profile cap"), variant_icon="gauge", path=CapPath, path_card=PathCard, palette_items=no_items,
)  # fmt: skip
WAIT_DURATION = ActivityView(
    key="wait.duration",
    title=mark("Wait"),
    icon="clock",
    form=WaitForm,
    summary=lambda activity: duration_text(activity.duration) if activity.duration else "",
)
WAIT_CUSTOM = ActivityView(key="wait.custom", title=mark("Wait"), icon="clock", form=WaitForm, palette_items=no_items)
END = ActivityView(key="end", title=mark("End"), icon="flag", form=EndForm)
