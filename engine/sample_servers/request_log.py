"""The page that lists the received requests in a browser, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<title>Sojourn samples: the outside world</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
td {{ border-top: 1px solid #8884; padding: .4rem .6rem; vertical-align: top; }}
td:first-child {{ white-space: nowrap; opacity: .7; }}
</style>
<h1>The outside world</h1>
<p>{summary}</p>
<table>
{rows}
</table>
"""


def render_request_log(calls: Sequence[Mapping[str, object]]) -> str:
    """Render the whole page; everything received is escaped."""
    count = len(calls)
    summary = "Nothing has been received yet." if not count else f"{count} call{'s' if count > 1 else ''} received."
    return _PAGE.format(summary=summary, rows="\n".join(_row(call) for call in reversed(calls)))


def _row(call: Mapping[str, object]) -> str:
    again = " (repeated)" if call["repeated"] else ""
    cells = (call["at"], f"{call['method']} {call['target']}", call["status"], f"{call['line']}{again}")
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"
