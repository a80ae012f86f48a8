"""Workbooks as spreadsheets write them, from cells in their stored form."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REFERENCES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = {
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REFERENCES}"><workbookPr{{properties}}/><sheets>'
    '<sheet name="People" sheetId="1" r:id="rId3"/><sheet name="Other" sheetId="2" r:id="rId4"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": "<Relationships "
    'xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId3" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd;@"/>'
    '<numFmt numFmtId="165" formatCode="0.00&quot;d&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/></cellXfs></styleSheet>',
}


def workbook(rows: Mapping[int, Mapping[str, str]], texts: tuple[str, ...] = (), properties: str = "") -> bytes:
    """Make a workbook; ``rows`` are the cells by row and column, each its attributes and content: ``t="s"|0``."""
    sheet = []
    for number, cells in rows.items():
        made = []
        for column, cell in cells.items():
            attributes, _, content = cell.rpartition("|")
            inner = content if content.startswith("<") else f"<v>{escape(content)}</v>"
            made.append(f'<c r="{column}{number}" {attributes}>{inner}</c>')
        sheet.append(f'<row r="{number}">{"".join(made)}</row>')
    shared = "".join(f"<si>{one if one.startswith('<') else f'<t>{escape(one)}</t>'}</si>" for one in texts)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text.replace("{properties}", f" {properties}"))
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{shared}</sst>')
        body = f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(sheet)}</sheetData></worksheet>'
        archive.writestr("xl/worksheets/sheet1.xml", body)
    return file.getvalue()
