"""`run`, `password` and `ship`."""

import getpass
import sys

import click

from shortlinks import config as configs
from shortlinks.command_line import opening


@click.command(epilog="Example: PORT=8080 python -m shortlinks run")
def run() -> int:
    """Start everything: the same as without a command."""
    from shortlinks.command_line import starting

    return starting.run(configs.load())


@click.command(epilog="Example: python -m shortlinks password")
def password() -> int:
    """Set a new password for the sign-in.

    It is asked for, or read from the first line of standard input.
    """
    from shortlinks.command_line import here
    from shortlinks.owner import signin

    opening.insist_on_data()
    config = configs.load()
    if sys.stdin.isatty():
        try:
            text = getpass.getpass("New password: ")
            again = getpass.getpass("Again: ")
        except EOFError:
            click.echo("\nshortlinks: no password was typed; nothing was changed.", err=True)
            return 1
        if again != text:
            click.echo("shortlinks: the two are not the same; nothing was changed.", err=True)
            return 1
    else:
        text = sys.stdin.readline().rstrip("\r\n")
    here.insist_on_text("password", text)
    with opening.opened(config) as store:
        signin.set_password(store, text)
    click.echo("The password is set. Everyone who was signed in has to sign in again.")
    if config.admin_password is not None:
        click.echo("But SHORTLINKS_ADMIN_PASSWORD is set too, and goes first: unset it to use the new one.")
    return 0


@click.command("ship", epilog="Example: python -m shortlinks ship")
def ship_() -> int:
    """Run only the process that brings this host's clicks to Redis."""
    from shortlinks.clicks import ship

    return ship.run(configs.load_connected())
