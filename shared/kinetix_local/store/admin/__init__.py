"""Administration for the command line and `/_local/`: functions on one transaction, JSON in and out."""

from __future__ import annotations

from kinetix_local.store.admin.aliases import add_alias, delete_alias, list_aliases
from kinetix_local.store.admin.audit import list_audit
from kinetix_local.store.admin.avatars import add_avatar, delete_avatar, list_avatars, usable_character
from kinetix_local.store.admin.captures import cancel_capture, list_captures
from kinetix_local.store.admin.common import moment
from kinetix_local.store.admin.deliveries import list_deliveries
from kinetix_local.store.admin.keys import add_key, delete_key, list_keys
from kinetix_local.store.admin.plans import add_plan, list_plans
from kinetix_local.store.admin.users import add_user, belongings_of, list_users
from kinetix_local.store.admin.worlds import add_world, change_world, delete_world, list_worlds, usage_of

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
