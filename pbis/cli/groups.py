"""Groups of commands that say which name may have been meant."""

from __future__ import annotations

import click

from pbis.core.words import nearest


class NamedGroup(click.Group):
    """A group whose refusal of an unknown command names the nearest one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known:
            ctx.fail(f"there is no command {args[0]!r}{nearest(args[0], known)}; {ctx.command_path} --help lists them")
        return super().resolve_command(ctx, args)
