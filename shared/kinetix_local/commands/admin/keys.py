"""`kinetix local key`: API keys of a world."""

from __future__ import annotations

import click

from kinetix_local.commands.admin.common import Place, options, world_option
from kinetix_local.store.roles import Role


@click.group()
def key() -> None:
    """API keys of a world."""


@key.command("list")
@world_option
@options
def key_list(world: str | None, place: Place) -> None:
    """List the keys; their values are not shown."""
    with place.admin() as (admin, db, _now):
        place.show(
            admin.list_keys(db, world),
            {
                "uuid": "id",
                "name": "name",
                "hint": "begins with",
                "canRead": "reads",
                "canWrite": "writes",
                "role": "role",
                "expire": "until (UTC)",
                "isDeleted": "deleted",
            },
        )


@key.command("create")
@world_option
@click.option("--name", default="", help="For you to tell keys apart.")
@click.option("--read/--no-read", "can_read", default=True, help="Whether it may ask.")
@click.option("--write/--no-write", "can_write", default=True, help="Whether it may change something.")
@click.option("--expire", help="ISO 8601 day or time.")
@click.option(
    "--role",
    type=click.Choice([choice.value for choice in Role]),
    help="An artist's key cannot validate takes; what a lead's validates is noted in the audit log.",
)
@options
def key_create(
    world: str | None, name: str, can_read: bool, can_write: bool, expire: str | None, role: str | None, place: Place
) -> None:
    """Make a key. Its value is shown this once."""
    from kinetix_local.store import admin

    with place.store() as (opened, db, now):
        result = admin.add_key(
            db, opened.seal, now, world, name=name, can_read=can_read, can_write=can_write, expire=expire, role=role
        )
    place.show(result)
    if not place.as_json:
        click.echo("Keep it now: it is not shown again.", err=True)


@key.command("delete")
@click.argument("uuid")
@options
def key_delete(uuid: str, place: Place) -> None:
    """Delete a key (by its uuid)."""
    with place.admin() as (admin, db, _now):
        admin.delete_key(db, uuid)
    place.show({"deleted": uuid})
