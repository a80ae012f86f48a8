"""Writing expressions: the field, the simple editor and the advanced editor that panels and dialogs share.

``ExpressionField(text, scope, expected, parent)`` is the field of a form, with ``text()``, ``set_text``, ``set_scope``,
``describe``, ``problems()`` and the signals ``changed(str)``, ``edited_finished()`` and ``checked()``. Its button opens
:class:`ExpressionDialog`, the window of both editors, which forms may open themselves too. :class:`SimpleEditor` stands
alone where only the simple editor may be used (event rules).
"""

from app.expression.dialog import ExpressionDialog
from app.expression.field import ExpressionField
from app.expression.names import allowed_values
from app.expression.preview import Sample
from app.expression.simple_editor import SimpleEditor

__all__ = ["ExpressionDialog", "ExpressionField", "Sample", "SimpleEditor", "allowed_values"]
