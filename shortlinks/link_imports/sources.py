"""Where links come from: what each service is called, how its links are had, and what it counts as a click. Pure."""

from dataclasses import dataclass

from shortlinks.words.language import N_


@dataclass(frozen=True, slots=True)
class Source:
    """A service that links are brought from.

    `file` says which of its files is taken and where that is found, `service` what its address and key are; "" where it
    cannot be had that way. `counts` says what its clicks are, a sentence for beside their number.
    """

    name: str
    label: str
    counts: str
    file: str = ""
    service: str = ""


SOURCES = {
    source.name: source
    for source in (
        Source(
            "bitly",
            "Bitly",
            N_("Bitly counts bots as well."),
            file=N_("Bitly: Links → Export. The file comes by e-mail, as CSV."),
        ),
        # dubinc/dub, apps/web/lib/tinybird/record-click.ts: nothing is recorded for what `detectBot` knows.
        Source(
            "dub",
            "Dub",
            N_("Dub leaves out the bots that it knows."),
            file=N_("Dub: Links → ⋯ → Export as CSV, with the column Clicks."),
        ),
        # `visitsSummary.nonBots` is what is read: see `far_answers`.
        Source(
            "shlink",
            "Shlink",
            N_("Shlink leaves out the bots that it knows."),
            service=N_("Shlink: the address of the server itself, without /rest, and an API key of it."),
        ),
        # includes/functions.php, yourls_update_clicks: for each redirect, whoever asks.
        Source(
            "yourls",
            "YOURLS",
            N_("YOURLS counts bots as well."),
            file=N_("YOURLS: the table …_url, or all tables, as SQL, by mysqldump or phpMyAdmin’s Export."),
            service=N_("YOURLS: its address, without /admin, and the secret signature token from Tools."),
        ),
        # server/handlers/links.handler.js, redirect: no visit for what `isbot` knows.
        Source(
            "kutt",
            "Kutt",
            N_("Kutt leaves out the bots that it knows."),
            file=N_("Kutt: an answer of its API to /api/v2/links, saved as JSON."),
            service=N_("Kutt: its address, and the API key from Settings."),
        ),
        Source(
            "csv",
            "CSV",
            N_("Nobody knows whether bots are counted there."),
            file=N_(
                "CSV: a table with the columns slug and target; title, created_at, tags, expires_at, clicks are taken, too."
            ),
        ),
    )
}
"""By name, in the order in which they are offered."""


def tag(name: str) -> str:
    """What the posts of links from a source are tagged: `from-bitly`."""
    return f"from-{name}"
