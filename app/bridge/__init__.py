"""Between the window and the engine's process: requests and answers as frozen values, the engine kept running."""

from app.bridge.bridge import UNREACHABLE, Bridge, CloseMode
from app.bridge.profile_import import ImportCheck, ImportChoices, ImportProgress, read_preview
from app.bridge.requests import (
    FailedVersions,
    Work,
    calls,
    definitions_used_by,
    failed_people,
    import_samples,
    import_suppressions,
    journeys_for_reports,
    open_version,
    rename_report,
    save_user,
)
from engine.ports import ConnectionOutcome

__all__ = [
    "UNREACHABLE",
    "Bridge",
    "CloseMode",
    "ConnectionOutcome",
    "FailedVersions",
    "ImportCheck",
    "ImportChoices",
    "ImportProgress",
    "Work",
    "calls",
    "definitions_used_by",
    "failed_people",
    "import_samples",
    "import_suppressions",
    "journeys_for_reports",
    "open_version",
    "read_preview",
    "rename_report",
    "save_user",
]
