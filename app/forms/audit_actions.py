"""What the audit log says was done, in words."""

from __future__ import annotations

from collections.abc import Mapping

from app.translation import mark, tr

WORDS: Mapping[str, str] = {
    "add_sandbox": mark("Added a sandbox"),
    "backup": mark("Made a backup"),
    "close": mark("Closed a journey to new entrances"),
    "compute_segment": mark("Computed a segment"),
    "create_rule": mark("Made a guardrail"),
    "delete": mark("Deleted a journey version"),
    "delete_report": mark("Deleted a report"),
    "delete_rule": mark("Deleted a guardrail"),
    "deploy_rule": mark("Deployed a guardrail"),
    "erase_person": mark("Erased a person"),
    "export": mark("Exported a journey"),
    "import": mark("Imported a journey"),
    "issue_api_token": mark("Issued an API token"),
    "publish": mark("Published a journey"),
    "put_inlet": mark("Changed an inlet"),
    "put_product_profile": mark("Changed a product profile"),
    "put_user": mark("Changed a user"),
    "remove_product_profile": mark("Deleted a product profile"),
    "remove_user": mark("Deleted a user"),
    "resume": mark("Let a person go on"),
    "revoke_api_token": mark("Revoked an API token"),
    "save_report": mark("Made or renamed a report"),
    "save_published": mark("Changed the texts of a published journey"),
    "say_segment": mark("Put a person into or out of a segment"),
    "set_password": mark("Set a password"),
    "set_secret": mark("Set a secret"),
    "set_setting": mark("Changed a setting"),
    "session": mark("Asked without being signed in"),
    "sign_in": mark("Signed in"),
    "sign_out": mark("Signed out"),
    "stop": mark("Stopped a journey"),
    "undeploy_rule": mark("Took a guardrail back"),
    "update_rule": mark("Changed a guardrail"),
    **{
        f"{verb}_{kind}": words
        for verb, words in (("save", mark("Saved a definition")), ("delete", mark("Deleted a definition")))
        for kind in ("action", "data_source", "event", "namespace", "segment", "template")
    },
}


def audit_action_label(deed: str) -> str:
    """Return the label of an audited action; a permission's name for a refused one."""
    return tr(WORDS[deed]) if deed in WORDS else deed.replace("_", " ")
