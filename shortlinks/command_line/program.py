"""The program itself: which commands there are, and what becomes of their errors.

A command's module is imported when the command is used: the start of the service needs none of the others.
"""

import io
import os
import sys
from importlib import import_module

import click

import shortlinks
from shortlinks.command_line import statuses

NAME = "python -m shortlinks"
COMPLETE = "_SHORTLINKS_COMPLETE"
"""The variable by which a shell asks for completions; see `completion`."""

COMMANDS = {
    "run": "service:run",
    "post": "posts:group",
    "link": "links:group",
    "snapshot": "snapshots:group",
    "funnel": "numbers:funnel",
    "compare": "numbers:compare",
    "insights": "numbers:insights",
    "clicks": "numbers:clicks",
    "profile": "profiles:group",
    "placements": "profiles:placements",
    "sale": "sales:sale",
    "conversion": "sales:conversion",
    "token": "tokens:group",
    "export": "backups:export_",
    "import": "backups:import_",
    "import-from": "link_imports:import_from",
    "recount": "recounting:recount",
    "password": "service:password",
    "demo": "recounting:demo_",
    "mcp": "assistant:mcp_",
    "ship": "service:ship_",
    "completion": "completion:completion",
}
"""Each command with its module in this package and its name there."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module, _, name = COMMANDS.get(cmd_name, "").partition(":")
        if not module:
            return None
        found: click.Command = getattr(import_module(f"shortlinks.command_line.{module}"), name)
        return found


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    epilog=statuses.WORDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(shortlinks.__version__, message="%(version)s")
@click.pass_context
def program(ctx: click.Context) -> int | None:
    """Tracked short links for what a creator posts, and where the count drops off from likes to clicks.

    Without a command the service is started. All commands work on the service of the same environment (SHORTLINKS_DATA_DIR,
    REDIS_URL), whether it runs or not. A POST is named by its id, the beginning of it, one of its links, or its address on the
    platform. With --json, a command prints what the API answers to the same call.
    """
    if ctx.invoked_subcommand is None:
        return int(ctx.invoke(program.get_command(ctx, "run")))  # type: ignore[arg-type]
    return None


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns its exit status (`statuses`)."""
    if COMPLETE in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(program, {}, NAME, COMPLETE, os.environ[COMPLETE])
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by who started us, such as with `2>&-`
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Where a terminal cannot show a letter, its name is better than none of the answer.
            stream.reconfigure(errors="backslashreplace")
    try:
        with program.make_context(NAME, sys.argv[1:] if arguments is None else list(arguments)) as ctx:
            status = program.invoke(ctx)
        sys.stdout.flush()
        return int(status or 0)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("shortlinks: nothing was done.", err=True)
        return statuses.FAILED
    except KeyboardInterrupt:
        return statuses.INTERRUPTED
    except BrokenPipeError:
        # What is still in the buffer would be told of at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return statuses.UNREAD
    except statuses.EXPECTED as error:
        statuses.tell(error)
        return statuses.of(error)
