"""`completion`: a script that gives a shell the command `shortlinks`, with completion."""

import shlex
import sys

import click
from click.shell_completion import get_completion_class

from shortlinks import config as configs
from shortlinks.command_line.program import COMPLETE
from shortlinks.running import supervise

COMMAND = "shortlinks"
_FUNCTIONS = {
    "bash": '{command}() {{\n    env {program} "$@"\n}}\n',
    "zsh": '{command}() {{\n    env {program} "$@"\n}}\n',
    "fish": "function {command}\n    env {program} $argv\nend\n",
}
# Click's scripts call a program of that name; ours is a function, which `env` does not know.
_CALLS = {
    "bash": ("bash_complete $1)", "bash_complete {program})"),
    "zsh": ("zsh_complete shortlinks)", "zsh_complete {program})"),
    "fish": ("(commandline -t) shortlinks)", "(commandline -t) {program})"),
}
_ONLY_IF_INSTALLED = "    (( ! $+commands[shortlinks] )) && return 1\n"


@click.command(
    epilog="\b\nExample, in ~/.bashrc:\n  source <(cd /srv/shortlinks && .venv/bin/python -m shortlinks completion bash)"
)
@click.argument("shell", type=click.Choice([*_FUNCTIONS]))
def completion(shell: str) -> None:
    """Print a script that makes `shortlinks` a command of your SHELL.

    It runs this installation on the data folder of this environment, from wherever you are, and completes commands, options,
    posts, slugs and placements. REDIS_URL and other settings are those of the shell when the command runs.
    """
    made = get_completion_class(shell)
    assert made is not None
    program = _program()
    asked, asks = _CALLS[shell]
    script = made(click.Group(), {}, COMMAND, COMPLETE).source().replace(_ONLY_IF_INSTALLED, "")
    click.echo(
        _FUNCTIONS[shell].format(command=COMMAND, program=program) + script.replace(asked, asks.format(program=program))
    )


def _program() -> str:
    """This installation as `env` runs it."""
    settings = {"PYTHONPATH": str(supervise.ROOT)}
    folder = configs.embedded_dir()
    if folder is not None:
        settings["SHORTLINKS_DATA_DIR"] = str(folder)
    words = [*(f"{name}={value}" for name, value in settings.items()), sys.executable, "-m", "shortlinks"]
    return " ".join(map(shlex.quote, words))
