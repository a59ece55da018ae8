"""Roles of the people of a firm and of its clients."""

from enum import StrEnum


class Role(StrEnum):
    """What a signed-in person may be. `client` belongs to one client company and sees only its own."""

    coordinator = "coordinator"
    project_manager = "project_manager"
    controller = "controller"
    client = "client"
    administrator = "administrator"


STAFF = (Role.coordinator, Role.project_manager, Role.controller, Role.administrator)
