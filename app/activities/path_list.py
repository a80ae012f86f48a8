"""The paths of a condition: a card for each, added, removed, named and put in order; a split's always make 100 %."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from app import theme
from app.activities.path_cards import PathCard, SplitCard
from app.activity_views import ConditionView
from app.translation import tr
from app.widgets import shares
from app.widgets.controls import Button, column_of, emptied, label
from app.widgets.share_bar import ShareBar
from app.widgets.texts import show_text
from engine.activities.conditions.choice import SplitPath
from engine.expression.types import Scope
from engine.model.activity import ConditionPath


class PathList(QWidget):
    """The cards of a condition, in the order in which they are tried."""

    changed = Signal()

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope
        self._view: ConditionView | None = None
        self.cards: list[PathCard] = []
        self._column = column_of(self, 8)
        self._bar = ShareBar()
        self._bar.changed.connect(self._show_weights)
        self._column.addWidget(self._bar)
        self._cards = column_of(spacing=8)
        self._column.addLayout(self._cards)
        self._total: QLabel = label("", "secondary")
        self._column.addWidget(self._total)
        self.add_button = Button(tr("Add a path"), kind="dashed", icon=theme.icon("plus", "text"))
        self.add_button.clicked.connect(self._add)
        self._column.addWidget(self.add_button)

    def show_paths(self, view: ConditionView, paths: Sequence[ConditionPath]) -> None:
        """Show the paths of a condition of that kind."""
        self._view = view
        emptied(self._cards)
        self.cards = []
        for number, path in enumerate(paths, start=1):
            self._append(path, number)
        self.add_button.setVisible(not view.single)
        self._tell_total()

    @property
    def _shown(self) -> ConditionView:
        assert self._view is not None
        return self._view

    @property
    def _is_split(self) -> bool:
        return self._shown.path_card is SplitCard

    def paths(self) -> tuple[ConditionPath, ...]:
        """Return the paths as the user left them."""
        return tuple(made.path() for made in self.cards)

    def _append(self, path: ConditionPath, number: int) -> None:
        view = self._shown
        assert issubclass(view.path_card, PathCard)
        made = view.path_card(path, number, self._scope)
        made.changed.connect(self.changed)
        if isinstance(made, SplitCard):
            made.weighed.connect(lambda: self._weigh(made))
        made.removed.connect(lambda: self._remove(made))
        made.raised.connect(lambda: self._raise(made))
        made.up.setVisible(number > 1)
        made.remove.setVisible(not view.single)
        self.cards.append(made)
        self._cards.addWidget(made)

    def _add(self) -> None:
        kept = self.paths()
        paths = (*kept, new_path(self._shown, kept))
        if self._is_split:
            paths = shared(paths, shares.with_one_more([_weight(path) for path in kept]))
        self.show_paths(self._shown, paths)
        self.changed.emit()
        self.cards[-1].name.setFocus()

    def _remove(self, gone: PathCard) -> None:
        index = self.cards.index(gone)
        paths = self.paths()
        kept = tuple(path for place, path in enumerate(paths) if place != index)
        if self._is_split:
            kept = shared(kept, shares.without([_weight(path) for path in paths], index))
        self.show_paths(self._shown, kept)
        self.changed.emit()

    def _raise(self, raised: PathCard) -> None:
        paths, index = list(self.paths()), self.cards.index(raised)
        paths[index - 1], paths[index] = paths[index], paths[index - 1]
        self.show_paths(self._shown, paths)
        self.changed.emit()

    # Splits

    def _weigh(self, typed: SplitCard) -> None:
        """Take from the others, or give them, what was typed, so that all stay a hundred."""
        made = shares.rebalanced(self._weights(), self.cards.index(typed), typed.weight.number() or 0)
        self._show_weights(made, typed)

    def _show_weights(self, weights: Sequence[float], typed: PathCard | None = None) -> None:
        for made, weight in zip(self.cards, weights, strict=True):
            if isinstance(made, SplitCard) and made is not typed:
                made.weight.show_number(weight)
        self._tell_total()
        self.changed.emit()

    def _weights(self) -> list[float]:
        return [made.weight.number() or 0 for made in self.cards if isinstance(made, SplitCard)]

    def _tell_total(self) -> None:
        weights = self._weights()
        total = sum(weights)
        self._bar.setVisible(self._is_split and len(weights) > 1)
        self._bar.show_shares(weights)
        odd = bool(weights) and abs(total - 100) > 1e-6
        self._total.setVisible(odd)
        show_text(self._total.setText, tr("Total: {total} % of 100 %", total=f"{total:g}") if odd else "")


def _weight(path: ConditionPath) -> float:
    return path.weight if isinstance(path, SplitPath) else 0


def shared(paths: Sequence[ConditionPath], weights: Sequence[float]) -> tuple[ConditionPath, ...]:
    """Return the paths of a split with these shares."""
    return tuple(path.model_copy(update={"weight": weight}) for path, weight in zip(paths, weights, strict=True))


def new_path(view: ConditionView, others: Sequence[ConditionPath]) -> ConditionPath:
    """Return a path with an id that no other has."""
    taken = {path.id for path in others}
    number = len(others) + 1
    while f"path_{number}" in taken:
        number += 1
    return view.path(id=f"path_{number}")


def convert_paths(view: ConditionView, paths: Sequence[ConditionPath]) -> tuple[ConditionPath, ...]:
    """Return the same paths, by id and label, for another kind of condition."""
    kept = [view.path(id=path.id, label=path.label) for path in paths] or [new_path(view, ())]
    if view.path_card is SplitCard:
        kept = kept if len(kept) > 1 else [*kept, new_path(view, kept)]
        return shared(kept, shares.rebalanced([0.0] * len(kept), 0, round(100 / len(kept), 1)))
    return tuple(kept[:1] if view.single else kept)
