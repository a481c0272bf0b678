"""Administration for the command line and `/_local/`: functions on one transaction, JSON in and out."""

from __future__ import annotations

from kinetix_local.store.admin.avatars import add_avatar, delete_avatar, list_avatars, usable_character
from kinetix_local.store.admin.common import moment
from kinetix_local.store.admin.keys import add_key, add_user, belongings_of, delete_key, list_keys, list_users
from kinetix_local.store.admin.work import cancel_capture, list_audit, list_captures, list_deliveries
from kinetix_local.store.admin.worlds import (
    add_alias,
    add_plan,
    add_world,
    change_world,
    delete_alias,
    delete_world,
    list_aliases,
    list_plans,
    list_worlds,
    usage_of,
)

__all__ = [
    "add_alias",
    "add_avatar",
    "add_key",
    "add_plan",
    "add_user",
    "add_world",
    "belongings_of",
    "cancel_capture",
    "change_world",
    "delete_alias",
    "delete_avatar",
    "delete_key",
    "delete_world",
    "list_aliases",
    "list_audit",
    "list_avatars",
    "list_captures",
    "list_deliveries",
    "list_keys",
    "list_plans",
    "list_users",
    "list_worlds",
    "moment",
    "usable_character",
    "usage_of",
]
