"""Pictures of the studio in its states, made without a screen: ``make gallery``.

They are looked at one by one. ``make gallery ARGS=--record`` makes them the ones that the tests compare with, and
those of the guides, in English and Korean; ``make gallery ARGS=FOLDER`` writes them to a folder (``build/gallery``).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.bridge import calls

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QWidget

from app.pages.designer import DesignerPage
from app.translation import tr
from benchmarks._canvas_journey import journey as grown
from benchmarks._gallery_accounts import AccountPictures
from benchmarks._gallery_journeys import FREQUENT, SUMMER, frequent, summer
from benchmarks._pictures import REFERENCE, PictureSet, widget_positions
from benchmarks._studio_setup import SIZE, StudioSetup, as_png
from engine.model.report import Panel, Report, ReportTime
from engine.services.views import Caller

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = "build/gallery"
GUIDE = ROOT / "docs" / "pictures"
KOREAN_GUIDE = GUIDE / "ko"
IN_GUIDE = (
    *("journeys", "designer", "pane-condition", "pane-split", "pane-time", "pane-email", "preview", "problems"),
    *(
        "test",
        "test-virtual",
        "live",
        "reports",
        "report",
        "events",
        "data-sources",
        "actions",
        "templates",
        "segments",
    ),
    *("profiles", "providers", "guardrails", "users", "sign-in", "expression", "expression-simple"),
)
"""The pictures that stand in the guide."""
GUESTS_REPORT = Report(
    name="Guests of the lobby",
    description="For the Monday meeting.",
    time=ReportTime(span="today"),
    panels=(
        Panel(id="key", shape="number", width="full", height="small",
              metrics=("entered", "completed", "failed", "completion_rate")),
        Panel(id="hours", shape="line", dimension="hour", metrics=("entered", "completed")),
        Panel(id="parts", shape="donut", dimension="activity_type", metrics=("reached",)),
        Panel(id="activities", dimension="activity", metrics=("reached", "present", "errors"), limit=5),
        Panel(id="stack", shape="bar", dimension="hour", breakdown="activity_type", metrics=("reached",)),
    ),
)  # fmt: skip
REPORTS = (GUESTS_REPORT.name, "Next month")
LOBBY, SPA = "Lobby and restaurant", "Welcome to the spa"
HOUR = 3_600_000
GUESTS = 24


class Gallery:
    """Walks through the studio and takes a picture at each stop."""

    def __init__(self, stage: StudioSetup, take: Callable[[str, QWidget, float, Any], None]) -> None:
        self._stage, self._show = stage, take
        self._ids: dict[str, str] = {}

    @property
    def _window(self) -> Any:
        return self._stage.window

    @property
    def _page(self) -> DesignerPage:
        page: DesignerPage = self._window.designer
        return page

    def take_all(self) -> None:
        """Every picture. Raises SojournError when one does not come."""
        self._furnish()
        for part in (self._begin, self._design, self._panes, self._expressions, self._definitions, self._settings):
            part()
        for part in (self._test, self._live, self._places, self._sizes, self._dark, self._korean):
            part()
        AccountPictures(self._stage, self._take, self._switch).take_all()

    def take_guide(self) -> None:
        """Take the pictures of the guides, in the language of the stage."""
        self._furnish()
        for part in (self._begin, self._design, self._panes, self._expressions, self._definitions, self._settings):
            part()
        for part in (self._test, self._live, self._places):
            part()
        AccountPictures(self._stage, self._take, self._switch).take_sign_in()

    def _furnish(self) -> None:
        stage = self._stage
        people = stage.sample("people.jsonl")
        stage.engine.profiles.import_text(Caller(), people, "json")
        texts = {SPA: stage.sample("welcome-to-the-spa.journey.json"), SUMMER: summer(), FREQUENT: frequent()}
        texts = {LOBBY: stage.sample("lobby-and-restaurant.journey.json"), **texts}
        self._ids = {name: stage.bring(text) for name, text in texts.items()}
        stage.open()

    def _take(self, name: str, widget: Any = None, scale: float = 1.0) -> None:
        self._window.toast.hide()
        shown = widget or self._window
        page = self._window.designer if shown is self._window else None
        if page is not None:
            self._stage.until(lambda: tr("saving…") not in page.header.details.text())
        self._show(name, shown, scale, page.canvas if page is not None else None)

    # The journeys

    def _begin(self) -> None:
        self._window.show_page("journeys")
        self._take("journeys")

    def _open(self, name: str) -> None:
        version = self._ids[name]
        self._window.open_journey(version)
        self._stage.until(lambda: self._window.designer is not None and self._page.row.id == version)
        self._stage.until(lambda: self._page.palette_panel.items)
        self._page.canvas.zoom_to_fit()

    def _select(self, activity: str, name: str) -> None:
        self._page.canvas.select([activity], show=True)
        self._stage.until(lambda: self._page.pane.shown_id == activity)
        self._take(name)

    def _design(self) -> None:
        self._open(LOBBY)
        self._take("designer")
        self._select("stay", "pane-condition")
        self._select("welcome", "pane-action")
        self._select("six_hours", "pane-wait")
        self._page.run_action("properties")
        self._take("properties")
        self._page.document.update_activity("welcome", parameters={})
        self._stage.until(lambda: self._page.issues)
        self._page.canvas.select(["welcome"], show=True)
        self._page.toggle_problems()
        self._take("problems")
        self._page.toggle_problems()
        self._page.run_action("undo")
        self._stage.until(lambda: not self._page.issues)

    def _panes(self) -> None:
        self._open(SUMMER)
        stops = (
            *(
                ("booking", "event"),
                ("extras", "collection"),
                ("split", "split"),
                ("hours", "time"),
                ("season", "date"),
            ),
            *(("cap", "cap"), ("checkout", "timeout"), ("opened", "reaction"), ("morning", "wait-until")),
            *(("paid", "end"), ("greeting", "email"), ("text", "sms"), ("offer", "push"), ("member", "update")),
            ("spa", "jump"),
        )
        self._stage.until(lambda: self._page.right_dock.targets)
        for activity, name in stops:
            self._select(activity, f"pane-{name}")
        self._page.canvas.select(["greeting"], show=True)
        company = self._page.pane
        company.previewed.emit()
        self._stage.until(lambda: self._dialog("MessagePreview"))
        self._take("preview", self._dialog("MessagePreview"))
        self._dialog("MessagePreview").close()
        self._open(FREQUENT)
        self._select("joined", "pane-segment")

    def _dialog(self, kind: str) -> Any:
        tops = QApplication.topLevelWidgets()
        return next((top for top in tops if type(top).__name__ == kind and top.isVisible()), None)

    def _expressions(self) -> None:
        self._open(LOBBY)
        self._select_quietly("member")
        self._take_expression("expression")
        self._select_quietly("stay")
        self._take_expression("expression-simple")

    def _take_expression(self, name: str) -> None:
        form: Any = self._page.pane.form
        dialog = form.paths.cards[0].expression.open_editor()
        self._take(name, dialog)
        dialog.reject()

    def _select_quietly(self, activity: str) -> None:
        self._page.canvas.select([activity], show=True)
        self._stage.until(lambda: self._page.pane.shown_id == activity)

    # Definitions and settings

    def _definitions(self) -> None:
        stops = (
            *(("events", "LobbyBeacon"), ("data_sources", "Reservations"), ("actions", "SendPush")),
            *(("templates", "Summer greeting"), ("segments", FREQUENT)),
        )
        for place, name in stops:
            self._window.show_page(place)
            page = self._window.stack.currentWidget()
            self._open_in(page, name)
            self._take(place.replace("_", "-"))
        self._window.show_page("profiles")
        people = self._window.stack.currentWidget()
        self._stage.until(lambda: people.list.model.rows)
        people.list.select(people.list.model.rows[2].key)
        self._stage.until(lambda: people.editor is not None)
        self._take("profiles")

    def _open_in(self, page: Any, name: str) -> None:
        self._stage.until(lambda: page.list.model.rows and page._definitions.events)
        page.list.select(name)
        page.open(name)
        self._stage.until(lambda: page.editor is not None)

    def _settings(self) -> None:
        caller, engine = Caller(), self._stage.engine
        rule: dict[str, Any] = {
            "name": "Hotel push", "url": "https://push.example.com/*", "methods": ["POST"],
            "services": {"action": {"maxHttpConnections": 8, "rating": {"maxCallsCount": 4000, "periodInMs": 300_000}}},
        }  # fmt: skip
        uid = str(engine.guardrails.create(caller, "capping", rule)["uid"])
        engine.guardrails.deploy(caller, "capping", uid)
        engine.users.put(caller, "jin", ("Standard User",))
        self._window.show_page("admin")
        admin = self._window.page_router.page("admin")
        for part, key in (
            *(("studio", ""), ("inlets", ""), ("providers", ""), ("namespaces", "LoyaltyID"), ("guardrails", uid)),
            *(("limits", ""), ("users", "jin"), ("product_profiles", "Standard User"), ("sandboxes", "")),
            *(("tokens", ""), ("audit", ""), ("backups", "")),
        ):
            admin.show_part(part)
            shown = admin.parts[part]
            if key:
                self._open_row(shown, key)
            self._take(part.replace("_", "-"))

    def _open_row(self, page: Any, key: str) -> None:
        self._stage.until(lambda: any(row.key == key for row in page.list.model.rows))
        page.list.select(key)
        page.open(key)

    # Running

    def _test(self) -> None:
        self._open(LOBBY)
        self._page.switch_test(True)
        self._stage.until(lambda: self._page.row.state == "test" and self._page.test_panel.profile.count())
        self._take("test-begun")
        self._page.test_panel.fire()
        self._stage.until(lambda: self._page.canvas.projection.nodes["welcome"].mark == "check")
        self._take("test")
        self._page.test_panel.form.show_code(True)
        self._take("test-code")
        self._page.test_panel.form.show_code(False)
        self._page.switch_test(False)
        self._stage.until(lambda: self._page.row.state == "draft")
        self._stage.engine.testing.switch_on(Caller(), self._page.row.id, 10.0, True)
        self._stage.bridge.read(calls.journeys.row(self._page.row.id), self._page.show_row)
        self._stage.until(lambda: self._page.row.state == "test")
        self._stage.until(self._page.test_panel.clock.next_button.isVisible)
        self._page.test_panel.fire()
        self._stage.until(
            lambda: self._page.test_panel.clock.due.text().startswith(tr("Next: {when}").partition("{")[0])
        )
        self._take("test-virtual")
        self._page.switch_test(False)
        self._stage.until(lambda: self._page.row.state == "draft")

    def _live(self) -> None:
        self._page.publish()
        self._stage.until(lambda: self._page.row.state == "live")
        for number in range(GUESTS):
            guest = f"guest-{number % 10}{number}"
            payload = {"personID": guest, "tokens": [{"token": guest, "app": {"name": "Hotel", "version": "4.2"}}]}
            self._stage.engine.profiles.import_text(Caller(), _guest(guest, number), "json")
            self._stage.engine.events.accept(Caller(), [payload], "LobbyBeacon")
            self._stage.pass_time(HOUR // 2 if number % 4 == 0 else HOUR // 20)
        for number in range(0, GUESTS, 3):
            seated: dict[str, Any] = {"personID": f"guest-{number % 10}{number}", "table": number}
            self._stage.engine.events.accept(Caller(), [seated], "RestaurantBeacon")
        self._stage.pass_time(HOUR // 60)
        live = self._page.live
        self._stage.until(lambda: live.figures["entered"].text() == str(GUESTS))
        self._stage.until(lambda: live.rate.text() == tr("{rate} steps/s", rate="0"))
        self._take("live")
        self._stage.until(live.people.rows)
        live.people.rows()[0].click()  # type: ignore[attr-defined]
        self._stage.until(lambda: live.people.level == 1)
        self._take("live-people")
        live.people.go_back()

    def _places(self) -> None:
        self._window.show_page("reports")
        home = self._window.stack.currentWidget()
        self._stage.until(lambda: home.summary.figures["entered"].text() == str(GUESTS))
        self._take("reports")
        self._custom_reports(home)
        self._window.show_page("messages")
        messages = self._window.stack.currentWidget()
        self._stage.until(lambda: messages.list.model.rows)
        messages.list.select(messages.list.model.rows[0].key)
        self._take("messages")
        self._window.open_search()
        self._take("search", self._window.popups.search)
        self._window.popups.search.close()
        self._window.window_actions.open_shortcuts()
        self._take("keys", self._window.window_actions.shortcuts)
        self._window.window_actions.shortcuts.close()

    def _custom_reports(self, home: Any) -> None:
        for report in (GUESTS_REPORT, Report(name="Next month")):
            self._stage.engine.custom_reports.create(Caller(), report)
        home.show_part("custom")
        self._stage.until(lambda: home.list is not None and len(home.list.list.model.rows) == len(REPORTS))
        self._take("report-list")
        self._open_report(home, GUESTS_REPORT.name, "activities")
        self._take("report")
        home.leave()
        self._open_report(home, "Next month", "")
        self._take("report-empty")
        home.leave()
        home.show_part("summary")

    def _open_report(self, home: Any, name: str, panel: str) -> None:
        self._stage.until(lambda: home.list is not None and home.list.list.model.rows)
        (key,) = (row.key for row in home.list.list.model.rows if row.cells["name"].text == name)
        home.list.open(key)
        self._stage.until(lambda: home.editor is not None and home.editor.figures is not None)
        home.editor.choose(panel)
        home.editor.head.back.setFocus()

    # Sizes and appearance

    def _sizes(self) -> None:
        for count in (50, 500):
            row = self._stage.engine.journeys.create(Caller(), f"{count} activities", "CRMID")
            drawn = grown(count).model_copy(update={"name": row.name, "version": row.version})
            self._stage.engine.journeys.save(Caller(), row.id, drawn)
            self._ids[row.name] = row.id
            self._open(row.name)
            self._take(f"nodes-{count}")
            self._window.close_journey(row.id)
        row = self._stage.engine.journeys.create(Caller(), "Empty", "CRMID")
        self._ids[row.name] = row.id
        self._open("Empty")
        self._take("designer-empty")
        self._window.close_journey(row.id)
        self._open(SUMMER)
        self._page.canvas.select(["hours"], show=True)
        self._take("designer-200", scale=2.0)

    def _switch(self, theme: str, language: str) -> None:
        self._stage.preferences.set("theme", theme)
        self._stage.preferences.set("language", language)
        self._window.apply_preferences()
        self._stage.until(lambda: not self._window.rebuilding)

    def _dark(self) -> None:
        self._switch("dark", "en")
        self._open(SUMMER)
        self._select("split", "designer-dark")
        self._open(LOBBY)
        self._stage.until(lambda: self._page.live.figures["entered"].text() == str(GUESTS))
        self._take("live-dark")
        self._window.show_page("reports")
        home = self._window.stack.currentWidget()
        self._stage.until(lambda: home.summary.figures["entered"].text() == str(GUESTS))
        self._take("reports-dark")
        home.show_part("custom")
        self._open_report(home, GUESTS_REPORT.name, "activities")
        self._take("report-dark")

    def _korean(self) -> None:
        self._switch("light", "ko")
        self._open(SUMMER)
        self._select("hours", "designer-korean")
        self._page.document.update_activity("text", parameters={}, address="")
        self._stage.until(lambda: self._page.issues)
        self._page.canvas.select(["text"], show=True)
        self._page.toggle_problems()
        self._take("problems-korean")
        self._page.toggle_problems()
        self._page.run_action("undo")
        self._open(LOBBY)
        self._stage.until(lambda: self._page.live.figures["entered"].text() == str(GUESTS))
        self._take("live-korean")
        self._window.show_page("reports")
        self._stage.until(lambda: self._window.stack.currentWidget().editor is not None)
        home = self._window.stack.currentWidget()
        self._stage.until(lambda: home.editor.figures is not None)
        home.editor.choose("stack")
        self._take("report-korean")
        home.leave()
        home.show_part("summary")
        self._switch("dark", "ko")
        self._window.show_page("events")
        self._open_in(self._window.stack.currentWidget(), "LobbyBeacon")
        self._take("events-dark-korean")
        self._switch("light", "en")


def _guest(name: str, number: int) -> str:
    member = "true" if number % 3 else "false"
    return (
        f'{{"identities": {{"CRMID": "{name}"}}, "attributes": {{"firstName": "Guest", "lastName": "{number}", '
        f'"email": "guest-{number}@example.com", "loyaltyMember": {member}}}}}'
    )


def walk(application: QApplication, see: Callable[[str, QWidget, Any, Any], None], language: str = "en") -> None:
    """Take every picture in English, those of the guides in another language.

    ``see`` receives the name of a picture, its widget, the picture and the canvas in it.
    """
    with tempfile.TemporaryDirectory(prefix="sojourn-gallery-") as folder:
        stage = StudioSetup(application, Path(folder), language)
        gallery = Gallery(
            stage, lambda name, widget, scale, canvas: see(name, widget, stage.still(widget, scale), canvas)
        )
        try:
            gallery.take_all() if language == "en" else gallery.take_guide()
        finally:
            stage.close()


def _record_korean(name: str, _widget: QWidget, image: Any, _canvas: Any) -> None:
    if name in IN_GUIDE:
        KOREAN_GUIDE.mkdir(parents=True, exist_ok=True)
        (KOREAN_GUIDE / f"{name}.png").write_bytes(as_png(image, colors=256))


def main(arguments: Sequence[str]) -> int:
    """Make the pictures; see the module."""
    record = "--record" in arguments
    given = [word for word in arguments if not word.startswith("--")]
    folder = Path(given[0] if given else DEFAULT)
    folder.mkdir(parents=True, exist_ok=True)
    album = PictureSet()

    def see(name: str, widget: QWidget, image: Any, canvas: Any) -> None:
        album.add(name, image, widget_positions(widget, canvas))
        (folder / f"{name}.png").write_bytes(as_png(image))
        if record and name in IN_GUIDE:
            GUIDE.mkdir(parents=True, exist_ok=True)
            (GUIDE / f"{name}.png").write_bytes(as_png(image, colors=256))
        print(f"{name}.png")

    application = QApplication.instance() or QApplication(["sojourn"])
    assert isinstance(application, QApplication)
    walk(application, see)
    if record:
        album.keep(REFERENCE)
        walk(application, _record_korean, "ko")
    print(f"{len(album.pictures)} pictures of {SIZE.width()} × {SIZE.height()} in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
