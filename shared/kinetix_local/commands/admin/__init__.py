"""Administration without a portal, service running or not: `kinetix local world|key|capture|user|…`."""

from __future__ import annotations

import click

from kinetix_local.commands.admin.doctor import doctor
from kinetix_local.commands.admin.keys import key, user
from kinetix_local.commands.admin.moving import export_, import_, sign_in
from kinetix_local.commands.admin.work import audit, capture
from kinetix_local.commands.admin.worlds import alias, avatar, plan, world

__all__ = ["COMMANDS"]

COMMANDS: tuple[click.Command, ...] = (
    *(world, key, capture, user, alias, plan, avatar),
    *(export_, import_, sign_in, doctor, audit),
)
