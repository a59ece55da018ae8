"""How estimates at completion say that progress is measured."""

from __future__ import annotations

from collections.abc import Mapping

MEASURES: Mapping[str, str] = {
    "cost_to_cost": "Cost to date over estimated cost",
    "units": "Units delivered",
    "labour_hours": "Hours of labour",
    "physical": "As surveyed on site, %",
}
"""What the form offers; milestones with their weights come by the interface."""
