"""The table of the headless commands (interfaces.md, Commands): words, function and arguments of each."""

from __future__ import annotations

from engine.cli.declarations import Declaration, argument, flag, one_of, repeated, whole


class Command:
    """One subcommand: its words, what it does, ``module:function`` that does it, and its arguments.

    The function takes the arguments and returns the exit code. With ``opens_workspace`` it takes the engine and the
    caller before them, and may return None for :data:`GOOD`. With ``creates_workspace`` a missing workspace is created;
    the other commands refuse it.
    """

    def __init__(
        self,
        words: str,
        does: str,
        function: str,
        *arguments: Declaration,
        opens_workspace: bool = True,
        creates_workspace: bool = False,
    ) -> None:
        self.words, self.does, self.function = words, does, function
        self.arguments: tuple[Declaration, ...] = (*arguments, *_WORKSPACE) if opens_workspace else arguments
        self.opens_workspace, self.creates_workspace = opens_workspace, creates_workspace

    @property
    def reads_files(self) -> bool:
        """Whether its arguments ``file`` or ``files`` name files to read."""
        return _FILE in self.arguments or _FILES in self.arguments


LEVELS = ("debug", "info", "warning", "error")
_number = whole(1, 100_000)
_WORKSPACE = (
    argument(
        "--workspace",
        metavar="PATH",
        help="the workspace's folder, or its PostgreSQL URL (SOJOURN_WORKSPACE, else your own)",
    ),
    argument("--sandbox", help="the sandbox (prod)"),
)
_FILES = argument("files", nargs="+", metavar="FILE")
_FILE = argument("file", metavar="FILE")
_NAME = argument("name", metavar="NAME")
_JOURNEY = argument("journey", metavar="JOURNEY")
_VERSION_OF = argument("journey", metavar="JOURNEY", help="NAME, or NAME@VERSION for one version")
_IDENTITY = (
    argument("namespace", metavar="NAMESPACE", help="such as CRMID or Email"),
    argument("value", metavar="VALUE", help="the identity's value"),
)
_SEARCH = argument("search", nargs="?", default="", metavar="TEXT", help="only addresses with this text (all)")
_MEMBERSHIP = argument("membership", choices=("in", "out", "rule"), help="rule: the segment's rule decides again")
_ADDRESSES = argument("addresses", nargs="+", metavar="ADDRESS", help="such as ann@example.com")
_CHANNEL = argument("--channel", default="email", metavar="CHANNEL", help="email, sms or push (email)")
_JSON = flag("--json", help="as JSON")
_LIMIT = argument("--limit", type=_number, default=100, metavar="N", help="lines at the most (100)")
_KINDS = ("namespace", "event", "data_source", "action", "template", "segment")


def _permission(meaning: str) -> Declaration:
    return repeated("--permission", dest="permissions", metavar="PERMISSION", help=meaning)


COMMANDS = (
    Command(
        "serve",
        "the engine and its inlet, without a window",
        "serve:serve",
        *_WORKSPACE,
        argument("--host", default="127.0.0.1", help="where to listen (this machine only)"),
        argument("--port", type=whole(0, 65_535), help="the workspace's own, else 8170; 0 for any that is free"),
        flag(
            "--keep-port",
            dest="keep_port",
            help="choose a port for the workspace that has none and keep it; use another while it is taken",
        ),
        argument("--studio", default="", metavar="LOCK", help="the studio that starts this engine and may end it"),
        argument("--log", default="", metavar="FILE", help="the log; - for standard output (a file of the log folder)"),
        argument("--log-level", dest="log_level", choices=LEVELS, default="info", help="the least level (info)"),
        argument(
            "--drain",
            type=whole(0, 3_600),
            metavar="SECONDS",
            help="how long calls under way may take to end when the engine is stopped (the setting drain_seconds)",
        ),
        opens_workspace=False,
    ),
    Command(
        "validate",
        "the issues of journey files",
        "journeys:validate",
        _FILES,
        flag("--json", help="one JSON line an issue"),
        opens_workspace=False,
    ),
    Command(
        "eval",
        "the value of an expression",
        "journeys:evaluate",
        argument("expression", nargs="?", metavar="EXPRESSION"),
        repeated("--event", metavar="NAME=FILE", help="an event's payload, as JSON"),
        argument("--now", default="", metavar="TIME", help="the time, such as 2026-03-10T08:00:00Z"),
        argument("--cases", metavar="FILE", help="run a file of cases instead"),
        opens_workspace=False,
    ),
    Command("infer", "the fields of an example or of a JSON Schema", "journeys:infer", _FILE, opens_workspace=False),
    Command(
        "import",
        "bring journey files into a workspace",
        "content:import_files",
        _FILES,
        flag("--publish", help="publish what was imported"),
        repeated("--set", dest="sets", metavar="JSONPATH=VALUE"),
        one_of(
            argument("--rename", action="store_const", const="rename", dest="differing", default="refuse"),
            argument("--replace", action="store_const", const="replace", dest="differing"),
        ),
        creates_workspace=True,
    ),
    Command(
        "export",
        "a journey's file",
        "content:export",
        _JOURNEY,
        argument("--version", type=_number, metavar="N", help="a version (the newest)"),
        argument("-o", dest="output", metavar="FILE", help="write here (standard output)"),
    ),
    Command(
        "profiles import",
        "bring in profiles: JSON lines, CSV or .xlsx",
        "profile_imports:import_profiles",
        _FILE,
        argument("--encoding", default="", metavar="NAME", help="such as cp949 or cp1252 (recognised)"),
        argument("--delimiter", default="", metavar="SIGN", help="of cells: , ; | or tab (recognised)"),
        flag("--skip", help="bring in the good rows; the others are written to a file"),
        argument("--rejects", default="", metavar="FILE", help="write the refused rows here (FILE.rejects.csv)"),
        repeated("--map", dest="columns", metavar="COLUMN=TARGET", help="read a column as identity:CODE or attribute"),
        flag("--dry-run", dest="dry_run", help="check all rows, write nothing"),
        creates_workspace=True,
    ),
    Command(
        "people list",
        "show the people of a journey",
        "records:list_people",
        _VERSION_OF,
        _LIMIT,
        argument("--activity", metavar="ID", help="only those who stand at this activity"),
    ),
    Command("people show", "show the profile with this identity", "records:show_person", *_IDENTITY),
    Command(
        "people resume",
        "let a person go on from the step that failed",
        "records:resume_person",
        _VERSION_OF,
        argument("instance", nargs="?", metavar="INSTANCE", help="as people list prints it (all who failed)"),
        argument("--activity", default="", metavar="ID", help="only those who failed at this activity"),
    ),
    Command(
        "people failed",
        "show the people whose journey ended in an error",
        "records:list_failed",
        argument("journey", nargs="?", default="", metavar="JOURNEY", help="one journey (all)"),
        argument("--activity", default="", metavar="ID", help="only those who failed at this activity"),
        argument("--key", default="", metavar="TEXT", help="only those whose key contains this"),
        _LIMIT,
    ),
    Command(
        "events received",
        "show the events that were accepted",
        "records:list_received",
        argument("--search", default="", metavar="TEXT", help="only those whose id contains this"),
        _LIMIT,
    ),
    Command("events refused", "show the events that were refused", "records:list_discards", _LIMIT),
    Command(
        "events show",
        "show an accepted event with its document",
        "records:show_event",
        argument("id", metavar="ID", help="as events received prints it"),
    ),
    Command("segment list", "show the segments and their people", "records:list_segments"),
    Command(
        "segment set", "put a person into a segment or out of it", "records:set_segment", _NAME, *_IDENTITY, _MEMBERSHIP
    ),
    Command(
        "definition show",
        "show a definition as files have it",
        "records:show_definition",
        argument("kind", choices=_KINDS, metavar="KIND", help=", ".join(_KINDS)),
        _NAME,
    ),
    Command(
        "merges list",
        "show the merges of profiles, and identities that stayed with others",
        "merges:show",
        argument("search", nargs="?", default="", metavar="TEXT", help="only those with this text (all)"),
        _LIMIT,
    ),
    Command(
        "merges undo",
        "make the profiles of a merge several again",
        "merges:undo",
        argument("number", type=whole(1, 2**31), metavar="N", help="as merges list prints it"),
    ),
    Command("suppressions list", "show the addresses that get no messages", "suppressions:show", _SEARCH, _LIMIT),
    Command(
        "suppressions add",
        "let addresses get no messages",
        "suppressions:add",
        _ADDRESSES,
        _CHANNEL,
        creates_workspace=True,
    ),
    Command("suppressions remove", "let addresses get messages again", "suppressions:remove", _ADDRESSES, _CHANNEL),
    Command(
        "suppressions import",
        "let a file's addresses get no messages",
        "suppressions:load",
        _FILE,
        _CHANNEL,
        argument("--column", default="", metavar="NAME", help="the head of the column with the addresses (recognised)"),
        argument("--encoding", default="", metavar="NAME", help="such as cp949 or cp1252 (recognised)"),
        flag("--skip", help="leave out the lines without an address"),
        creates_workspace=True,
    ),
    Command("discards list", "show the events that were refused", "records:list_discards", _LIMIT),
    Command("suspended list", "show the segments and journeys that are suspended", "records:list_suspended"),
    Command(
        "suspended resume",
        "run a suspended segment or journey again",
        "records:resume_suspended",
        argument("kind", choices=("segment", "journey"), metavar="KIND", help="segment or journey"),
        argument("name", metavar="NAME", help="as suspended list prints it"),
    ),
    Command("timers release", "let overdue timers fire that are held since the start", "records:release_timers"),
    Command("clock accept", "follow the machine's clock after it jumped", "records:accept_clock"),
    Command("dead-letters list", "show the stimuli that failed three times", "records:list_dead_letters"),
    Command(
        "dead-letters show",
        "show a dead letter with what it holds",
        "records:show_dead_letter",
        argument("id", type=_number, metavar="ID", help="as printed by dead-letters list"),
    ),
    Command(
        "dead-letters drop",
        "delete dead letters for good",
        "records:drop_dead_letters",
        argument("ids", nargs="+", type=_number, metavar="ID", help="as printed by dead-letters list"),
    ),
    Command(
        "dead-letters retry",
        "process dead letters again",
        "records:retry_dead_letters",
        argument("ids", nargs="*", type=_number, metavar="ID", help="as printed by dead-letters list (all)"),
    ),
    Command(
        "steps export",
        "write step events to a file",
        "reports:export",
        *_WORKSPACE,
        argument("journey", nargs="?", metavar="JOURNEY", help="one journey (all)"),
        argument("-o", dest="output", required=True, metavar="FILE", help="FILE.jsonl, FILE.csv or FILE.parquet"),
        argument("--since", default="", metavar="TIME", help="from this time on, such as 2026-03-10T08:00:00Z"),
        argument("--until", default="", metavar="TIME", help="before this time"),
        flag("--keys", help="with each person's key: the file then names people"),
        flag("--kept", help="without what is in archives"),
        opens_workspace=False,
    ),
    Command("steps archives", "show the archives of step events", "reports:archives"),
    Command(
        "query",
        "ask the step events with SQL",
        "reports:query",
        argument("sql", metavar="SELECT", help="such as: select node, count(*) from steps group by node"),
        one_of(flag("--json", help="one JSON line a row"), flag("--csv")),
        argument("--limit", type=_number, default=1_000, metavar="N", help="rows at the most (1000)"),
        flag("--archived", help="with what is in archives"),
    ),
    Command(
        "erase",
        "erase a person: who has this identity",
        "records:erase",
        *_WORKSPACE,
        *_IDENTITY,
        flag("--yes", help="it is meant: what is erased does not come back"),
        _JSON,
        opens_workspace=False,
    ),
    Command(
        "setting set",
        "change a workspace setting",
        "content:set_setting",
        _NAME,
        argument("value", metavar="VALUE"),
        creates_workspace=True,
    ),
    Command("setting list", "show the settings", "content:list_settings"),
    Command(
        "secret set",
        "keep a secret, read from standard input",
        "content:set_secret",
        *_WORKSPACE,
        argument("name", metavar="NAME", help="such as action/SendPush/value"),
        opens_workspace=False,
        creates_workspace=True,
    ),
    Command("inlet list", "show the inlets", "content:list_inlets"),
    Command(
        "inlet token",
        "print an inlet's token",
        "content:print_token",
        argument("name", nargs="?", default="main", metavar="NAME"),
    ),
    Command("inlet add", "create an inlet and print its address", "content:add_inlet", _NAME, creates_workspace=True),
    Command("inlet rotate", "replace an inlet's token and print it", "content:rotate_inlet", _NAME),
    Command("inlet remove", "delete an inlet", "content:remove_inlet", _NAME),
    Command("user list", "show the users", "access:list_users"),
    Command(
        "user set",
        "create a user, or change its product profiles",
        "access:set_user",
        _NAME,
        repeated("--product-profile", dest="product_profiles", metavar="PROFILE", help="may repeat"),
        creates_workspace=True,
    ),
    Command(
        "user password",
        "give a user a password, read from standard input",
        "access:set_password",
        *_WORKSPACE,
        _NAME,
        opens_workspace=False,
        creates_workspace=True,
    ),
    Command("user remove", "remove a user and its API tokens", "access:remove_user", _NAME),
    Command("product-profile list", "show the product profiles", "access:list_product_profiles"),
    Command(
        "product-profile set",
        "create or change a product profile",
        "access:set_product_profile",
        _NAME,
        _permission("such as read_journeys; may repeat"),
        repeated("--in", dest="sandboxes", metavar="SANDBOX", help="may repeat; without it that of --sandbox, or all"),
        creates_workspace=True,
    ),
    Command(
        "product-profile remove", "remove a product profile that nobody has", "access:remove_product_profile", _NAME
    ),
    Command("sandbox list", "show the sandboxes", "access:list_sandboxes"),
    Command("sandbox add", "add a sandbox", "access:add_sandbox", _NAME, creates_workspace=True),
    Command("token list", "show the API tokens", "access:list_tokens"),
    Command(
        "token create",
        "print a new API token, once",
        "access:create_token",
        _NAME,
        argument("--user", default="administrator", help="whose permissions it has (administrator)"),
        argument("--days", type=_number, default=90, help="how long it works (90)"),
        _permission("keep it to this one; may repeat; without it all that the user has"),
        creates_workspace=True,
    ),
    Command("token revoke", "make an API token useless", "access:revoke_token", _NAME),
    Command("audit", "show the audit log", "access:show_audit", _LIMIT),
    Command(
        "send",
        "post events",
        "send:send",
        *_WORKSPACE,
        argument("file", metavar="FILE", help="one JSON document a line; - for standard input"),
        argument("--url", help="an inlet's address, to post there instead"),
        argument("--token", default="", help="its bearer token"),
        opens_workspace=False,
    ),
    Command(
        "simulate",
        "run journeys in virtual time",
        "journeys:simulate",
        _FILES,
        argument("--scenario", metavar="FILE", help="people, events and answers"),
        argument("--profiles", type=whole(1, 10_000_000), metavar="N", help="a generated population of N people"),
        argument("--seed", type=whole(1 - 2**63, 2**63 - 1), metavar="S", help="another seed than the scenario's"),
        argument("--out", metavar="FILE", help="write the outcome here"),
        flag("--json", help="the whole outcome as JSON"),
        opens_workspace=False,
    ),
    Command(
        "report",
        "the journey summary",
        "reports:report",
        argument("journey", nargs="?", metavar="JOURNEY"),
        argument("--version", type=_number, metavar="N", help="a version (all)"),
        one_of(flag("--json"), flag("--csv")),
    ),
    Command(
        "diff",
        "what differs between two journey files or versions",
        "journeys:diff",
        *_WORKSPACE,
        argument("old", metavar="A", help="a journey file, or a journey of the workspace: NAME or NAME@VERSION"),
        argument("new", metavar="B", help="the same"),
        opens_workspace=False,
    ),
    Command("health", "show the state of the engine and what needs attention", "health:show", _JSON),
    Command(
        "check",
        "check the database: its pages, and whether its tables agree; also while it is in use",
        "health:check",
        *_WORKSPACE,
        _JSON,
        flag("--accept-loss", help="go on with a database that lost commits or was put in place of another"),
        opens_workspace=False,
    ),
    Command(
        "backup",
        "copy a workspace to a new file while it is in use",
        "content:backup",
        argument(
            "file", metavar="FILE", help="a file that does not exist yet; the sealed secrets are written beside it"
        ),
    ),
    Command(
        "restore",
        "make a new workspace from a backup",
        "content:restore",
        *_WORKSPACE,
        argument("file", metavar="FILE", help="a backup; its sealed secrets are read from the file beside it"),
        opens_workspace=False,
    ),
    Command(
        "bench",
        "the project's benchmarks",
        "installation:bench",
        argument("name", nargs="?", metavar="NAME"),
        opens_workspace=False,
    ),
    Command(
        "completion",
        "print a script that completes commands in a shell: source it in the shell's start file",
        "installation:completion",
        argument("shell", choices=("bash", "zsh", "fish"), help="the shell that reads the script"),
        opens_workspace=False,
    ),
    Command(
        "doctor", "what is installed and what is missing", "installation:doctor", *_WORKSPACE, opens_workspace=False
    ),
)
