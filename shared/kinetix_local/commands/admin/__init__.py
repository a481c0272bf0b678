"""Administration without a portal, service running or not: `kinetix local world|key|capture|user|…`."""

from __future__ import annotations

import click

from kinetix_local.commands.admin.aliases import alias
from kinetix_local.commands.admin.audit import audit
from kinetix_local.commands.admin.avatars import avatar
from kinetix_local.commands.admin.captures import capture
from kinetix_local.commands.admin.doctor import doctor
from kinetix_local.commands.admin.keys import key
from kinetix_local.commands.admin.moving import export_, import_, sign_in
from kinetix_local.commands.admin.plans import plan
from kinetix_local.commands.admin.users import user
from kinetix_local.commands.admin.worlds import world

__all__ = ["COMMANDS"]

COMMANDS: tuple[click.Command, ...] = (
    world,
    key,
    capture,
    user,
    alias,
    plan,
    avatar,
    export_,
    import_,
    sign_in,
    doctor,
    audit,
)
