"""Published versions with the definitions that they use."""

import json

import sqlalchemy as sa
from alembic import op

from engine.store.columns import texts

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SECTIONS = {
    "namespace": "namespaces",
    "event": "events",
    "data_source": "data_sources",
    "action": "actions",
    "template": "templates",
    "segment": "segments",
}


def upgrade() -> None:
    """Add the column; a version that is no draft gets the definitions of its sandbox as they are today."""
    op.add_column("versions", *texts("frozen", optional=True))
    versions = sa.table("versions", *(sa.column(name) for name in ("sandbox", "state", "frozen")))
    definitions = sa.table("definitions", *(sa.column(name) for name in ("sandbox", "kind", "place", "body")))
    query = sa.select(definitions.c.sandbox, definitions.c.kind, definitions.c.body).order_by(definitions.c.place)
    connection = op.get_bind()
    found: dict[str, dict[str, list[object]]] = {}
    for sandbox, kind, body in connection.execute(query).all():
        found.setdefault(sandbox, {}).setdefault(_SECTIONS[kind], []).append(json.loads(body))
    for sandbox, sections in found.items():
        here = (versions.c.sandbox == sandbox) & (versions.c.state != "draft")
        text = json.dumps(sections, ensure_ascii=False)
        connection.execute(versions.update().where(here).values(frozen=text))
