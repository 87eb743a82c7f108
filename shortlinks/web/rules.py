"""The rules that addresses follow."""

from collections.abc import Callable

from werkzeug import routing


class Rule(routing.Rule):
    """A rule whose way back, from values to an address, is compiled when it is first asked for.

    Werkzeug compiles two such ways for each rule when the application is made, nine tenths of the time that this takes.
    Of most rules nobody ever asks for an address.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder
        compiled: Callable[..., tuple[str, str]] | None = None

        def build(rule: routing.Rule, /, **values: object) -> tuple[str, str]:
            nonlocal compiled
            compiled = compiled or compile_now(append_unknown)
            return compiled(rule, **values)

        return build
