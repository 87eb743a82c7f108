"""`mcp`."""

import click

from shortlinks.running import mcp_server


@click.command("mcp", epilog="Example: SHORTLINKS_TOKEN=slk_… BASE_URL=https://go.example python -m shortlinks mcp")
def mcp_() -> int:
    """Give an assistant the numbers, by the Model Context Protocol.

    On standard input and output, with the token in SHORTLINKS_TOKEN. Needs requirements-mcp.txt.
    """
    return mcp_server.main()
